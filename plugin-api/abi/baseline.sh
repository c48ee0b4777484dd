#!/bin/sh
# Reads the binary interface of the headers in a folder, or compares it with a baseline.
#
#   baseline.sh write   HEADERS OUT.abi    what plugin-api/abi/nova-1.0.abi was made with
#   baseline.sh compare HEADERS BASE.abi   exit 0 = no difference whatever (no suppressions, on purpose:
#                                          one that allows appended members also hides swapped ones)
#
# A difference is legal only with a new minor: then write nova-1.N.abi and layout_1_N.c beside the old
# ones in the same commit. $CC chooses the compiler. Needs abigail-tools.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
verb=${1:?write or compare} file=${3:?file.abi}
headers=$(cd "${2:?folder that holds novascale/}" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -B "$here/make_probe.py" --headers "$headers" >"$work/probe.c"
${CC:-cc} -std=c99 -O0 -g -gdwarf-4 -shared -fPIC -fdebug-prefix-map="$work=" -I"$headers" \
  "$work/probe.c" -o "$work/libprobe.so"

case $verb in
  write)
    # Nothing of the machine or the day in it: no paths, no line numbers, ids made from the types' names.
    abidw --no-corpus-path --no-comp-dir-path --no-show-locs --no-architecture --no-elf-needed \
      --type-id-style hash --out-file "$file" "$work/libprobe.so" ;;
  compare) abidiff --no-show-locs --no-architecture "$file" "$work/libprobe.so" ;;
  *) echo "unknown verb: $verb" >&2; exit 2 ;;
esac
