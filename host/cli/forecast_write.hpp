// Forecasts as CSV rows and as one JSON document; host/cli/README.md describes both.
//
// A writer gets the series in order and keeps none of them.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "host/cli/forecast_chunk.hpp"

namespace nova::cli {

// What all writers need beside a series and its answer. Borrowed for the writer's life.
struct Report {
  const ForecastTask& task;
  std::vector<std::string> models;  // names, as the bench's

  std::vector<std::string> scored() const;  // whose scores there are: the models, then "auto"
};

// "ar", or "ar+theta": the models used, best first.
std::string model_text(const SeriesAnswer& answer, const std::vector<std::string>& models);

// What decided, in a sentence: "the least scaled error of 3 models on 6 held-out origins: 0.41".
std::string why_text(const SeriesAnswer& answer, const std::vector<std::string>& models);

class ForecastWriter {
 public:
  virtual ~ForecastWriter() = default;
  virtual void add(const InputSeries& series, const SeriesAnswer& answer) = 0;
  // `scores` of the models, and of the automatic choice last; empty = none were asked for.
  virtual void finish(const std::vector<ModelScore>& scores) = 0;
};

// A series that cannot be forecast has no rows.
std::unique_ptr<ForecastWriter> csv_writer(std::ostream& out, const Report& report);
// A series that cannot be forecast says why.
std::unique_ptr<ForecastWriter> json_writer(std::ostream& out, const Report& report);

}  // namespace nova::cli
