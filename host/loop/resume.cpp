// How a host goes on after a stop: what it learned from snapshot and journal, what it asked for
// from the operations on record.
#include <map>

#include "core/engine/replay.hpp"
#include "core/record/decision_json.hpp"
#include "host/loop/loop.hpp"
#include "host/loop/policy_memory.hpp"

namespace nova {

// Goes on where the last run of this data folder stopped: its snapshot, then the journal since.
Result<void> Loop::resume() try {
  auto snapshot = data_dir_.load();
  if (!snapshot) return snapshot.error();
  std::uint64_t from = 1;
  Replay replay(engine_);
  if (*snapshot) {
    std::vector<std::string> problems;
    engine_.restore((*snapshot)->engine.at("groups"), problems);
    for (const auto& problem : problems) event("", "", problem + "; it starts anew");
    for (const auto& [name, offers] : (*snapshot)->engine.at("offers").items())
      replay.set_offers(name, offers_from(offers));
    for (const auto& alert : (*snapshot)->engine.value("alerts", Json::array()))
      restore_alert(alert.value("tenant", ""), alert.value("group", ""), alert, (*snapshot)->time);
    load_policies(world_, (*snapshot)->engine.value("policies", Json::object()),
                  [this](const auto& tenant, const auto& what) { event(tenant, "", what); });
    from = (*snapshot)->seq + 1;
    last_tick_ = (*snapshot)->time;
  }
  bool same_config = true;
  Result<void> taken;
  const auto read = read_journal(data_dir_.journal(), from, [&](const Entry& entry) {
    if (entry.type == EntryType::start)
      same_config = entry.body.value("config", Json()) == options_.config;
    if (entry.type == EntryType::event)
      restore_alert(entry.tenant, entry.group, entry.body, entry.time);
    if (!same_config) return true;
    taken = replay.take(entry);
    if (entry.type == EntryType::input) last_tick_ = entry.time;
    return taken.ok();
  });
  if (!read) return read;
  if (!taken) return taken;
  replay.finish();
  for (std::size_t g = 0; g < engine_.size(); ++g)
    if (const auto& pause = engine_.group(g).pause()) pauses_.set(world_.groups[g].name(), *pause);
  engine_.forget_fits();  // the plugins' heads are empty: they learn again, so many a tick
  return adopt_operations();
} catch (const Json::exception& e) {
  return Error{ErrorCode::data_loss, std::string("the snapshot in data_dir: ") + e.what()};
}

void Loop::restore_alert(const std::string& tenant, const std::string& group, const Json& body,
                         TimePoint when) {
  alerts_.restore(tenant, group, body);
  door_.errors().restore(tenant, group, body, when);
}

// Requests whose end is not on record are followed from here on, of the others only their machines
// are known for ours; decisions without an outcome are judged when it comes.
Result<void> Loop::adopt_operations() {
  std::map<Token, Operation> operations;
  const auto read = read_journal(data_dir_.journal(), 1, [&](const Entry& entry) {
    if (entry.type == EntryType::decision && entry.body.value("action", "hold") != "hold")
      unjudged_[{entry.tenant + "/" + entry.group, entry.time}] = entry.decision_id();
    if (entry.type == EntryType::outcome && entry.body.contains("decided_ns"))
      unjudged_.erase({entry.tenant + "/" + entry.group,
                       from_unix_ns(entry.body.at("decided_ns").get<std::int64_t>())});
    if (entry.type != EntryType::operation) return true;
    const auto token = parse_token(entry.body.value("token", ""));
    if (!token) return true;
    Operation op;
    op.token = *token;
    op.tenant = entry.tenant;
    op.group = entry.group;
    op.offer_id = entry.body.value("offer", "");
    op.machine = entry.body.value("machine", "");
    op.decision_id = entry.body.value("decision", "");
    op.desired = entry.body.value("desired", 0u);
    op.requested = entry.time;
    const auto state = entry.body.value("state", "");
    op.state = OperationState::done;
    for (const auto s : {OperationState::unknown, OperationState::pending, OperationState::running})
      if (state == to_string(s)) op.state = s;
    operations.insert_or_assign(op.token, std::move(op));
    return true;
  });
  for (auto& [token, op] : operations) door_.adopt(std::move(op));
  return read;
}

}  // namespace nova
