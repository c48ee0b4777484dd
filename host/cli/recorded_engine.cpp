#include "host/cli/recorded_engine.hpp"

#include "core/record/decision_json.hpp"
#include "host/loop/data_dir.hpp"
#include "host/loop/journal.hpp"
#include "host/wiring/config.hpp"

namespace nova::cli {

// The engine of a start entry, from the configuration it holds.
Result<std::unique_ptr<Engine>> engine_of(const Entry& start) {
  auto loaded = load_config_text(start.body.at("config").dump(), "journal");
  if (!loaded.ok()) return Error{ErrorCode::data_loss, loaded.errors.front().text()};
  MarketSpec market{budgets_of(loaded.config), loaded.config.commitments};
  auto groups = std::move(loaded.config.groups);
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (auto& policy : groups[g].policies)
      if (auto* p = std::get_if<PredictiveSpec>(&policy))
        p->models = start.body.at("groups").at(g).at("models").get<std::vector<std::string>>();
  return std::make_unique<Engine>(std::move(groups),
                                  Duration{start.body.at("step_ns").get<std::int64_t>()},
                                  EngineRules{}, std::move(market));
}

Result<RecordedEngine> recorded_engine(const std::filesystem::path& data_dir,
                                       std::optional<TimePoint> until) try {
  const auto journal = data_dir / "journal";
  std::optional<Entry> start;
  bool ticked = false;
  const auto nothing = Error{ErrorCode::not_found, "nothing is on record in " + data_dir.string() +
                                                       ": start `run` first, or give --trace CSV"};
  if (!std::filesystem::exists(journal)) return nothing;
  const auto later = [&](const Entry& entry) {
    return until && entry.type == EntryType::input && entry.time > *until;
  };
  auto read = read_journal(journal, 1, [&](const Entry& entry) {
    if (later(entry)) return false;
    ticked = ticked || (start && entry.type == EntryType::input);
    if (entry.type == EntryType::start &&
        (!start || start->body.at("config") != entry.body.at("config")))
      start = entry;
    return true;
  });
  if (!read) return read.error();
  if (!start || !ticked) return nothing;
  auto engine = engine_of(*start);
  if (!engine) return engine.error();
  RecordedEngine out{std::move(engine).value(), nullptr};
  out.replay = std::make_unique<Replay>(*out.engine);
  auto from = start->seq;
  const auto snapshot = load_snapshot(data_dir);
  if (!snapshot) return snapshot.error();
  if (*snapshot && (*snapshot)->seq >= from && (!until || (*snapshot)->time <= *until)) {
    std::vector<std::string> problems;  // what does not fit starts anew, as in `run`
    out.engine->restore((*snapshot)->engine.at("groups"), problems);
    for (const auto& [name, offers] : (*snapshot)->engine.at("offers").items())
      out.replay->set_offers(name, offers_from(offers));
    from = (*snapshot)->seq + 1;
  }
  Result<void> taken;
  read = read_journal(journal, from, [&](const Entry& entry) {
    if (later(entry)) return false;
    taken = out.replay->take(entry);
    return taken.ok();
  });
  if (!read) return read.error();
  if (!taken) return taken.error();
  out.replay->finish();
  return out;
} catch (const Json::exception& e) {
  return Error{ErrorCode::data_loss, std::string("the record in data_dir: ") + e.what()};
}

}  // namespace nova::cli
