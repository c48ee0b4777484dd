#!/usr/bin/env bash
# Runs the benchmarks of a build tree; further words go to Google Benchmark. Medians of five.
set -eu
build=$1; shift
cmake --build "$build" --target bench cost_bench novascale replay simulated >&2
for program in bench cost_bench; do
  "$build/bin/$program" --benchmark_repetitions=5 --benchmark_report_aggregates_only=true "$@"
done
"$(dirname "$0")/scorer.sh" "$build"
