// Panel: some series side by side, as the models are asked about them.
//
// One matrix of values, read in place at any origin: `drop` points before the end of every series.
// A model is fitted at one origin, told what came up to a later one, and asked there; what it knows
// of the series it keeps until forget(). Called by forecast_run, one thread a panel.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/cli/forecast_csv.hpp"
#include "host/loader/model_client.hpp"

namespace nova::cli {

// What a model answered at one origin, for every row of the panel.
struct Said {
  loader::ForecastAnswer answer;
  std::vector<std::string> why_not;  // "" = it answered
  std::vector<std::string> notes;    // remarks on an answer; "" = none

  bool ok(std::size_t row) const { return why_not[row].empty(); }
};

class Panel {
 public:
  // `rows` index `series`, which share a grid and an end; `seasons` are theirs [row], in steps.
  // `keys` name them to the models. Where a level is new, the past is as it would have been there:
  // as_measured says it as it was. One call of a model may take `patience`, and a second more for
  // each row.
  enum class Past { as_measured, on_new_level };
  Panel(const std::vector<InputSeries>& series, const std::vector<std::size_t>& rows,
        const std::vector<std::vector<std::uint32_t>>& seasons, std::vector<std::uint64_t> keys,
        Past past, Duration patience);

  std::size_t size() const { return lengths_.size(); }

  // The answers of a model at each origin in `drops` (descending, so that time moves on), for steps
  // 1 ... horizon. It is fitted before the first origin only, then observes; one that cannot
  // observe is fitted at each. Warm: the first fit starts from what the model knows of the series.
  std::vector<Said> ask(loader::ModelClient& model, const std::vector<std::size_t>& drops,
                        std::uint32_t horizon, const std::vector<double>& levels,
                        bool warm = false) const;

  // Nothing is left of the series in the model.
  void forget(loader::ModelClient& model) const;

 private:
  loader::SeriesBatch history(std::size_t drop) const;
  loader::SeriesBatch between(std::size_t drop_before, std::size_t drop) const;
  std::vector<loader::ItemStatus> teach(loader::ModelClient& model, std::size_t drop_before,
                                        std::size_t drop, std::uint32_t horizon, bool warm) const;

  std::shared_ptr<const std::vector<double>> values_;  // [row][longest_], the last ones valid
  std::size_t longest_ = 0;
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> lengths_;
  std::vector<std::uint32_t> seasons_;  // [row][season_count_], 0 = none
  std::size_t season_count_ = 1;
  TimePoint end_;
  Duration step_, patience_;
};

}  // namespace nova::cli
