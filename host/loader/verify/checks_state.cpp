// Saved state: what comes back is what was saved; what is damaged is refused.
#include "host/loader/verify/model_bench.hpp"

namespace nova::verify {
namespace {

using loader::Kind;

std::string save(ModelBench& bench, const std::vector<std::uint64_t>& keys = {}) {
  std::string bytes;
  const nova_writer writer{
      sizeof writer, 0, &bytes, [](const nova_writer* w, const void* data, std::uint64_t size) {
        static_cast<std::string*>(w->ctx)->append(static_cast<const char*>(data), size);
        return nova_status{NOVA_OK};
      }};
  CallBox box;
  box.expect_ok(bench.ops().save(bench.raw(), &box.call, keys.empty() ? nullptr : keys.data(),
                                 keys.size(), &writer, &box.error),
                "save");
  return bytes;
}

nova_status load(ModelBench& bench, const std::string& bytes) {
  const Column<char> state("state", std::vector<char>(bytes.begin(), bytes.end()));
  CallBox box;
  const auto status =
      bench.ops().load(bench.raw(), &box.call, {state.data(), state.size()}, &box.error);
  (void)box.message();
  return status;
}

// A model that was taught two series, and its state. It is then asked with other points than it was
// taught, so that what it learnt shows in the answer.
struct Taught {
  Ask ask;
  ModelBench bench;
  Got forecast;
  std::string state;

  explicit Taught(const Rig& rig) : ask{.rows = plain_rows(2, rig.setup.points)}, bench(rig) {
    if (!bench.ops().save || !bench.ops().load) throw Skipped{"no save and load"};
    for (const auto status : bench.learn(ask))
      require(status == NOVA_OK, "fit of clean points answered " + status_name(status));
    state = save(bench);
    const auto others = plain_rows(4, 48);
    ask.rows = {others[2], others[3]};
    forecast = bench.forecast(ask);
  }
};

void state_round_trip(Rig& rig) {
  Taught taught(rig);
  ModelBench other(rig);
  const auto status = load(other, taught.state);
  require(status == NOVA_OK, "load of its own state answered " + status_name(status));
  const auto why = difference(taught.forecast, other.forecast(taught.ask), 1e-12);
  require(why.empty(), "save, load, another forecast: " + why);
}

// States that differ only in their series can be put together; keys pick them.
void by_keys(Rig& rig) {
  Taught taught(rig);
  ModelBench other(rig);
  for (const std::uint64_t key : {1, 2}) {
    const auto status = load(other, save(taught.bench, {key}));
    require(status == NOVA_OK, "load of one series answered " + status_name(status));
  }
  const auto why = difference(taught.forecast, other.forecast(taught.ask), 1e-12);
  require(why.empty(), "saved one by one and loaded, another forecast: " + why);
}

void truncated(Rig& rig) {
  Taught taught(rig);
  const auto& whole = taught.state;
  if (whole.empty()) throw Skipped{"its state is empty"};
  const auto step = whole.size() < 200 ? 1 : whole.size() / 100;
  for (std::size_t size = 0; size < whole.size(); size += step) {
    ModelBench other(rig);
    const auto status = load(other, whole.substr(0, size));
    require(status != NOVA_OK, "took " + std::to_string(size) + " of " +
                                   std::to_string(whole.size()) + " bytes for a whole state");
  }
}

void damaged(Rig& rig) {
  Taught taught(rig);
  if (taught.state.empty()) throw Skipped{"its state is empty"};
  const auto step = taught.state.size() < 200 ? 1 : taught.state.size() / 100;
  for (std::size_t at = 0; at < taught.state.size(); at += step) {
    auto bytes = taught.state;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
    ModelBench other(rig);
    const auto status = load(other, bytes);
    require(status != NOVA_OK,
            "took a state whose byte " + std::to_string(at) + " was changed for a good one");
  }
}

void foreign(Rig& rig) {
  Taught taught(rig);
  for (const std::string& bytes :
       {std::string("hello"), std::string(1000, '\0'), std::string(4096, '\xff')}) {
    ModelBench other(rig);
    const auto status = load(other, bytes);
    require(status == NOVA_FAILED_PRECONDITION,
            "foreign bytes must be NOVA_FAILED_PRECONDITION, got " + status_name(status));
  }
}

constexpr Check kStateChecks[] = {
    {"state-round-trip", Kind::model, "save, load elsewhere, same forecast", state_round_trip},
    {"state-by-keys", Kind::model, "series can be saved one by one", by_keys},
    {"state-truncated", Kind::model, "a state cut short is refused", truncated},
    {"state-damaged", Kind::model, "a state with a flipped bit is refused", damaged},
    {"state-foreign", Kind::model, "bytes of somebody else are NOVA_FAILED_PRECONDITION", foreign},
};

}  // namespace

std::span<const Check> state_checks() { return kStateChecks; }

}  // namespace nova::verify
