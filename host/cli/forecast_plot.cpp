#include "host/cli/forecast_plot.hpp"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <string_view>

#include "host/cli/forecast_json.hpp"
#include "host/cli/page_json.hpp"

namespace nova::cli {
namespace {

// The page, with {{DATA}} where its data belong; made from forecast_page.html by CMake.
constexpr std::string_view kPage =
#include "forecast_page.inc"
    ;

constexpr std::size_t kMostSeries = 500;
constexpr std::size_t kMostNumbers = 1'000'000;  // about 7 MB of text
constexpr std::size_t kHistory = 2000;           // points, or three seasons, or four horizons

nlohmann::ordered_json grid_json(const TimeGrid& grid, std::int64_t skipped) {
  if (grid.kind == TimeKind::index)
    return {{"kind", "index"},
            {"first", static_cast<double>(grid.first + skipped * grid.step) / 1e9},
            {"step", static_cast<double>(grid.step) / 1e9}};
  TimeGrid shown = grid;
  shown.first = grid.instant(skipped);
  return {
      {"kind", "date"},
      {"first", static_cast<double>(shown.first) / 1e6},
      {"step", grid.months ? static_cast<double>(grid.step) : static_cast<double>(grid.step) / 1e6},
      {"months", grid.months}};
}

// Whether all values that are known are one.
bool is_constant(std::span<const double> values) {
  double seen = std::nan("");
  for (const double y : values) {
    if (y < seen || y > seen) return false;
    if (!std::isnan(y)) seen = y;
  }
  return true;
}

class PlotWriter : public ForecastWriter {
 public:
  PlotWriter(std::ostream& out, const Report& report, std::string source)
      : out_(out), report_(report), source_(std::move(source)) {
    out_ << around_data(kPage).first << "{\"series\":[";
  }

  void add(const InputSeries& series, const SeriesAnswer& answer) override {
    ++total_;
    if (!answer.error.empty()) {
      ++failed_;
      return;
    }
    if (shown_ == kMostSeries || numbers_ > kMostNumbers) return;
    std::size_t longest = 0;
    for (const auto& season : answer.seasons)
      longest = std::max<std::size_t>(longest, season.length);
    const auto points =
        std::min(series.values.size(),
                 std::max({kHistory, std::min<std::size_t>(3 * longest, 4 * kHistory),
                           std::min<std::size_t>(4 * report_.task.horizon, 4 * kHistory)}));
    auto json = series_json(series, answer, report_);
    json.erase("timestamps");
    for (const char* row : {"mean", "median"}) shorten(json[row]);
    for (auto& interval : json["intervals"])
      for (const char* row : {"lower", "upper"}) shorten(interval[row]);
    const auto skipped = series.values.size() - points;
    json["history"] = rounded(std::span(series.values).subspan(skipped));
    json["grid"] = grid_json(series.grid, static_cast<std::int64_t>(skipped));
    json["accuracy"] = accuracy(answer);
    json["constant"] = is_constant(series.values);
    put(json);
    ++shown_;
    numbers_ += points + report_.task.horizon *
                             (2 + 2 * report_.task.coverages.size() + answer.scores.size());
  }

  void finish(const std::vector<ModelScore>& scores) override {
    nlohmann::ordered_json rest = {{"source", source_},
                                   {"horizon", report_.task.horizon},
                                   {"levels", report_.task.coverages},
                                   {"models", report_.models},
                                   {"total", total_},
                                   {"failed", failed_}};
    if (!scores.empty())
      rest["evaluation"] = scores_json(report_.scored(), scores, report_.task.coverages);
    // Its members follow the series in the same object.
    out_ << "\n]," << page_text(rest).substr(1) << around_data(kPage).second;
  }

 private:
  static void shorten(nlohmann::ordered_json& row) {
    for (auto& value : row) value = rounded(value.get<double>());
  }

  // Each model's errors by lead, and all its scores over all leads.
  nlohmann::ordered_json accuracy(const SeriesAnswer& answer) const {
    const auto names = report_.scored();
    auto out = nlohmann::ordered_json::array();
    if (answer.scores.empty()) return out;  // too short to be scored
    const auto rows = scores_json(names, answer.scores, report_.task.coverages);
    for (std::size_t m = 0; m < answer.scores.size(); ++m) {
      auto errors = nlohmann::ordered_json::array();
      for (const auto& lead : answer.scores[m].leads)
        errors.push_back(rounded(lead.scaled > 0 ? lead.mase / lead.scaled : std::nan("")));
      const auto& groups = rows[m]["leads"];
      if (groups.empty()) continue;
      out.push_back({{"model", names[m]},
                     {"origins", static_cast<std::int64_t>(answer.scores[m].origins)},
                     {"mase", errors},
                     {"all", groups.back()}});
    }
    return out;
  }

  void put(const nlohmann::ordered_json& json) {
    out_ << (shown_ == 0 ? "\n" : ",\n") << page_text(json);
  }

  std::ostream& out_;
  const Report& report_;
  std::string source_;
  std::size_t shown_ = 0, total_ = 0, failed_ = 0, numbers_ = 0;
};

}  // namespace

std::unique_ptr<ForecastWriter> plot_writer(std::ostream& out, const Report& report,
                                            const std::filesystem::path& source) {
  return std::make_unique<PlotWriter>(out, report, source.filename().string());
}

}  // namespace nova::cli
