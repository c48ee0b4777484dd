// Many groups for the benchmarks of ticks: each is sized by one demand and perhaps utilisations
// beside it, and may watch more; `regression` forecasts what sizes it.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/engine/engine.hpp"
#include "core/engine/replay.hpp"
#include "host/loader/catalogue.hpp"
#include "host/loop/model_service.hpp"

namespace nova::many {

constexpr Duration kStep = std::chrono::seconds(60);
constexpr Duration kForecastStep = std::chrono::minutes(5);

struct Shape {
  std::size_t groups = 1;
  std::size_t utilisations = 0, watched = 0;  // of a group, beside its demand
  std::int64_t points = 2016;                 // forecast steps that are kept
};

inline std::vector<GroupSpec> specs(const Shape& shape) {
  std::vector<GroupSpec> all(shape.groups);
  for (std::size_t g = 0; g < shape.groups; ++g) {
    auto& group = all[g];
    group.id = "g" + std::to_string(g);
    group.max = 200;
    for (std::size_t s = 0; s <= shape.utilisations + shape.watched; ++s) {
      SignalSpec signal;
      signal.name = "s" + std::to_string(s);
      signal.forecast_step = kForecastStep;
      signal.key = (1 + shape.utilisations + shape.watched) * g + s + 1;
      const bool sizing = s <= shape.utilisations;
      signal.role = s == 0 ? Role::demand : sizing ? Role::utilisation : Role::custom;
      if (s == 0) signal.per_machine = 100;
      (sizing ? group.signals : group.watched).push_back(signal);
    }
    PredictiveSpec predictive;
    predictive.models = {"regression"};
    predictive.training_window = kForecastStep * shape.points;
    group.policies = {predictive, TargetTrackingSpec{"s0", {}}};
  }
  return all;
}

inline double load(std::size_t group, TimePoint t) {
  const auto minute = unix_ns(t) / 60'000'000'000, g = static_cast<std::int64_t>(group);
  return 1000 +
         700 * std::sin(static_cast<double>(minute % 1440) / 229.2 + static_cast<double>(g)) +
         static_cast<double>((minute * 31 + g * 7) % 97);
}

// The `steps` steps that end at `now`, before which 16 machines served.
inline TickInput input(TimePoint now, const Shape& shape, std::int64_t steps = 1) {
  TickInput tick{now, std::vector<GroupInput>(shape.groups)};
  for (std::size_t g = 0; g < shape.groups; ++g) {
    auto& group = tick.groups[g];
    group.first_end = now - kStep * (steps - 1);
    std::vector<double> demand, used;
    for (std::int64_t k = 0; k < steps; ++k) {
      demand.push_back(load(g, group.first_end + kStep * k));
      used.push_back(demand.back() / 3000);
    }
    group.samples.assign(1 + shape.utilisations, used);
    group.samples[0] = demand;
    group.watched.assign(shape.watched, used);
    group.fleet.known = true;
    group.fleet.rows.push_back({"", 16, 0, 16, 0, 0});
  }
  return tick;
}

// The regression plugin, opened from a folder of plugins.
class Regression {
 public:
  explicit Regression(const std::string& folder)
      : catalogue_({folder}),
        found_(catalogue_.open("org.novacron.model.regression").value()),
        instance_(loader::Instance::create(loader::HostContext::make({}), found_.library,
                                           *found_.component, {})
                      .value()),
        client_(*instance_) {}

  // So many questions at a time as the loop asks.
  void answer(Engine& engine, std::span<const ModelQuestion> questions) {
    while (!questions.empty()) {
      const auto some = questions.first(std::min(questions.size(), ModelService::kAtATime));
      for (const auto& answer : service_.ask(some)) engine.answer(answer);
      questions = questions.subspan(some.size());
    }
  }

 private:
  loader::PluginCatalogue catalogue_;
  loader::PluginCatalogue::Found found_;
  std::unique_ptr<loader::Instance> instance_;
  loader::ModelClient client_;
  ModelService service_{[this](const auto&, const auto&) { return &client_; },
                        [](const auto&) { return Duration(std::chrono::minutes(30)); }};
};

inline std::vector<Menu> menus(const Engine& engine) {
  std::vector<Menu> all;
  for (const auto& spec : engine.specs()) all.emplace_back(default_offers(spec));
  return all;
}

}  // namespace nova::many
