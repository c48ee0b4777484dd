#include "host/cli/forecast_write.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <ostream>

#include "host/cli/forecast_json.hpp"

namespace nova::cli {
namespace {

void append(std::string& line, double value) {
  char text[32];
  const auto [end, ec] = std::to_chars(text, text + sizeof text, value);
  line.append(text, end);
}

std::vector<Bounds> all_bounds(const ForecastTask& task) {
  std::vector<Bounds> bounds;
  for (const double coverage : task.coverages)
    bounds.push_back(bounds_of(coverage, quantile_levels(task.coverages)));
  return bounds;
}

class CsvWriter : public ForecastWriter {
 public:
  CsvWriter(std::ostream& out, const Report& report)
      : out_(out), report_(report), bounds_(all_bounds(report.task)) {
    out_ << "series,step,timestamp,mean";
    for (const double coverage : report.task.coverages)
      out_ << ",lo" << percent_text(coverage) << ",hi" << percent_text(coverage);
    out_ << ",model\n";
  }

  void add(const InputSeries& series, const SeriesAnswer& answer) override {
    if (!answer.error.empty()) return;
    const auto name = csv_field(series.name), model = model_text(answer, report_.models);
    const auto horizon = report_.task.horizon;
    const auto& quantiles = answer.forecast.quantiles;
    std::string rows;
    for (std::uint32_t h = 0; h < horizon; ++h) {
      rows += name + ',' + std::to_string(h + 1) + ',' +
              series.grid.text(static_cast<std::int64_t>(series.values.size()) + h) + ',';
      append(rows, answer.forecast.mean[h]);
      for (const auto& bounds : bounds_)
        for (const auto level : {bounds.low, bounds.high}) {
          rows += ',';
          append(rows, quantiles[level * horizon + h]);
        }
      rows += ',' + model + '\n';
    }
    out_ << rows;
  }
  void finish(const std::vector<ModelScore>&) override {}

 private:
  std::ostream& out_;
  const Report& report_;
  std::vector<Bounds> bounds_;
};

class JsonWriter : public ForecastWriter {
 public:
  JsonWriter(std::ostream& out, const Report& report) : out_(out), report_(report) {
    out_ << R"({"format":"novascale.forecast/1","horizon":)" << report.task.horizon
         << ",\"levels\":" << nlohmann::json(report.task.coverages).dump() << ",\"series\":[";
  }

  void add(const InputSeries& series, const SeriesAnswer& answer) override {
    out_ << (first_ ? "\n" : ",\n") << json_text(series_json(series, answer, report_));
    first_ = false;
  }

  void finish(const std::vector<ModelScore>& scores) override {
    out_ << "\n]";
    if (!scores.empty())
      out_ << ",\"evaluation\":"
           << scores_json(report_.scored(), scores, report_.task.coverages).dump();
    out_ << "}\n";
  }

 private:
  std::ostream& out_;
  const Report& report_;
  bool first_ = true;
};

}  // namespace

std::vector<std::string> Report::scored() const {
  auto names = models;
  names.push_back("auto");
  return names;
}

std::string model_text(const SeriesAnswer& answer, const std::vector<std::string>& models) {
  std::string text;
  for (const auto m : answer.models) text += (text.empty() ? "" : "+") + models[m];
  return text;
}

std::string why_text(const SeriesAnswer& answer, const std::vector<std::string>& models) {
  std::size_t judged = 0, best = models.size();
  for (std::size_t m = 0; m < answer.errors.size(); ++m) {
    if (std::isnan(answer.errors[m])) continue;
    ++judged;
    if (best == models.size() || answer.errors[m] < answer.errors[best]) best = m;
  }
  if (judged == 0)
    return models.size() == 1 ? "the only model asked" : "too short to compare models";
  const auto number = [](double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return std::string(text);
  };
  const auto origins = std::to_string(answer.origins) + " held-out origins";
  if (answer.models.size() > 1)
    return "the median of the best of " + std::to_string(judged) + " models on " + origins +
           ", with a scaled error of " + number(answer.blend_error) + " there (" + models[best] +
           " alone: " + number(answer.errors[best]) + ")";
  return "the least scaled error of " + std::to_string(judged) + " models on " + origins + ": " +
         number(answer.errors[best]);
}

nlohmann::ordered_json series_json(const InputSeries& series, const SeriesAnswer& answer,
                                   const Report& report) {
  nlohmann::ordered_json out;
  out["series"] = series.name;
  if (!answer.error.empty()) {
    out["error"] = answer.error;
    return out;
  }
  const auto points = static_cast<std::int64_t>(series.values.size());
  const auto horizon = report.task.horizon;
  out["model"] = model_text(answer, report.models);
  for (const auto model : answer.models)
    out["weights"][report.models[model]] = 1.0 / static_cast<double>(answer.models.size());
  out["interval_factor"] = answer.width;
  out["why"] = why_text(answer, report.models);
  auto lengths = nlohmann::json::array(), sources = lengths;
  for (const auto& season : answer.seasons) {
    lengths.push_back(season.length);
    sources.push_back(name_of(season.from));
  }
  out["seasons"] = lengths;
  out["seasons_from"] = sources;
  out["notes"] = answer.notes;
  out["origin"] = series.grid.text(points - 1);
  for (std::uint32_t h = 0; h < horizon; ++h)
    out["timestamps"].push_back(series.grid.text(points + h));
  out["mean"] = answer.forecast.mean;
  const auto row = [&](std::size_t level) {
    const auto* from = answer.forecast.quantiles.data() + level * horizon;
    return std::vector<double>(from, from + horizon);
  };
  const auto levels = quantile_levels(report.task.coverages);
  const auto bounds = all_bounds(report.task);
  out["median"] = row(bounds_of(0, levels).low);
  for (std::size_t c = 0; c < report.task.coverages.size(); ++c)
    out["intervals"].push_back({{"level", report.task.coverages[c]},
                                {"lower", row(bounds[c].low)},
                                {"upper", row(bounds[c].high)}});
  return out;
}

std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::unique_ptr<ForecastWriter> csv_writer(std::ostream& out, const Report& report) {
  return std::make_unique<CsvWriter>(out, report);
}
std::unique_ptr<ForecastWriter> json_writer(std::ostream& out, const Report& report) {
  return std::make_unique<JsonWriter>(out, report);
}

}  // namespace nova::cli
