#include "host/loop/relived.hpp"

#include "core/record/decision_json.hpp"
#include "host/wiring/config.hpp"

namespace nova {
namespace {

// The engine of a start entry's body, from the configuration it holds. Errors: data_loss.
Result<std::unique_ptr<Engine>> engine_of(const Json& start) {
  auto loaded = load_config_text(start.at("config").dump(), "journal");
  if (!loaded.ok()) return Error{ErrorCode::data_loss, loaded.errors.front().text()};
  MarketSpec market{budgets_of(loaded.config), loaded.config.commitments};
  auto groups = std::move(loaded.config.groups);
  for (std::size_t g = 0; g < groups.size(); ++g)
    for (auto& policy : groups[g].policies)
      if (auto* p = std::get_if<PredictiveSpec>(&policy))
        p->models = start.at("groups").at(g).at("models").get<std::vector<std::string>>();
  return std::make_unique<Engine>(std::move(groups),
                                  Duration{start.at("step_ns").get<std::int64_t>()}, EngineRules{},
                                  std::move(market));
}

Error damaged(const Json::exception& e) {
  return {ErrorCode::data_loss, std::string("the record in data_dir: ") + e.what()};
}

}  // namespace

Json Relived::config_of(const Snapshot& snapshot) {
  const auto start = snapshot.engine.find("start");
  return start == snapshot.engine.end() ? Json() : start->value("config", Json());
}

Result<void> Relived::restore(const Snapshot& snapshot) try {
  if (config_of(snapshot).is_null()) return {};
  if (auto made = go_on_as(snapshot.engine.at("start")); !made) return made;
  std::vector<std::string> problems;  // what does not fit starts anew, as in `run`
  engine_->restore(snapshot.engine.at("groups"), problems);
  for (const auto& [name, offers] : snapshot.engine.at("offers").items())
    replay_->set_offers(name, offers_from(offers));
  return {};
} catch (const Json::exception& e) {
  return damaged(e);
}

Result<void> Relived::take(const Entry& entry) try {
  if (entry.type == EntryType::start && (!engine_ || entry.body.at("config") != config_))
    return go_on_as(entry.body);
  return replay_ ? replay_->take(entry) : Result<void>();
} catch (const Json::exception& e) {
  return damaged(e);
}

void Relived::finish() {
  if (!replay_) return;
  replay_->finish();
  if (closed_) closed_(*replay_);
}

Result<void> Relived::go_on_as(const Json& start) {
  finish();
  auto made = engine_of(start);
  if (!made) return made.error();
  std::vector<std::string> problems;
  if (engine_) (*made)->restore(engine_->state(), problems);
  config_ = start.at("config");
  replay_.reset();
  engine_ = std::move(made).value();
  replay_ = std::make_unique<Replay>(*engine_);
  return {};
}

}  // namespace nova
