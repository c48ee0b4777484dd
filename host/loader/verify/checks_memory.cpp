// Memory: writes only inside the given columns, reads only what was given, keeps no pointer.
//
// Every column of every check lies between guard pages (guarded.hpp); here each edge is tried in
// turn and inputs vanish after the call.
#include "host/loader/verify/model_bench.hpp"

namespace nova::verify {
namespace {

using loader::Kind;

void edge(Rig& rig, Edge which) {
  for (const std::size_t n : {std::size_t{1}, std::size_t{3}}) {
    Ask ask{.rows = plain_rows(n, rig.setup.points)};
    ask.layout.edge = which;
    ModelBench(rig).answer(ask);
    ask.rows.front().erase(ask.rows.front().begin(), ask.rows.front().begin() + 24);
    ModelBench bench(rig);
    (void)bench.learn(ask);
    (void)bench.forecast(ask);
  }
}

void past_end(Rig& rig) { edge(rig, Edge::end); }
void before_start(Rig& rig) { edge(rig, Edge::start); }

// Each call gets its own copy of the series, which is gone when the next one runs.
void keeps_nothing(Rig& rig) {
  ModelBench bench(rig);
  const Ask ask{.rows = plain_rows(2, rig.setup.points)};
  bench.answer(ask);
  bench.answer(ask);
}

constexpr Check kMemoryChecks[] = {
    {"memory-end", Kind::model, "touches nothing behind the end of a column", past_end},
    {"memory-start", Kind::model, "touches nothing before the start of a column", before_start},
    {"borrowed", Kind::model, "keeps no pointer into what was lent for a call", keeps_nothing},
};

}  // namespace

std::span<const Check> memory_checks() { return kMemoryChecks; }

}  // namespace nova::verify
