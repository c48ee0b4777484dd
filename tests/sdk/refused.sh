#!/bin/sh
# Goal: what an author misspells does not compile, and the compiler says what it should have been.
# Method: one small model and each of its methods spelt wrongly, through the compiler alone.
#   refused.sh SOURCE_DIR CC CXX
set -eu
source=$1 cc=$2 cxx=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAIL: $*" >&2; exit 1; }

cat >"$work/model.cpp" <<'END'
#include <novascale.hpp>
#include <novascale/per_series.hpp>
struct Model {
  static constexpr auto id = "test.model", name = "Model", version = "1";
  struct State { double last; };
  State fit(const nova::OneSeries& y) const { return {y.values.back()}; }
  void forecast(const State& s, nova::OneForecast& out) const {
    for (std::size_t h = 0; h < out.leads(); ++h) out.mean(h) = s.last;
  }
  METHODS
};
NOVA_PLUGIN("test.model", "Test", "1", nova::model_component<nova::per_series<Model>>)
END
compile() { "$cxx" -std=c++20 -fsyntax-only -I"$source/sdk/include" -I"$source/plugin-api/include" -D"METHODS=$1" "$work/model.cpp" >"$work/log" 2>&1; }
refused() {  # METHODS PART_OF_THE_MESSAGE
  compile "$1" && fail "compiles: $1"
  grep -qF "$2" "$work/log" || { cat "$work/log"; fail "not told \"$2\": $1"; }
}

save='void save(const State&, nova::StateWriter&) const;' load='State load(nova::StateReader&) const;'
compile "void observe(State&, const nova::OneSeries&) const; bool refit(State&, const nova::OneSeries&) const; $save $load" ||
  { cat "$work/log"; fail "what is right does not compile"; }
refused 'void refit(State&, const nova::OneSeries&) const;' 'refit must be: bool'
refused 'bool refit(int, int, int) const;' 'refit must be: bool'
refused 'void observe(State&, const nova::OneSeries&);' 'observe must be: void'
refused "void save(const State&) const; $load" 'save and load come together'
refused "$save" 'save and load come together'

# In strict C99 <time.h> must be read with POSIX in it, so who comes late is told.
c99() {
  printf '%s\n' "$@" 'int nothing;' >"$work/plugin.c"
  "$cc" -std=c99 -fsyntax-only -I"$source/sdk/include" -I"$source/plugin-api/include" "$work/plugin.c" >"$work/log" 2>&1
}
c99 '#include <novascale/sdk.h>' || { cat "$work/log"; fail "sdk.h alone does not compile"; }
c99 '#include <stdio.h>' '#include <novascale/sdk.h>' && fail "sdk.h after stdio.h compiles in strict C99"
grep -qF 'include <novascale/sdk.h> before all other headers' "$work/log" || { cat "$work/log"; fail "not told what to do"; }
echo "refused: fine"
