#!/usr/bin/env bash
# The tables of the cost room in README.md, from a build tree and the price data beside the project: the optimiser
# beside CBC, a greedy and a rule like Karpenter's; what money costs to reckon with; the program as a whole.
#   cost_table.sh BUILD PRICING [words of mix_oracle.py]
set -eu
build=$1 pricing=$2; shift 2
here=$(dirname "$0")
cmake --build "$build" --target mix_solve cost_bench bench novascale aws azure gce >&2

echo "### Mixes of one region"
/usr/bin/python3 "$here/mix_oracle.py" "$build/bin/mix_solve" "$pricing" --limit 5 "$@"
echo
echo "### Mixes of ten regions as one market"
/usr/bin/python3 "$here/mix_oracle.py" "$build/bin/mix_solve" "$pricing" --oracle highs --regions 10 --instances 20 \
  --rules 0 --rows 0 --limit 3 "$@"

echo
echo "### Times, medians of five"
echo "| what | CPU |"
echo "|---|---|"
medians() {
  "$@" --benchmark_repetitions=5 --benchmark_report_aggregates_only=true --benchmark_format=csv 2>/dev/null |
    awk -F, '/_median/ { gsub(/"/, "", $1); sub(/_median.*/, "", $1); printf "| %s | %.3g %s |\n", $1, $4, $5 }'
}
medians "$build/bin/cost_bench"
medians "$build/bin/bench" --benchmark_filter=offers/

echo
echo "### The program"
echo "| what | CPU s | peak MB |"
echo "|---|---|---|"
whole() {
  local what=$1; shift
  for _ in 1 2 3; do
    /usr/bin/python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{used.ru_utime + used.ru_stime:.3f} {used.ru_maxrss / 1024:.0f}")' \
      "$build/bin/novascale" --plugin-dir "$build/plugins" cost "$@"
  done | sort -n | sed -n 2p | awk -v what="$what" '{ printf "| %s | %s | %s |\n", what, $1, $2 }'
}
ten=us-east-1,us-east-2,us-west-1,us-west-2,eu-west-1,eu-central-1,ap-southeast-1,ap-northeast-1,ap-south-1,sa-east-1
work=(--vcpus 100 --memory 400)
whole "offers of one type" offers --provider aws --region us-east-1 --type m5.large
whole "a plan, one region of AWS" optimize "${work[@]}" --provider aws --regions us-east-1
whole "a plan, a region of each cloud" optimize "${work[@]}" --regions us-east-1,us-central1,eastus
whole "a plan, ten regions of AWS" optimize "${work[@]}" --provider aws --regions $ten
whole "a plan, the whole world" optimize "${work[@]}"
