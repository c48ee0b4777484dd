#!/bin/sh
# A frozen plugin exports its entry and nothing else, and needs no C++ library.
#
#   exports_test.sh DIR      DIR holds abi_*.so
set -eu
dir=${1:?folder of the plugins}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

complaints() {  # complaints LIBRARY: prints what is wrong with it
  exported=$(readelf --dyn-syms --wide "$1" |
    awk '$5 != "LOCAL" && $7 != "UND" && $7 ~ /^[0-9]+$/ { print $8 }' | sort | tr '\n' ' ')
  [ "$exported" = "nova_plugin_entry_v1 " ] || echo "$1: exports '$exported'"
  readelf --dynamic --wide "$1" | grep NEEDED | grep -E 'libstdc\+\+|libc\+\+' | sed "s|^|$1: |"
}

# The check itself: a library that breaks both rules must be found guilty of both.
cat >"$work/bad.cpp" <<'CPP'
#include <string>
extern "C" const void* nova_plugin_entry_v1() { return nullptr; }
std::string too_much(int n) { return std::to_string(n); }
CPP
g++ -shared -fPIC "$work/bad.cpp" -o "$work/bad.so"
[ "$(complaints "$work/bad.so" | wc -l)" = 2 ] || { echo "FAIL the check does not find a bad library"; exit 1; }

count=0 status=0
for library in "$dir"/abi_*.so; do
  found=$(complaints "$library" || true)
  [ -z "$found" ] || { echo "FAIL $found"; status=1; }
  count=$((count + 1))
done
echo "$count plugins checked"
[ $status = 0 ] && [ "$count" -ge 6 ]
