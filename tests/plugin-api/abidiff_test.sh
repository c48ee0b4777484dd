#!/bin/sh
# The binary interface equals the committed baseline, and changes that pins may overlook are seen.
#
#   abidiff_test.sh SOURCE_DIR
set -eu
source=$(cd "${1:?source folder}" && pwd)
abi=$source/plugin-api/abi headers=$source/plugin-api/include
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

"$abi/baseline.sh" compare "$headers" "$abi/nova-1.0.abi" ||
  { echo "FAIL headers differ from nova-1.0.abi (see plugin-api/EVOLUTION.md)"; status=1; }
if grep -nE '(path|comp-dir-path)=.*(/home|/tmp|/usr|/root|/work)' "$abi/nova-1.0.abi"; then
  echo "FAIL the baseline tells a path of the machine it was made on"; status=1
fi

differs() {  # differs WHAT HEADER SED-SCRIPT
  rm -rf "$work/mutant"; cp -r "$headers" "$work/mutant"
  sed -i "$3" "$work/mutant/novascale/$2"
  cmp -s "$headers/novascale/$2" "$work/mutant/novascale/$2" && { echo "FAIL nothing mutated: $1"; status=1; }
  if "$abi/baseline.sh" compare "$work/mutant" "$abi/nova-1.0.abi" >"$work/log" 2>&1; then
    echo "FAIL not noticed: $1"; status=1
  fi
  # 4 in the answer = a change; 1 = abidiff itself failed, which proves nothing.
  grep -q 'data member\|parameter\|type size changed' "$work/log" ||
    { echo "FAIL no report of a change: $1"; cat "$work/log"; status=1; }
}
differs "two members swapped" cost.h 's/\<machines;/@;/; s/\<account_machines;/machines;/; s/@;/account_machines;/'
differs "a member appended" sink.h 's/uint64_t limit;/uint64_t limit; uint64_t more;/'
differs "a function's argument changed" model.h 's/nova_bytes state/nova_str state/'
differs "signed became unsigned" model.h 's/int64_t budget_ns/uint64_t budget_ns/'

[ $status = 0 ] && echo "equal to the baseline, and each of 4 mutations is reported"
exit $status
