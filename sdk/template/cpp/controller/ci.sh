#!/bin/sh
# What CI runs, on any service: builds, tests and verifies the plugin. The SDK must be installed where
# CMake looks, or in $NOVASCALE_PREFIX.
set -eu
cmake -S . -B build -DCMAKE_BUILD_TYPE=Release ${NOVASCALE_PREFIX:+-DCMAKE_PREFIX_PATH="$NOVASCALE_PREFIX"}
cmake --build build
ctest --test-dir build --output-on-failure
