// `forecast`: forecasts for any CSV of series, by the model plugins found, without a config.
#include <boost/program_options.hpp>
#include <charconv>
#include <cmath>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <set>
#include <sstream>
#include <thread>

#include "core/base/text.hpp"
#include "core/metrics/lone.hpp"
#include "core/metrics/new_level.hpp"
#include "core/metrics/outage.hpp"
#include "host/cli/command.hpp"
#include "host/cli/forecast_plot.hpp"
#include "host/cli/forecast_run.hpp"
#include "host/cli/forecast_write.hpp"
#include "host/cli/plugins.hpp"
#include "host/cli/progress.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;

struct ForecastOptions {
  std::string input, output, models = "auto", season, step, levels = "0.8,0.95", format = "text",
                             plot, patience = "60s";
  std::optional<GridStep> stated_step;
  std::vector<std::string> set;
  std::int64_t horizon = 48;
  std::int64_t evaluate = 0;
};

po::options_description describe(ForecastOptions& o) {
  po::options_description description("Options of forecast");
  description.add_options()  //
      ("input,i", po::value(&o.input)->value_name("CSV"),
       "series,timestamp,value rows, timestamp,value rows of one series, or a column a series "
       "beside timestamp; .csv or .csv.gz; - is stdin")  //
      ("output,o", po::value(&o.output)->value_name("FILE"),
       "where to write, JSON when it ends in .json; - is stdout (default)")  //
      ("models", po::value(&o.models)->default_value("auto")->value_name("NAMES"),
       "auto: the best of all for each series, or a blend; or names, the best of these")  //
      ("set", po::value(&o.set)->value_name("MODEL.KEY=VALUE"),
       "a setting of a model, such as arima.order=[2,0,1] or ets.model=AAdA; may be repeated; "
       "\"plugins inspect\" tells them")                                                         //
      ("horizon", po::value(&o.horizon)->default_value(48)->value_name("STEPS"), "steps ahead")  //
      ("season", po::value(&o.season)->value_name("STEPS"),
       "season lengths such as 24,168; 1 = no season; by default days, weeks and years where "
       "timestamps are dates")  //
      ("step", po::value(&o.step)->value_name("DURATION"),
       "spacing of dates such as 5m, 1d or 1mo, where they do not tell it: of a single point, or "
       "where most rows are missing")  //
      ("levels", po::value(&o.levels)->default_value("0.8,0.95")->value_name("SHARES"),
       "coverage of the intervals")  //
      ("plot", po::value(&o.plot)->value_name("HTML"),
       "write a page with charts of forecasts, seasons and accuracy; opens in any browser")  //
      ("evaluate", po::value(&o.evaluate)->default_value(0)->value_name("K"),
       "score every model, and the automatic choice, on K rolling origins and print a table")  //
      ("patience", po::value(&o.patience)->default_value("60s")->value_name("DURATION"),
       "how long one call of a model may take; a second more for each series it is asked about")  //
      ("format", po::value(&o.format)->default_value("text")->value_name("FORMAT"),
       "text (CSV rows, a table) or json")  //
      ("help,h", "show this help");
  return description;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

template <class N>
bool parse_number(const std::string& text, N& out) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc{} && end == text.data() + text.size();
}

// Words into a task; the message of what is wrong with them, or "".
std::string read_task(ForecastOptions& o, ForecastTask& task) {
  if (o.input.empty()) return "needs --input CSV";
  if (o.horizon < 1 || o.horizon > 1'000'000) return "--horizon must be in [1, 1000000]";
  if (o.format != "text" && o.format != "json")
    return "--format must be text or json, got \"" + o.format + "\"";
  if (o.evaluate < 0 || o.evaluate > 1000) return "--evaluate must be in [0, 1000]";
  if (!o.step.empty()) {
    const auto step = parse_step(o.step);
    if (!step.ok()) return "--step " + step.error().message;
    o.stated_step = step.value();
  }
  const auto patience = parse_duration(o.patience);
  if (!patience.ok()) return "--patience " + patience.error().message;
  if (*patience <= Duration{0} || *patience > std::chrono::hours(24 * 7))
    return "--patience must be above 0s and at most 1w, got \"" + o.patience + "\"";
  task.patience = *patience;
  task.horizon = static_cast<std::uint32_t>(o.horizon);
  // A page shows accuracy, so it needs some.
  constexpr std::int64_t kPlotOrigins = 4;
  task.evaluate =
      static_cast<std::size_t>(o.plot.empty() || o.evaluate > 0 ? o.evaluate : kPlotOrigins);
  task.spare_heavy = o.models == "auto";
  task.detect_seasons = o.season.empty();
  for (const auto& part : split(o.season)) {
    std::uint32_t season = 0;
    if (!parse_number(part, season) || season < 1 || season > 1'000'000)
      return "--season must be season lengths in steps (1 = none), got \"" + o.season + "\"";
    if (season > 1) task.seasons.push_back(season);
  }
  task.coverages.clear();
  for (const auto& part : split(o.levels)) {
    double level = 0;
    if (!parse_number(part, level) || !(level > 0) || !(level < 1))
      return "--levels must be shares above 0 and below 1, got \"" + o.levels + "\"";
    task.coverages.push_back(level);
  }
  if (task.coverages.empty()) return "--levels must name a share";
  if (std::set<double>(task.coverages.begin(), task.coverages.end()).size() !=
      task.coverages.size())
    return "--levels must not name a share twice";
  return "";
}

