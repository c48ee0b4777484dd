#!/bin/sh
# Goal: a scaffolded plugin of every kind, in both languages, builds, passes its tests and verifies.
# Method: `novascale plugins new`, then the commands of the generated README.
#   scaffold.sh BUILD_DIR PROGRAM CC CXX
set -eu
build=$1 program=$2 cc=$3 cxx=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --component sdk --prefix "$work/prefix" >/dev/null
launcher=
command -v ccache >/dev/null && launcher="-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache"
failed=
for kind in model cost metrics controller sink policy; do
  for flag in "" --c; do
    name=my_$kind${flag:+_c}
    log=$work/$name.log
    if "$program" plugins new --kind $kind --id "com.example.$name" $flag "$work/$name" >"$log" 2>&1 &&
      cmake -S "$work/$name" -B "$work/$name/build" -DCMAKE_PREFIX_PATH="$work/prefix" $launcher \
        -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" -DNOVASCALE_PROGRAM="$program" \
        -DCMAKE_C_FLAGS="-Wall -Wextra -Werror" -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror" >>"$log" 2>&1 &&
      cmake --build "$work/$name/build" >>"$log" 2>&1 &&
      ctest --test-dir "$work/$name/build" --output-on-failure >>"$log" 2>&1 &&
      [ -s "$work/$name/build/$name.so.nova.json" ] &&
      ! grep -rqE '@(NAME|ID|CLASS)@' --exclude-dir=build "$work/$name"; then
      echo "ok    $name"
    else
      echo "FAIL  $name"
      cat "$log"
      failed="$failed $name"
    fi
  done
done
[ -z "$failed" ] || { echo "failed:$failed"; exit 1; }
