#!/usr/bin/env bash
# Runs the benchmarks of a build tree; further words go to Google Benchmark. Medians of five.
set -eu
build=$1; shift
cmake --build "$build" --target bench novascale replay simulated >&2
"$build/bin/bench" --benchmark_repetitions=5 --benchmark_report_aggregates_only=true "$@"
"$(dirname "$0")/scorer.sh" "$build"
