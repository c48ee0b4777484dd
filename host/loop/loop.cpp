#include "host/loop/loop.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <thread>

#include "core/decide/text.hpp"
#include "core/engine/tick_json.hpp"
#include "core/record/decision_json.hpp"
#include "host/loop/policy_memory.hpp"

namespace nova {
namespace {

constexpr Duration kSnapshotEvery = std::chrono::hours(24);

// Failures that speak of the plugin, not of the series it was asked about.
bool is_down(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::deadline_exceeded ||
         code == ErrorCode::internal;
}

Json operation_json(const Operation& op, const std::string& text) {
  Json j{{"decision", op.decision_id},
         {"token", to_string(op.token)},
         {"offer", op.offer_id},
         {"desired", op.desired},
         {"state", to_string(op.state)}};
  if (!op.machine.empty()) j["machine"] = op.machine;
  if (op.result != 0) j["result"] = to_string(static_cast<ErrorCode>(op.result));
  if (!text.empty()) j["text"] = text;
  return j;
}

}  // namespace

Loop::Loop(World world, Clock& clock, DataDir& data_dir, LoopOptions options,
           std::function<void(const std::string&)> log)
    : world_(std::move(world)),
      clock_(clock),
      data_dir_(data_dir),
      options_(std::move(options)),
      log_(std::move(log)),
      engine_(world_.groups, options_.step, {.fits_per_tick = options_.fits_per_tick},
              world_.market),
      senses_(world_, options_.step,
              [this](const auto& t, const auto& g, const auto& text) { event(t, g, text); }),
      offers_(world_,
              [this](const auto& t, const auto& g, const auto& text) { event(t, g, text); }),
      machines_(
          world_, [this](const auto& t, const auto& g, Json body) { event(t, g, std::move(body)); },
          [this](const auto& t, const auto& g, const auto& text) { event(t, g, text); }),
      door_(
          world_, {options_.step, options_.dry_run},
          [this](std::size_t group, const std::string& offer) {
            const auto* found = offers_.of(group).find(offer);
            return found == nullptr ? ChargeRule{Duration{1}, Duration{0}} : found->charge;
          },
          machines_,
          [this](const Operation& op, const std::string& text) {
            ++summary_.operations;
            write(EntryType::operation, clock_.now(), op.tenant, op.group,
                  operation_json(op, text));
          },
          [this](const auto& t, const auto& g, const auto& text) { event(t, g, text); }),
      models_(
          [this](const std::string& tenant, const std::string& plugin) -> loader::ModelClient* {
            const auto at = world_.models.find({tenant, plugin});
            return at == world_.models.end() ? nullptr : at->second;
          },
          [this](const std::string& plugin) { return world_.timeout(plugin); }),
      policies_(
          [this](const std::string& tenant, const std::string& plugin) -> loader::PolicyClient* {
            const auto at = world_.policies.find({tenant, plugin});
            return at == world_.policies.end() ? nullptr : at->second;
          },
          [this](const std::string& plugin) { return world_.timeout(plugin); }),
      acted_(world_.groups.size(), false),
      tallies_(world_.groups.size()),
      plans_(world_.groups.size()),
      sinks_(world_, [this](const auto& text) { log_(text); }) {}

Result<std::optional<loader::Span>> recorded_span(
    const std::map<std::string, loader::MetricsClient*>& metrics, Duration timeout) {
  std::optional<loader::Span> all;
  for (const auto& [name, client] : metrics) {
    const auto span = client->span(timeout);
    if (!span) {
      if (span.error().code == ErrorCode::unimplemented) continue;
      return span.error();
    }
    if (!all) all = *span;
    all->first = std::min(all->first, span->first);
    all->last = std::max(all->last, span->last);
  }
  return all;
}

// A recorded source puts the run on virtual time, which everybody else must be able to follow.
Result<void> Loop::choose_clock() {
  const auto span = recorded_span(world_.metrics, std::chrono::seconds(5));
  if (!span) return span.error();
  if (!*span) {
    if (options_.speed != 1.0)
      return Error{ErrorCode::invalid_argument,
                   "--speed needs a metric source that holds recorded history, there is none"};
    return {};
  }
  end_ = (*span)->last;
  const auto refuse = [](const std::string& name,
                         const loader::Instance& instance) -> Result<void> {
    if (instance.component().virtual_time()) return {};
    return Error{ErrorCode::invalid_argument,
                 "plugin " + name + " (" + instance.component().id +
                     ") lives in real time and cannot take part in a replay"};
  };
  for (const auto& [name, client] : world_.metrics)
    if (auto fine = refuse(name, client->instance()); !fine) return fine;
  for (const auto& [who, client] : world_.controllers)
    if (auto fine = refuse(who.second, client->instance()); !fine) return fine;
  // Nobody is to be woken by what happened long ago.
  std::erase_if(world_.sinks, [&](const auto& sink) {
    if (sink.second->instance().component().virtual_time()) return false;
    log_("sink " + sink.first + " lives in real time and gets nothing of a replay");
    return true;
  });
  clock_.set(first_tick(**span, options_.step));
  return {};
}

std::uint64_t Loop::write(EntryType type, TimePoint time, const std::string& tenant,
                          const std::string& group, Json body) {
  Entry entry{0, time, type, tenant, group, std::move(body)};
  const auto seq = journal_->append(entry);
  if (!seq) {
    if (!trouble_) trouble_ = seq.error();
    return 0;
  }
  if (!world_.sinks.empty() && type != EntryType::input && type != EntryType::forecast) {
    loader::Event copy;
    copy.writer = writer_;
    copy.sequence = *seq;
    copy.time = time;
    copy.tenant = tenant;
    copy.type = to_string(type);
    if (entry.body.contains("alert")) copy.type += ".alert";
    copy.subject = group;
    copy.json = entry.body.dump(-1, ' ', false, Json::error_handler_t::replace);
    sinks_.put(std::move(copy));
  }
  return *seq;
}

void Loop::event(const std::string& tenant, const std::string& group, const std::string& text) {
  event(tenant, group, Json{{"text", text}});
}

void Loop::event(const std::string& tenant, const std::string& group, Json body) {
  log_((group.empty() ? "" : tenant + "/" + group + ": ") + body.value("text", ""));
  if (journal_) write(EntryType::event, clock_.now(), tenant, group, std::move(body));
}

Json Loop::start_body() const {
  Json groups = Json::array();
  for (const auto& group : world_.groups) {
    Json models = Json::array();
    if (const auto* p = forecasting_in(group))
      for (const auto& model : p->models) models.push_back(model);
    groups.push_back({{"tenant", group.tenant},
                      {"group", group.id},
                      {"controller", group.controller},
                      {"models", models}});
  }
  return {{"step_ns", options_.step.count()},
          {"dry_run", options_.dry_run},
          {"groups", groups},
          {"config", options_.config}};
}

Result<void> Loop::write_start(TimePoint now) {
  write(EntryType::start, now, "", "", start_body());
  return trouble_ ? Result<void>(*trouble_) : Result<void>();
}

// How much of the past the first tick asks for: what models train on, or what was missed meanwhile.
std::size_t Loop::first_steps() const {
  Duration most = options_.step;
  for (const auto& group : world_.groups)
    for (const auto& policy : group.policies)
      if (const auto* p = std::get_if<PredictiveSpec>(&policy))
        most = std::max(most, p->training_window);
  if (last_tick_) most = std::min(most, clock_.now() - *last_tick_);
  return static_cast<std::size_t>(std::max<std::int64_t>(1, most / options_.step));
}

// Sleeps until the boundary, in slices short enough to stop at once. False when told to stop.
bool Loop::wait_for(TimePoint boundary, const std::atomic<bool>& stop) {
  bool behind = false;
  while (!stop) {
    const auto left = boundary - clock_.now();
    if (left <= Duration{0}) {
      if (behind) tell_clock(boundary, false);
      return true;
    }
    if (!behind && left > 2 * options_.step) tell_clock(boundary, behind = true);
    std::this_thread::sleep_for(std::min<Duration>(left, std::chrono::milliseconds(100)));
  }
  return false;
}

Result<RunSummary> Loop::run(const std::atomic<bool>& stop,
                             const std::function<void(const TickReport&)>& on_tick) {
  auto journal = Journal::open(data_dir_.journal(), {.retention = options_.retention});
  if (!journal) return journal.error();
  journal_ = std::move(journal).value();
  const auto writer = data_dir_.host_id();
  if (!writer) return writer.error();
  writer_ = *writer;
  if (const auto done = choose_clock(); !done) return done.error();
  if (const auto done = resume(); !done) return done.error();
  for (std::size_t g = 0; g < engine_.size(); ++g)
    tallies_[g].spent_before = engine_.market().ledger().spent(engine_.group(g).payer());
  const auto step = options_.step;
  // A replayed trace goes on behind what this data folder has already lived through.
  if (clock_.is_virtual() && last_tick_ && *last_tick_ >= clock_.now())
    clock_.set(*last_tick_ + step);
  if (end_ && clock_.now() > *end_)
    return Error{ErrorCode::invalid_argument,
                 "the recorded trace ends at " + to_iso8601(*end_) +
                     " and was replayed to its end; choose another data_dir to start again"};
  const auto start = clock_.now();
  if (const auto done = write_start(start); !done) return done.error();

  auto boundary = floor_to(start, step);
  if (boundary < start) boundary += step;
  if (last_tick_) boundary = std::max(boundary, floor_to(*last_tick_, step) + step);
  std::size_t steps = 0;  // 0 = the first tick of this run
  auto wall = std::chrono::steady_clock::now();
  for (;;) {
    if (!clock_.is_virtual() && !wait_for(boundary, stop)) break;
    if (stop) break;
    if (end_ && boundary > *end_) {
      summary_.why_ended = "the trace ended";
      break;
    }
    if (options_.run_for && boundary - start > *options_.run_for) {
      summary_.why_ended = "--for has passed";
      break;
    }
    if (clock_.is_virtual()) clock_.set(boundary);
    if (const auto done = tick(boundary, steps == 0 ? first_steps() : steps, on_tick); !done)
      return done.error();
    steps = 1;
    boundary += step;
    if (!clock_.is_virtual()) {
      // A tick that came late is skipped; its samples come with the next one.
      late_ticks_ = 0;
      while (boundary + step <= clock_.now()) {
        boundary += step;
        ++steps;
        ++late_ticks_;
        ++summary_.skipped;
      }
    } else if (options_.speed) {
      wall += std::chrono::duration_cast<std::chrono::steady_clock::duration>(
          std::chrono::duration<double>(seconds(step) / *options_.speed));
      while (!stop && std::chrono::steady_clock::now() < wall)
        std::this_thread::sleep_until(
            std::min(wall, std::chrono::steady_clock::now() + std::chrono::milliseconds(100)));
    }
  }
  if (stop) summary_.why_ended = "stopped";
  if (last_tick_) write_standings(*last_tick_, true);
  if (last_tick_)
    if (const auto done = save_snapshot(*last_tick_); !done) return done.error();
  sinks_.feed(true);
  return summary_;
}

Result<void> Loop::tick(TimePoint now, std::size_t steps,
                        const std::function<void(const TickReport&)>& on_tick) {
  tick_began_ = std::chrono::steady_clock::now();
  door_.follow(now);
  TickInput input{now, senses_.samples(now, steps)};
  senses_.fleets(input.groups);
  machines_.look(input.groups);
  for (std::size_t g = 0; g < input.groups.size(); ++g) {
    input.groups[g].acted = acted_[g];
    input.groups[g].fleet.operation_unknown = door_.unknown(g);
    input.groups[g].refused = door_.take_refused(g);
  }
  if (summary_.ticks == 0) tell_lost_meanwhile(input);
  trim_history(input);
  hear_pauses(input);
  engine_.observe(input);
  write(EntryType::input, now, "", "", to_json(input));

  ask_models(now);
  for (const auto g : offers_.refresh(now))
    write(EntryType::offers, now, world_.groups[g].tenant, world_.groups[g].id,
          {{"offers", offers_json(g)}});
  ask_policies(now);

  std::vector<Door::Asked> asked;
  std::vector<Decision> decisions;
  decide_all(now, asked, decisions);
  stamp_outcomes(now);
  write_standings(now, false);
  raise_alerts(now);
  make_plans(now);
  if (!asked.empty() && !trouble_)
    if (const auto synced = journal_->sync(); !synced) trouble_ = synced.error();
  if (trouble_) return *trouble_;  // what is not on record must not be done
  acted_ = door_.send(now, asked);
  ++summary_.ticks;
  last_tick_ = now;
  account(decisions);
  if (on_tick) report(now, decisions, on_tick);
  // In real time at once: sinks hear of nothing that a death of this process could take off the
  // record. A replay has no one waiting.
  if (!clock_.is_virtual())
    if (const auto done = journal_->flush(); !done) return done.error();
  if (!clock_.is_virtual() || sinks_.waiting() >= SinkFeed::kBatch) sinks_.feed(false);
  if (!last_snapshot_) last_snapshot_ = now;
  if (now - *last_snapshot_ >= kSnapshotEvery) {
    sinks_.feed(true);
    // In this order: what the newest snapshot lacks has never expired.
    auto saved = save_snapshot(now);
    if (saved) journal_->expire(now);
    return saved;
  }
  return {};
}

// What is new is an event.
void Loop::hear_pauses(TickInput& input) {
  for (std::size_t g = 0; g < input.groups.size(); ++g) {
    const auto& spec = world_.groups[g];
    auto& pause = input.groups[g].pause;
    pause = pauses_.of(spec.name());
    if (pause && pause != engine_.group(g).pause()) event(spec.tenant, spec.id, to_text(*pause));
  }
}

void Loop::ask_models(TimePoint now) {
  const auto questions = engine_.questions();
  if (questions.empty()) return;
  std::set<std::string> answering;
  const auto take = [&](const ModelAnswer& answer) {
    engine_.answer(answer);
    const auto& group = engine_.group(answer.group);
    write(EntryType::forecast, now, group.spec().tenant, group.spec().id, to_json(answer, group));
    const auto& plugin = group.panel(answer.signal).seat(answer.model).name;
    if (answer.status.ok() || !is_down(answer.status.error().code))
      answering.insert(plugin);
    else
      model_troubles_[plugin] = answer.status.error().message;
  };
  for (auto rest = std::span(questions); !rest.empty();) {
    const auto some = rest.first(std::min(rest.size(), ModelService::kAtATime));
    for (const auto& answer : models_.ask(some)) take(answer);
    rest = rest.subspan(some.size());
  }
  for (const auto& plugin : answering) model_troubles_.erase(plugin);
}

// Each trouble is told once, and counted as often as it comes.
void Loop::ask_policies(TimePoint now) {
  const auto questions =
      engine_.policy_questions([this](std::size_t g) -> const Menu& { return offers_.of(g); });
  policies_asked_.clear();
  for (const auto& answer : policies_.ask(questions)) {
    engine_.answer(answer);
    const auto& spec = engine_.specs()[answer.group];
    write(EntryType::proposal, now, spec.tenant, spec.id, to_json(answer));
    const PerTenant who{spec.name(), answer.plugin};
    policies_asked_.insert(who);
    if (answer.status) {
      policy_troubles_.erase(who);
      continue;
    }
    ++summary_.policy_errors;
    const auto [at, fresh] = policy_troubles_.try_emplace(who);
    at->second = answer.status.error().message;
    if (fresh) event(spec.tenant, spec.id, "policy plugin " + answer.plugin + ": " + at->second);
  }
}

// Before the first value there is nothing to align: a source younger than the training window.
void Loop::trim_history(TickInput& input) const {
  for (auto& group : input.groups) {
    if (group.samples.empty()) continue;
    std::size_t empty = group.samples.front().size();
    for (const auto& column : group.samples) {
      std::size_t k = 0;
      while (k < column.size() && std::isnan(column[k])) ++k;
      empty = std::min(empty, k);
    }
    empty = std::min(empty, group.samples.front().size() - 1);  // the newest step stays, even empty
    for (auto* columns : {&group.samples, &group.watched})
      for (auto& column : *columns)
        column.erase(column.begin(), column.begin() + static_cast<std::ptrdiff_t>(empty));
    group.first_end += options_.step * static_cast<std::int64_t>(empty);
  }
}

void Loop::decide_all(TimePoint now, std::vector<Door::Asked>& asked,
                      std::vector<Decision>& decisions) {
  auto round = engine_.decide_all([this](std::size_t g) -> const Menu& { return offers_.of(g); });
  for (std::size_t g = 0; g < engine_.size(); ++g) {
    const auto& spec = engine_.specs()[g];
    auto& decision = round.decisions[g];
    // A hold for the reason already on record says nothing new; replay makes it again.
    auto cause = std::string(to_string(decision.action)) + "/" + decision.cause;
    for (const auto& shadow : decision.shadows)
      cause += "/" + std::to_string(shadow.desired) + " " + shadow.cause;
    if (decision.action != Action::hold || tallies_[g].last_cause != cause) {
      const auto seq = write(EntryType::decision, now, spec.tenant, spec.id, to_json(decision));
      const auto id = spec.name() + "#" + std::to_string(seq);
      ++summary_.decisions;
      if (decision.action != Action::hold) {
        const auto& fleet = engine_.group(g).fleet();
        asked.push_back({g, id, make_request(spec.id, id, decision, fleet.held(), fleet.generation),
                         decision.dry_run, decision.current < spec.min});
        unjudged_[{spec.name(), now}] = id;
      }
    }
    tallies_[g].last_cause = cause;
    decisions.push_back(std::move(decision));
  }
}

Json Loop::offers_json(std::size_t group) const {
  const auto offers = offers_.of(group).offers();
  return to_json(std::vector<PricedOffer>(offers.begin(), offers.end()));
}

Result<void> Loop::save_snapshot(TimePoint now) {
  if (auto synced = journal_->sync(); !synced) return synced;
  Json offers = Json::object();
  for (std::size_t g = 0; g < engine_.size(); ++g)
    offers[engine_.specs()[g].name()] = offers_json(g);
  last_snapshot_ = now;
  const auto trouble = [this](const auto& tenant, const auto& what) { event(tenant, "", what); };
  return data_dir_.save({journal_->next_seq() - 1,
                         now,
                         {{"start", start_body()},
                          {"groups", engine_.state()},
                          {"offers", offers},
                          {"alerts", alerts_.state()},
                          {"policies", save_policies(world_, now, trouble)}}});
}

}  // namespace nova