// `arima.order=[2,0,1]` into { "arima": { "order": [2, 0, 1] } }; what is no JSON is a string. The
// message of what is wrong, or "".
std::string read_settings(const std::vector<std::string>& words, nlohmann::json& settings) {
  for (const auto& word : words) {
    const auto equals = word.find('=');
    const auto dot = equals == std::string::npos ? equals : word.rfind('.', equals);
    if (dot == std::string::npos || dot == 0 || dot + 1 == equals)
      return "--set must be MODEL.KEY=VALUE, got \"" + word + "\"";
    const auto text = word.substr(equals + 1);
    auto value = nlohmann::json::parse(text, nullptr, false);
    if (value.is_discarded()) value = text;
    settings[word.substr(0, dot)][word.substr(dot + 1, equals - dot - 1)] = std::move(value);
  }
  return "";
}

std::shared_ptr<loader::HostContext> make_context(const Call& call, unsigned threads) {
  loader::HostOptions options;
  const auto mutex = std::make_shared<std::mutex>();
  options.log_level = loader::LogLevel::warn;
  options.log = [&err = call.err, mutex](const loader::LogLine& line) {
    const std::lock_guard lock(*mutex);
    err << "novascale forecast: " << line.instance << ": " << line.message << "\n";
  };
  // The cores are taken by the batches; what is left may be lent to a model.
  options.parallelism = std::max(1u, std::thread::hardware_concurrency() / threads);
  return loader::HostContext::make(std::move(options));
}

// Opens the file before the work, so that a wrong path costs no waiting.
class Output {
 public:
  Output(const std::string& path, std::ostream& standard) : standard_(standard) {
    if (path.empty() || path == "-") return;
    file_.open(path, std::ios::binary | std::ios::trunc);
    is_file_ = true;
  }
  bool ok() const { return !is_file_ || file_.good(); }
  std::ostream& stream() { return is_file_ ? file_ : standard_; }
  bool finish() {
    stream().flush();
    return stream().good();
  }

 private:
  std::ostream& standard_;
  std::ofstream file_;
  bool is_file_ = false;
};

bool ends_with_json(const std::string& path) {
  return path.size() > 5 && path.compare(path.size() - 5, 5, ".json") == 0;
}

// One walk from the file to the answers. Nothing is written before all that was asked for is known
// to be right.
class ForecastWalk {
 public:
  ForecastWalk(const Call& call, const ForecastOptions& options, const ForecastTask& task)
      : call_(call),
        options_(options),
        task_(task),
        to_stdout_(options.output.empty() || options.output == "-"),
        json_rows_(ends_with_json(options.output) || (to_stdout_ && options.format == "json")) {}

  int run() {
    if (const int code = read(); code != kFine) return code;
    if (const int code = find(); code != kFine) return code;
    Output output(options_.output, call_.out), page(options_.plot, call_.out);
    if (!output.ok()) return cannot_write(options_.output);
    if (!page.ok()) return cannot_write(options_.plot);
    say_what_is_scored();
    const bool all = forecast(output.stream(), page.stream());
    if (!output.finish()) return cannot_write(to_stdout_ ? "stdout" : options_.output);
    if (!page.finish()) return cannot_write(options_.plot);
    return all ? kFine : kNo;
  }

 private:
  void say(const std::string& text) { call_.err << "novascale forecast: " << text << "\n"; }
  void say(const InputSeries& series, const std::string& text) {
    say("series \"" + series.name + "\": " + text);
  }
  int cannot_write(const std::string& path) {
    say(path + ": cannot be written");
    return kFailed;
  }
  int failed(const Error& error, int when_invalid) {
    say(error.message);
    return error.code == ErrorCode::invalid_argument ? when_invalid : kFailed;
  }

