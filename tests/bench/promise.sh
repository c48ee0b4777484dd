#!/usr/bin/env bash
# The promise engine over recorded loads, and what each of its ideas is worth (its forecasts; for the
# trust gate of the plugins' forecasts: trust_walk).
#   tests/bench/promise.sh TRACES [SCORER]    after: cmake --build --preset release --target promise_walk
# TRACES is a folder with traces.json; SCORER a program that scores a decision log by itself,
# called as `SCORER score TRACE LOG --boot S --interp I`; its violations and hours are then shown
# beside ours.
set -euo pipefail
cd "$(dirname "$0")/../.."
traces=${1:?folder of traces} scorer=${2:-}
walk=build-release/bin/promise_walk
[ -f "$traces/traces.json" ] || { echo "promise.sh: $traces holds no traces.json, nothing is measured"; exit 0; }
echo "trace, violations %, hours over the oracle's, adaptations a day, unserved %, longest minutes, us a slot, median price"
for interp in linear zoh; do
  for promise in 1 0.1; do
    for boot in 180 600; do
      echo "== promise $promise %, boot $boot s, $interp"
      logs=$(mktemp -d)
      "$walk" "$traces" --promise $promise --boot $boot --interp $interp --out "$logs"
      if [ -n "$scorer" ]; then
        echo "-- by the scorer: violations %, hours"
        for log in "$logs"/*.csv; do
          name=$(basename "$log" .csv)
          trace=$(ls "$traces/$name".csv* | head -1)
          "$scorer" score "$trace" "$log" --boot $boot --interp $interp |
            python3 -c "import json,sys; s=json.load(sys.stdin); print('%-32s %7.3f %10.2f' % ('$name', s['slo_pct'], s['instance_hours']))"
        done
      fi
      rm -r "$logs"
    done
  done
done
for variant in mean quantile utilisation no-tie no-floor no-calm no-calendar no-prior constant; do
  for promise in 1 0.1; do
    for boot in 180 600; do
      echo "$variant, promise $promise %, boot $boot s: $("$walk" "$traces" --promise $promise --boot $boot --variant $variant | tail -1)"
    done
  done
done
