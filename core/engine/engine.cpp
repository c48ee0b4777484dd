#include "core/engine/engine.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <tuple>

namespace nova {

Engine::Engine(std::vector<GroupSpec> groups, Duration step, EngineRules rules, MarketSpec market)
    : specs_(std::move(groups)), step_(step), rules_(rules), market_(std::move(market)) {
  groups_.reserve(specs_.size());
  for (const auto& spec : specs_) groups_.emplace_back(spec, step, rules_.trust);
  order_.resize(specs_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::sort(order_.begin(), order_.end(), [this](std::size_t a, std::size_t b) {
    return std::tie(specs_[a].tenant, specs_[a].id) < std::tie(specs_[b].tenant, specs_[b].id);
  });
}

void Engine::observe(const TickInput& input) {
  assert(input.groups.size() == groups_.size());
  now_ = input.now;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    auto& group = groups_[i];
    group.observe(input.now, input.groups[i]);
    for (const auto& [offer, why] : input.groups[i].refused)
      market_.refusals().refuse(specs_[i].tenant, offer, input.now, why);
    if (!group.fleet().known || group.fleet().operation_unknown) continue;
    market_.learn(specs_[i].tenant, group.last_seen(), group.last_fleet(), group.asked(), input.now,
                  group.fleet());
    group.fleet_is_known();
  }
  take_turns();
}

// When the next points make the forecasts of a group due again.
TimePoint Engine::due_again(const GroupEngine& group, TimePoint since) const {
  auto every = group.spec().signals.front().forecast_step;
  for (const auto& signal : group.spec().signals) every = std::min(every, signal.forecast_step);
  return since + every;
}

// So many that nobody waits until it is due again, and at least one group, however many forecasts
// it needs: where all are more than the limit allows, each tick makes its part of them.
void Engine::take_turns() {
  struct Waiting {
    TimePoint until;
    std::size_t group, forecasts;
  };
  std::vector<Waiting> waiting;
  double part = 0;
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const auto due = groups_[i].due();
    if (due.forecasts == 0) continue;
    const auto until = due_again(groups_[i], due.since);
    const auto ticks = std::max<std::int64_t>(1, (until - now_) / step_);
    part += static_cast<double>(due.forecasts) / static_cast<double>(ticks);
    waiting.push_back({until, i, due.forecasts});
  }
  std::stable_sort(waiting.begin(), waiting.end(),
                   [](const Waiting& a, const Waiting& b) { return a.until < b.until; });
  const auto most =
      std::max(rules_.forecasts_per_tick, static_cast<std::size_t>(std::ceil(part - 1e-6)));
  std::size_t forecasts = 0;
  for (const auto& next : waiting) {
    forecasts += next.forecasts;
    if (forecasts > most && forecasts > next.forecasts) break;
    groups_[next.group].turn();
  }
}

// What is known to run is charged for and covered before anybody decides.
void Engine::open(const std::function<const Menu&(std::size_t)>& menu_of) {
  std::vector<Look> looks;
  for (const auto g : order_) {
    const auto& group = groups_[g];
    if (group.last_fleet().known)
      looks.push_back(
          {&group.payer(), group.last_fleet().held(), &menu_of(g), group.last_seen() == now_});
  }
  market_.ledger().look(now_, looks);
}

Round Engine::decide_all(const std::function<const Menu&(std::size_t)>& menu_of) {
  Round round;
  open(menu_of);
  for (std::size_t g = 0; g < groups_.size(); ++g) round.decisions.push_back(decide(g, menu_of(g)));
  if (market_.ledger().idle()) return round;
  for (const auto g : order_) groups_[g].settle(round.decisions[g], menu_of(g), market_);
  round.events = market_.ledger().book().observe(now_);
  return round;
}

std::vector<ModelQuestion> Engine::questions() const {
  std::vector<ModelQuestion> all;
  for (std::size_t i = 0; i < groups_.size(); ++i) groups_[i].questions(i, all);
  std::vector<std::size_t> due;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].fit) due.push_back(i);
  if (due.size() <= rules_.fits_per_tick) return all;
  std::stable_sort(due.begin(), due.end(), [&](std::size_t a, std::size_t b) {
    return all[a].need_of_fit > all[b].need_of_fit;
  });
  for (std::size_t k = rules_.fits_per_tick; k < due.size(); ++k) all[due[k]].fit = false;
  std::erase_if(all, [](const ModelQuestion& q) { return !q.fit && !q.knows; });
  return all;
}

std::vector<PolicyQuestion> Engine::policy_questions(
    const std::function<const Menu&(std::size_t)>& menu_of) {
  std::vector<PolicyQuestion> all;
  for (std::size_t i = 0; i < groups_.size(); ++i) groups_[i].policy_questions(i, menu_of(i), all);
  return all;
}

Json Engine::state() const {
  Json state = Json::object();
  for (const auto& group : groups_) state[group.spec().name()] = group.state();
  state["market"] = market_.state();  // no group's name: those have a slash
  return state;
}

void Engine::forget_fits() {
  for (auto& group : groups_) group.forget_fits();
}

void Engine::restore(const Json& state, std::vector<std::string>& problems) {
  for (auto& group : groups_) {
    const auto part = state.find(group.spec().name());
    if (part == state.end()) continue;
    if (const auto done = group.restore(*part); !done) problems.push_back(done.error().message);
  }
  try {
    if (const auto market = state.find("market"); market != state.end()) market_.restore(*market);
  } catch (const Json::exception& e) {
    problems.push_back(std::string("state of budgets and spot pools: ") + e.what());
  }
}

}  // namespace nova
