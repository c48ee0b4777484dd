#include "host/loop/senses.hpp"

#include <cmath>
#include <future>
#include <limits>
#include <utility>

namespace nova {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

FleetView view_of(const loader::GroupState& state) {
  FleetView view;
  view.known = state.status != ErrorCode::not_found;
  if (state.status != ErrorCode::ok)
    view.problem = std::string("the controller says ") + to_string(state.status);
  view.generation = state.generation;
  view.min = state.min.value_or(0);
  view.max = state.max.value_or(UINT32_MAX);
  for (const auto& row : state.rows)
    view.rows.push_back(
        {row.offer_id, row.desired, row.booting, row.serving, row.unhealthy, row.draining});
  return view;
}

}  // namespace

Senses::Senses(const World& world, Duration step, Report report)
    : world_(world), step_(step), report_(std::move(report)) {
  for (std::size_t g = 0; g < world.groups.size(); ++g) {
    const auto& group = world.groups[g];
    for (const auto* list : {&group.signals, &group.watched})
      for (std::size_t s = 0; s < list->size(); ++s)
        seats_[(*list)[s].source].push_back({g, s, list == &group.watched, (*list)[s].key});
    controlled_[{group.tenant, group.controller}].push_back(g);
  }
}

const SignalSpec& Senses::Seat::spec(const World& world) const {
  const auto& of = world.groups[group];
  return watched ? of.watched[signal] : of.signals[signal];
}

std::vector<double>& Senses::Seat::column(std::vector<GroupInput>& inputs) const {
  auto& input = inputs[group];
  return watched ? input.watched[signal] : input.samples[signal];
}

void Senses::say_once(const std::string& about, const std::string& tenant, const std::string& group,
                      const std::string& text) {
  auto& said = said_[about];
  if (said == text) return;
  said = text;
  report_(tenant, group, text);
}

std::vector<GroupInput> Senses::samples(TimePoint now, std::size_t steps) {
  std::vector<GroupInput> inputs(world_.groups.size());
  for (std::size_t g = 0; g < inputs.size(); ++g) {
    inputs[g].first_end = now - step_ * (static_cast<std::int64_t>(steps) - 1);
    const std::vector<double> unknown(steps, kMissing);
    inputs[g].samples.assign(world_.groups[g].signals.size(), unknown);
    inputs[g].watched.assign(world_.groups[g].watched.size(), unknown);
  }
  std::vector<Question> questions;
  for (const auto& source : seats_) {
    questions.push_back([this, now, steps, &source = source, &inputs] {
      auto& client = *world_.metrics.at(source.first);
      return client.can_query_range()
                 ? range(source.first, client, source.second, now, steps, inputs)
                 : latest(source.first, client, source.second, now, inputs);
    });
  }
  ask_all(questions);
  return inputs;
}

void Senses::ask_all(const std::vector<Question>& questions) {
  std::vector<std::future<Taking>> rest;
  for (std::size_t i = 1; i < questions.size(); ++i) rest.push_back(std::async(questions[i]));
  if (!questions.empty()) questions.front()()();
  for (auto& answer : rest) answer.get()();
}

Senses::Taking Senses::range(const std::string& source, loader::MetricsClient& client,
                             const std::vector<Seat>& seats, TimePoint now, std::size_t steps,
                             std::vector<GroupInput>& inputs) {
  loader::RangeRequest request;
  for (const auto& seat : seats) request.keys.push_back(seat.key);
  request.step = step_;
  request.points = steps;
  request.t0 = now - step_ * (static_cast<std::int64_t>(steps) - 1);
  return [this, steps, &source = source, &seats = seats, &inputs = inputs,
          answer = client.query_range(request, world_.timeout(source))] {
    if (!answer) return say_once(source, "", "", answer.error().message);
    is_fine(source);
    for (std::size_t i = 0; i < seats.size(); ++i) {
      if (!answered(source, seats[i], answer->items[i])) continue;
      seats[i].column(inputs).assign(answer->row(i), answer->row(i) + steps);
    }
  };
}

// Else it is said why not.
bool Senses::answered(const std::string& source, const Seat& seat, const loader::ItemStatus& item) {
  const auto& group = world_.groups[seat.group];
  const auto about = source + "/" + std::to_string(seat.key);
  if (item.ok())
    is_fine(about);
  else
    say_once(about, group.tenant, group.id,
             "signal " + seat.spec(world_).name + ": " + to_string(item.code) + ": " + item.note);
  return item.ok();
}

// A source without history: its newest value, if it is not older than the step that just ended. One
// that tells the present is asked a moment after that end, so its answer may lie behind it.
Senses::Taking Senses::latest(const std::string& source, loader::MetricsClient& client,
                              const std::vector<Seat>& seats, TimePoint now,
                              std::vector<GroupInput>& inputs) {
  std::vector<std::uint64_t> keys;
  for (const auto& seat : seats) keys.push_back(seat.key);
  return [this, now, &source = source, &seats = seats, &inputs = inputs,
          answer = client.latest(keys, world_.timeout(source))] {
    if (!answer) return say_once(source, "", "", answer.error().message);
    is_fine(source);
    for (std::size_t i = 0; i < seats.size(); ++i)
      if (answered(source, seats[i], answer->items[i]) && answer->times[i] > now - step_ &&
          answer->times[i] < now + step_)
        seats[i].column(inputs).back() = answer->values[i];
  };
}

void Senses::fleets(std::vector<GroupInput>& inputs) {
  std::vector<Question> questions;
  for (const auto& one : controlled_)
    questions.push_back(
        [this, &one = one, &inputs] { return fleets_of(one.first, one.second, inputs); });
  ask_all(questions);
}

Senses::Taking Senses::fleets_of(const PerTenant& controller,
                                 const std::vector<std::size_t>& groups,
                                 std::vector<GroupInput>& inputs) {
  std::vector<std::string> ids;
  for (const auto g : groups) ids.push_back(world_.groups[g].id);
  const auto timeout = world_.timeout(controller.second);
  return [this, ids, &controller = controller, &groups = groups, &inputs = inputs,
          states = world_.controllers.at(controller)->list_groups(ids, timeout)] {
    // Each tenant has an instance of its own, which fails for itself.
    const auto about = controller.second +
                       (controller.first == GroupSpec().tenant ? "" : " of " + controller.first);
    for (const auto g : groups)
      inputs[g].fleet.problem =
          states ? "the controller did not tell of it" : states.error().message;
    if (!states) return say_once(about, controller.first, "", states.error().message);
    is_fine(about);
    std::map<std::string, std::size_t> index;
    for (std::size_t i = 0; i < groups.size(); ++i) index[ids[i]] = groups[i];
    for (const auto& state : *states)
      if (const auto at = index.find(state.id); at != index.end())
        inputs[at->second].fleet = view_of(state);
  };
}

}  // namespace nova
