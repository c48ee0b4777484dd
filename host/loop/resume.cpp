// How a host goes on after a stop: what it learned from snapshot and journal, what it asked for
// from the operations on record.
#include <algorithm>
#include <map>

#include "core/engine/replay.hpp"
#include "core/record/decision_json.hpp"
#include "host/loop/loop.hpp"
#include "host/loop/policy_memory.hpp"
#include "host/loop/relived.hpp"

namespace nova {

// Goes on where the last run of this data folder stopped: its snapshot, then the journal since.
Result<void> Loop::resume() try {
  const auto loaded = data_dir_.load();
  if (!loaded) return loaded.error();
  const auto* snapshot = *loaded ? &**loaded : nullptr;
  const std::uint64_t from = snapshot ? snapshot->seq + 1 : 1;
  if (snapshot) {
    for (const auto& alert : snapshot->engine.value("alerts", Json::array()))
      restore_alert(alert.value("tenant", ""), alert.value("group", ""), alert, snapshot->time);
    load_policies(world_, snapshot->engine.value("policies", Json::object()),
                  [this](const auto& tenant, const auto& what) { event(tenant, "", what); });
    last_tick_ = snapshot->time;
  }
  Json start = snapshot ? snapshot->engine.value("start", Json()) : Json();
  bool ours = !snapshot || Relived::config_of(*snapshot) == options_.config, any = false;
  auto last_tick = last_tick_;
  auto read = read_journal(data_dir_.journal(), from, [&](const Entry& entry) {
    any = true;
    if (entry.type == EntryType::start) {
      ours = ours && entry.body.value("config", Json()) == options_.config;
      start = entry.body;
    }
    if (entry.type == EntryType::event)
      restore_alert(entry.tenant, entry.group, entry.body, entry.time);
    if (entry.type == EntryType::input) last_tick = entry.time;
    return true;
  });
  if (!read) return read;
  if (ours || !any) {
    if (auto done = go_on(snapshot, from); !done) return done;
    last_tick_ = last_tick;
  } else if (const auto learned = relive(snapshot, from); learned) {
    restore(*learned);
    last_tick_ = last_tick;
  } else {
    event("", "",
          "what another configuration had learned since the last snapshot is lost: " +
              learned.error().message);
    if (snapshot) restore(snapshot->engine.at("groups"));
  }
  find_orphans(start);
  for (std::size_t g = 0; g < engine_.size(); ++g)
    if (const auto& pause = engine_.group(g).pause()) pauses_.set(world_.groups[g].name(), *pause);
  engine_.forget_fits();  // the plugins' heads are empty: they learn again, so many a tick
  return adopt_operations();
} catch (const Json::exception& e) {
  return Error{ErrorCode::data_loss, std::string("the snapshot in data_dir: ") + e.what()};
}

void Loop::restore(const Json& engine_state) {
  std::vector<std::string> problems;
  engine_.restore(engine_state, problems);
  for (const auto& problem : problems) event("", "", problem + "; it starts anew");
}

// Machines of groups that the configuration before this one had, as `start` says, and that nobody
// scales now. An alert for as long as this run goes on: whoever starts the next one knows of it.
void Loop::find_orphans(const Json& start) {
  for (const auto& before : start.is_object() ? start.value("groups", Json::array()) : Json()) {
    const auto tenant = before.value("tenant", ""), id = before.value("group", "");
    const auto controller = before.value("controller", "");
    const auto now = std::find_if(world_.groups.begin(), world_.groups.end(),
                                  [&](const auto& g) { return g.tenant == tenant && g.id == id; });
    std::string text;
    if (now == world_.groups.end())
      text = "is in the configuration no more: nobody scales its machines";
    else if (!controller.empty() && controller != now->controller)
      text = "is scaled by controller " + now->controller + " now: nobody scales its machines of " +
             controller;
    else
      continue;
    orphans_.push_back({tenant, id, "orphaned",
                        "machines" + (controller.empty() ? "" : " of " + controller), "critical",
                        "group " + tenant + "/" + id + " " + text});
  }
}

// All since the snapshot was written under the configuration of this run.
Result<void> Loop::go_on(const Snapshot* snapshot, std::uint64_t from) {
  Replay replay(engine_);
  if (snapshot) {
    restore(snapshot->engine.at("groups"));
    for (const auto& [name, offers] : snapshot->engine.at("offers").items())
      replay.set_offers(name, offers_from(offers));
  }
  Result<void> taken;
  auto read = read_journal(data_dir_.journal(), from, [&](const Entry& entry) {
    taken = replay.take(entry);
    return taken.ok();
  });
  if (!read) return read;
  if (!taken) return taken;
  replay.finish();
  return {};
}

// Some of it was not: engines of those configurations live through it, and hand on their state.
Result<Json> Loop::relive(const Snapshot* snapshot, std::uint64_t from) const {
  Relived relived;
  if (snapshot && Relived::config_of(*snapshot).is_null())
    return Error{ErrorCode::data_loss, "the snapshot does not say of which configuration it is"};
  if (snapshot)
    if (const auto done = relived.restore(*snapshot); !done) return done.error();
  Result<void> taken;
  auto read = read_journal(data_dir_.journal(), from, [&](const Entry& entry) {
    taken = relived.take(entry);
    return taken.ok();
  });
  if (!read) return read.error();
  if (!taken) return taken.error();
  relived.finish();
  return relived.engine() ? relived.engine()->state() : Json::object();
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
  auto read = read_journal(data_dir_.journal(), 1, [&](const Entry& entry) {
    if (entry.type == EntryType::decision && entry.body.value("action", "hold") != "hold")
      unjudged_[{entry.tenant + "/" + entry.group, entry.time}] = entry.decision_id();
    if (entry.type == EntryType::outcome && entry.body.contains("decided_ns"))
      unjudged_.erase({entry.tenant + "/" + entry.group,
                       from_unix_ns(entry.body.at("decided_ns").get<std::int64_t>())});
    if (entry.type == EntryType::event) machines_.remember(entry);
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
