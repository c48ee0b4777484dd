#include "host/loop/senses.hpp"

#include <cmath>
#include <limits>

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
  for (const auto& [source, seats] : seats_) {
    auto& client = *world_.metrics.at(source);
    if (client.can_query_range())
      range(source, client, seats, now, steps, inputs);
    else
      latest(source, client, seats, now, inputs);
  }
  return inputs;
}

void Senses::range(const std::string& source, loader::MetricsClient& client,
                   const std::vector<Seat>& seats, TimePoint now, std::size_t steps,
                   std::vector<GroupInput>& inputs) {
  loader::RangeRequest request;
  for (const auto& seat : seats) request.keys.push_back(seat.key);
  request.step = step_;
  request.points = steps;
  request.t0 = now - step_ * (static_cast<std::int64_t>(steps) - 1);
  const auto answer = client.query_range(request, world_.timeout(source));
  if (!answer) return say_once(source, "", "", answer.error().message);
  is_fine(source);
  for (std::size_t i = 0; i < seats.size(); ++i) {
    if (!answered(source, seats[i], answer->items[i])) continue;
    seats[i].column(inputs).assign(answer->row(i), answer->row(i) + steps);
  }
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
void Senses::latest(const std::string& source, loader::MetricsClient& client,
                    const std::vector<Seat>& seats, TimePoint now,
                    std::vector<GroupInput>& inputs) {
  std::vector<std::uint64_t> keys;
  for (const auto& seat : seats) keys.push_back(seat.key);
  const auto answer = client.latest(keys, world_.timeout(source));
  if (!answer) return say_once(source, "", "", answer.error().message);
  is_fine(source);
  for (std::size_t i = 0; i < seats.size(); ++i)
    if (answered(source, seats[i], answer->items[i]) && answer->times[i] > now - step_ &&
        answer->times[i] < now + step_)
      seats[i].column(inputs).back() = answer->values[i];
}

void Senses::fleets(std::vector<GroupInput>& inputs) {
  for (const auto& [controller, groups] : controlled_) {
    std::vector<std::string> ids;
    std::map<std::string, std::size_t> index;
    // Each tenant has an instance of its own, which fails for itself.
    const auto about = controller.second +
                       (controller.first == GroupSpec().tenant ? "" : " of " + controller.first);
    for (const auto g : groups) {
      ids.push_back(world_.groups[g].id);
      index[ids.back()] = g;
      inputs[g].fleet.problem = "the controller did not tell of it";
    }
    const auto states =
        world_.controllers.at(controller)->list_groups(ids, world_.timeout(controller.second));
    if (!states) {
      for (const auto g : groups) inputs[g].fleet.problem = states.error().message;
      say_once(about, controller.first, "", states.error().message);
      continue;
    }
    is_fine(about);
    for (const auto& state : *states)
      if (const auto at = index.find(state.id); at != index.end())
        inputs[at->second].fleet = view_of(state);
  }
}

}  // namespace nova
