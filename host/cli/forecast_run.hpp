// Many series through many models on all cores: chunks of series, threads, answers in order.
//
// What happens to one chunk is in forecast_chunk.hpp. Answers reach the caller in the order of the
// series while later ones are still worked on, so that none need be kept. Called by `forecast`.
#pragma once

#include <functional>
#include <vector>

#include "host/cli/forecast_chunk.hpp"

namespace nova::cli {

struct AnswerSink {
  std::function<void(std::size_t series, const SeriesAnswer&)> take;  // in order, caller's thread
  std::function<void(std::size_t done)> progress;  // series done so far; some times a second
};

// One thread a bench, and as many as there are benches or less. Threads never change an answer.
void forecast_all(const std::vector<InputSeries>& series, std::vector<ModelBench>& benches,
                  const ForecastTask& task, const AnswerSink& sink);

}  // namespace nova::cli