  int read() {
    auto file = read_series_csv(options_.input, options_.stated_step);
    if (!file.ok()) return failed(file.error(), kNo);
    if (!file->assumed.empty()) say(file->assumed);
    series_ = std::move(file->series);
    for (auto& one : series_) {
      if (!one.note.empty()) say(one, one.note);
      leave_out_lone(one);
      leave_out_outage(one);
      find_level(one);
      if (one.refusal == kOnePoint) one.refusal += "; --step says it";
      if (one.refusal.empty() && !one.grid.counts(one.values.size() + task_.horizon))
        one.refusal = "the last step would lie beyond what timestamps can count; ask for fewer";
    }
    return kFine;
  }

  // What happened once, unlike all else, would be forecast for the same hour of the next day.
  void leave_out_lone(InputSeries& series) {
    const auto lone = find_lone(series.values);
    if (!lone) return;
    const auto at = static_cast<std::ptrdiff_t>(lone->first);
    say(series, short_number(series.values[lone->first]) + " at " +
                    series.grid.text(static_cast<std::int64_t>(at)) +
                    " is farther from all other values than they are from each other: left out");
    std::fill_n(series.values.begin() + at, lone->count, std::nan(""));
  }

  // A fall that is over would be expected again, and so would the rise at its end.
  void leave_out_outage(InputSeries& series) {
    const auto outage = find_outage(series.values);
    if (!outage) return;
    const auto first = static_cast<std::ptrdiff_t>(outage->first);
    say(series, "far below all else from " + series.grid.text(first) + " to " +
                    series.grid.text(first + static_cast<std::ptrdiff_t>(outage->count) - 1) +
                    ", for once: left out");
    std::fill_n(series.values.begin() + first, outage->count, std::nan(""));
  }

  // What has just moved would be forecast to go back, as all that was short before did.
  void find_level(InputSeries& series) {
    series.level = find_new_level(series.values);
    if (!series.level) return;
    const auto& [first, before, after] = *series.level;
    say(series, "a new level since " + series.grid.text(static_cast<std::int64_t>(first)) + ", " +
                    short_number(after) + " in place of " + short_number(before) +
                    ": models are told the past as it would have been there");
  }

  int find() {
    auto settings = nlohmann::json::object();
    if (const auto wrong = read_settings(options_.set, settings); !wrong.empty()) {
      say(wrong);
      return kUsage;
    }
    loader::PluginCatalogue catalogue(loader::plugin_search_path(call_.globals.plugin_dirs),
                                      plugins_policy());
    const auto wanted =
        options_.models == "auto" ? std::vector<std::string>{} : split(options_.models);
    const auto models = find_models(catalogue, wanted, settings, call_.err);
    if (!models.ok()) return failed(models.error(), kUsage);
    for (const auto& model : models.value()) report_.models.push_back(model.name);
    const std::size_t threads = std::max(1u, std::thread::hardware_concurrency());
    const auto count = std::min(threads, series_.size());
    auto benches =
        ModelBench::make(models.value(), make_context(call_, static_cast<unsigned>(count)), count);
    if (!benches.ok()) return failed(benches.error(), kUsage);  // its settings
    benches_ = std::move(benches).value();
    return kFine;
  }

  // Where --evaluate asks for more than histories hold.
  void say_what_is_scored() {
    if (options_.evaluate == 0) return;
    std::size_t count = 0, fewer = 0, least = task_.evaluate, most = 0;
    std::uint32_t leads = task_.horizon;
    for (const auto& one : series_) {
      if (!one.refusal.empty()) continue;
      const auto plan = plan_of(one.values.size(), task_);
      ++count;
      if (plan.scored > 0) leads = std::min(leads, plan.horizon);
      if (plan.scored == task_.evaluate) continue;
      ++fewer;
      least = std::min(least, plan.scored);
      most = std::max(most, plan.scored);
    }
    const auto range = std::to_string(least) + (least == most ? "" : " to " + std::to_string(most));
    const auto wanted = std::to_string(task_.evaluate);
    const std::string why =
        ": origins lie at least a horizon apart, with half of the points, and no less than 8, "
        "before each";
    if (fewer > 0 && count == 1)
      say("--evaluate scores " + range + " origins of the " + wanted + " asked for" + why);
    else if (fewer > 0)
      say("--evaluate scores " + range + " origins of the " + wanted + " asked for in " +
          std::to_string(fewer) + " of " + std::to_string(count) + " series" + why);
    if (leads < task_.horizon)
      say("--evaluate scores no more than a quarter of a series at once: leads 1 to " +
          std::to_string(leads) + (count > 1 ? " of the shortest" : ""));
  }

