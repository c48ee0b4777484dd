#!/usr/bin/env bash
# The demo: a week of the 1998 World Cup web site, lived through in half a minute by the real program with
# real plugins; then the same week as a backtest beside a static fleet and the Kubernetes HPA rule.
set -eu
cd "$(dirname "$0")/.."
novascale=build/bin/novascale
config=configs/demo.json
rm -rf var/demo

# Fast enough to watch on a terminal; as fast as it goes where nobody watches.
speed=max
[ -t 1 ] && speed=20000

echo "One week of web traffic (9 to 16 June 1998), scaled by plugins from build/plugins:"
echo
"$novascale" --config "$config" --log-level warn run --speed "$speed" --view
echo
echo "The last decisions, and whether the journal gives them again:"
"$novascale" --config "$config" history --last 3
"$novascale" --config "$config" history --replay
echo
echo "The same week as a backtest: six days scored after one day of history, target utilisation 80 %"
"$novascale" --config "$config" --log-level warn backtest --trace configs/traces/worldcup98_week.csv.gz \
  --compare static,hpa,oracle-slo
