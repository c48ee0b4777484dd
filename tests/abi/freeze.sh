#!/bin/sh
# Renews everything frozen from the headers of today. Only while ABI 1.0 is a candidate: afterwards a
# change means a new minor, with files beside these (plugin-api/EVOLUTION.md).
#
#   freeze.sh      from anywhere; read the diff before you commit it
set -eu
cd "$(dirname "$0")/../.."
[ ! -e tests/abi/1_0/RELEASED ] || { echo "1.0 is released: make a new minor instead" >&2; exit 1; }
abi=plugin-api/abi frozen=tests/abi/1_0/include

rm -rf "$frozen"
cp -r plugin-api/include "$frozen"
python3 -B $abi/make_layout.py --headers plugin-api/include >$abi/layout_1_0.c
python3 -B $abi/make_layout.py --headers plugin-api/include --drafts >$abi/layout_draft.c
$abi/baseline.sh write plugin-api/include $abi/nova-1.0.abi
git --no-pager diff --stat -- $abi tests/abi
