#!/bin/sh
# Goal: a third party can build plugins against the installed SDK, in C and in C++, outside the tree.
# Method: install the SDK of a build to a fresh prefix, build sdk/examples there, look at the libraries.
#   outside.sh BUILD_DIR SOURCE_DIR CC CXX [SANITIZERS]
set -eu
build=$1 source=$2 cc=$3 cxx=$4 sanitize=${5:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAIL: $*" >&2; exit 1; }

cmake --install "$build" --component sdk --prefix "$work/prefix" >"$work/log" || { cat "$work/log"; exit 1; }
cp -r "$source/sdk/examples" "$work/examples"   # nothing of the tree may be in reach
program=
[ -x "$build/bin/novascale" ] && program=-DNOVASCALE_PROGRAM=$build/bin/novascale
cmake -S "$work/examples" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_C_COMPILER="$cc" \
  -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_C_FLAGS="-Wall -Wextra -Werror" -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror" \
  $program >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cmake --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }

for plugin in drift drift_c zone_loss; do
  library=$work/build/$plugin.so
  [ -f "$library" ] || fail "$plugin.so was not built"
  symbols=$(nm -D --defined-only "$library" | awk '{print $3}')
  [ "$symbols" = nova_plugin_entry_v1 ] || fail "$plugin.so exports: $symbols"
  readelf -d "$library" | grep -q BIND_NOW || fail "$plugin.so: lazy binding"
  readelf -lW "$library" | grep -q GNU_RELRO || fail "$plugin.so: no relro"
  readelf -n "$library" | grep -q 'Build ID' || fail "$plugin.so: no build id"
  nm -D "$library" | grep -q ' u ' && fail "$plugin.so: STB_GNU_UNIQUE symbols"
done
readelf -d "$work/build/drift_c.so" | grep NEEDED | grep -qE 'stdc\+\+|gcc_s' && fail "drift_c.so needs a C++ library"

# A version this SDK is not must be refused, and said so.
mkdir "$work/wrong"
printf 'cmake_minimum_required(VERSION 3.25)\nproject(x C)\nfind_package(novascale 2 CONFIG REQUIRED)\n' >"$work/wrong/CMakeLists.txt"
cmake -S "$work/wrong" -B "$work/wrong/build" -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/log" 2>&1 && fail "version 2 was found"
grep -q 'version: 1.0.0' "$work/log" || { cat "$work/log"; fail "the refusal does not name the version"; }

# The program, where it is built, describes and verifies what was built without it.
if [ -n "$program" ] && [ -z "$sanitize" ]; then
  ctest --test-dir "$work/build" --output-on-failure || exit 1
fi
echo "outside: fine"
