// Snapshots of one series, its window and what core/forecast learned of it, as JSON.
#pragma once

#include "core/forecast/panel.hpp"
#include "core/forecast/season_watch.hpp"
#include "core/metrics/window.hpp"
#include "core/record/entry.hpp"

namespace nova {

Json to_json(const Panel& panel);
// Into a fresh panel of the same shape and models. Errors: data_loss. Json::exception where it is
// not such a snapshot at all.
Result<void> restore(Panel& panel, Duration step, const Json& state);

Json to_json(const SeasonWatch& seasons);
void restore(SeasonWatch& seasons, const Json& state);

Json to_json(const SignalWindow& window);
// Errors: Json::exception.
void restore(SignalWindow& window, const Json& state);

// Values as a JSON array, NaN as null; and back.
Json numbers(std::span<const double> values);
std::vector<double> doubles(const Json& values);

}  // namespace nova
