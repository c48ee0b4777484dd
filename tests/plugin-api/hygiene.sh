#!/bin/sh
# Does every header of the contract compile alone, in every language a plugin may be written in?
#
#   hygiene.sh HEADERS      HEADERS holds novascale/
#
# Each header is included twice (its guard works) by an otherwise empty source, with gcc and clang, as
# C99, C11, C17, C++17 and C++20. -Wpadded finds implicit padding: a field added there later would not
# change sizeof. Last, the entry symbol of a plugin compiled as C++ must be unmangled.
set -eu
headers=$(cd "${1:?folder that holds novascale/}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0 compiled=0

try() {  # try COMPILER STANDARD LANGUAGE SOURCE EXTRA...
  compiler=$1 standard=$2 language=$3 source=$4; shift 4
  compiled=$((compiled + 1))
  "$compiler" -x "$language" -std="$standard" -pedantic -Wall -Wextra -Wpadded -Werror "$@" -I"$headers" \
    -fsyntax-only "$source" 2>"$work/log" && return 0
  echo "FAIL $compiler -std=$standard $header"; sed -n 1,5p "$work/log"
  failures=$((failures + 1))
}

for header in $(cd "$headers" && find novascale -name '*.h' | sort); do
  printf '#include <%s>\n#include <%s>\ntypedef int not_empty;\n' "$header" "$header" >"$work/alone.c"
  for compiler in gcc clang; do
    for standard in c99 c11 c17; do try $compiler $standard c "$work/alone.c" -Wc++-compat; done
  done
  for compiler in g++ clang++; do
    for standard in c++17 c++20; do try $compiler $standard c++ "$work/alone.c"; done
  done
done

cat >"$work/plugin.cpp" <<'CPP'
#include <novascale/all.h>
NOVA_EXPORT const nova_plugin* nova_plugin_entry_v1(void) { return nullptr; }
CPP
for compiler in g++ clang++; do
  $compiler -fvisibility=hidden -I"$headers" -c "$work/plugin.cpp" -o "$work/plugin.o"
  exported=$(nm --defined-only --extern-only "$work/plugin.o" | awk '{ print $3 }')
  if [ "$exported" != nova_plugin_entry_v1 ]; then
    echo "FAIL $compiler: the entry symbol of a C++ plugin is '$exported'"
    failures=$((failures + 1))
  fi
done

echo "$compiled compilations, $failures failures"
[ "$failures" = 0 ] && [ "$compiled" -ge 130 ]