  // Whether every series has an answer.
  bool forecast(std::ostream& rows, std::ostream& page) {
    const auto writers = make_writers(rows, page);
    std::vector<ModelScore> scores(task_.evaluate > 0 ? report_.models.size() + 1 : 0);
    Progress progress(call_.err, call_.err_is_terminal, "forecast");
    bool all = true;
    AnswerSink sink;
    sink.progress = [&](std::size_t done) {
      progress.show(static_cast<double>(done) / static_cast<double>(series_.size()));
    };
    sink.take = [&](std::size_t s, const SeriesAnswer& answer) {
      if (const auto remark = remark_on(answer); !remark.empty()) {
        progress.close();
        say(series_[s], remark);
      }
      all &= answer.error.empty();
      count_silent(series_[s], answer);
      for (const auto& writer : writers) writer->add(series_[s], answer);
      for (std::size_t m = 0; m < answer.scores.size(); ++m) scores[m].add(answer.scores[m]);
    };
    forecast_all(series_, benches_, task_, sink);
    progress.close();
    for (const auto& writer : writers) writer->finish(scores);
    say_who_was_silent();
    if (options_.evaluate > 0 && !(json_rows_ && options_.format == "json")) write_table(scores);
    return all;
  }

  // Models that were asked for by name and left others to answer.
  void count_silent(const InputSeries& series, const SeriesAnswer& answer) {
    if (options_.models == "auto" || !answer.error.empty()) return;
    silent_.resize(report_.models.size());
    for (std::size_t m = 0; m < answer.silent.size(); ++m)
      if (!answer.silent[m].empty() && silent_[m].count++ == 0)
        silent_[m].first = "\"" + series.name + "\": " + answer.silent[m];
  }
  void say_who_was_silent() {
    for (std::size_t m = 0; m < silent_.size(); ++m)
      if (silent_[m].count > 0)
        say("model \"" + report_.models[m] + "\" had no answer for " +
            std::to_string(silent_[m].count) + " of " + std::to_string(series_.size()) +
            " series, the first " + silent_[m].first);
  }

  std::string remark_on(const SeriesAnswer& answer) const {
    if (!answer.error.empty()) return answer.error;
    if (!answer.has_spread) return kNoSpread;
    if (answer.origins > 0 || report_.models.size() == 1) return "";
    return why_text(answer, report_.models) + ": " + report_.models[answer.models.front()] +
           " alone";
  }

  // --evaluate or --plot alone ask for the table or the page, not for rows.
  std::vector<std::unique_ptr<ForecastWriter>> make_writers(std::ostream& rows,
                                                            std::ostream& page) const {
    std::vector<std::unique_ptr<ForecastWriter>> writers;
    if (json_rows_)
      writers.push_back(json_writer(rows, report_));
    else if (!options_.output.empty() || (options_.evaluate == 0 && options_.plot.empty()))
      writers.push_back(csv_writer(rows, report_));
    const std::string source = options_.input == "-" ? "stdin" : options_.input;
    if (!options_.plot.empty()) writers.push_back(plot_writer(page, report_, source));
    return writers;
  }

  void write_table(const std::vector<ModelScore>& scores) const {
    auto& out = options_.output == "-" ? call_.err : call_.out;
    if (options_.format == "json")
      out << scores_json(report_.scored(), scores, task_.coverages).dump() << "\n";
    else
      write_scores(out, report_.scored(), scores, task_.coverages);
  }

  const Call& call_;
  const ForecastOptions& options_;
  const ForecastTask& task_;
  const bool to_stdout_, json_rows_;
  Report report_{task_, {}};
  std::vector<InputSeries> series_;
  std::vector<ModelBench> benches_;
  struct Silent {
    std::size_t count = 0;
    std::string first;  // series and reason
  };
  std::vector<Silent> silent_;  // [model]
};

int run_forecast(const Call& call) {
  ForecastOptions options;
  const auto description = describe(options);
  po::variables_map seen;
  po::positional_options_description positions;
  positions.add("input", 1);
  po::store(po::command_line_parser(call.args).options(description).positional(positions).run(),
            seen);
  po::notify(seen);
  if (seen.count("help")) {
    call.out << "Usage: novascale forecast --input CSV [options]\n\nForecasts each series with the "
                "model plugins found. A series that cannot be forecast has no rows,\na line on "
                "stderr, and makes the exit code 1.\n\n"
             << description;
    return kFine;
  }
  ForecastTask task;
  if (const auto wrong = read_task(options, task); !wrong.empty()) {
    call.err << "novascale forecast: " << wrong << "\n";
    return kUsage;
  }
  return ForecastWalk(call, options, task).run();
}

}  // namespace

const Command kForecast = {"forecast", "forecast any CSV of series with the model plugins",
                           run_forecast};

}  // namespace nova::cli
