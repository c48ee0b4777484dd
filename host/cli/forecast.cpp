// `forecast`: forecasts for any CSV of series, by the model plugins found, without a config.
#include <boost/program_options.hpp>
#include <charconv>
#include <fstream>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <thread>

#include "host/cli/command.hpp"
#include "host/cli/forecast_plot.hpp"
#include "host/cli/forecast_run.hpp"
#include "host/cli/forecast_write.hpp"
#include "host/cli/progress.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;

struct ForecastOptions {
  std::string input, output, models = "auto", season, step, levels = "0.8,0.95", format = "text",
                             plot;
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

void write_table(const Call& call, const ForecastOptions& options, const Report& report,
                 const std::vector<ModelScore>& scores) {
  auto names = report.models;
  names.push_back("auto");
  auto& out = options.output == "-" ? call.err : call.out;
  if (options.format == "json")
    out << scores_json(names, scores, report.task.coverages).dump() << "\n";
  else
    write_scores(out, names, scores, report.task.coverages);
}

int forecast_file(const Call& call, const ForecastOptions& options, const ForecastTask& task) {
  const auto say = [&](const std::string& text) {
    call.err << "novascale forecast: " << text << "\n";
  };
  auto read = read_series_csv(options.input, options.stated_step);
  if (!read.ok()) {
    say(read.error().message);
    return read.error().code == ErrorCode::invalid_argument ? kNo : kFailed;
  }
  if (!read->assumed.empty()) say(read->assumed);
  auto series = std::move(read->series);
  for (const auto& one : series)
    if (!one.note.empty()) say("series \"" + one.name + "\": " + one.note);
  for (auto& one : series)
    if (one.refusal == kOnePoint) one.refusal += "; --step says it";
  for (auto& one : series)
    if (one.refusal.empty() && !one.grid.counts(one.values.size() + task.horizon))
      one.refusal = "the last step would lie beyond what timestamps can count; ask for fewer";
  loader::PluginCatalogue catalogue(loader::plugin_search_path(call.globals.plugin_dirs));
  const auto wanted = options.models == "auto" ? std::vector<std::string>{} : split(options.models);
  auto settings = nlohmann::json::object();
  if (const auto wrong = read_settings(options.set, settings); !wrong.empty()) {
    say(wrong);
    return kUsage;
  }
  auto models = find_models(catalogue, wanted, settings, call.err);
  if (!models.ok()) {
    say(models.error().message);
    return models.error().code == ErrorCode::invalid_argument ? kUsage : kFailed;
  }
  Output output(options.output, call.out);
  if (!output.ok()) {
    say(options.output + ": cannot be written");
    return kFailed;
  }

  Output page(options.plot, call.out);
  if (!page.ok()) {
    say(options.plot + ": cannot be written");
    return kFailed;
  }
  Report report{task, {}};
  for (const auto& model : models.value()) report.models.push_back(model.name);
  const bool as_json =
      ends_with_json(options.output) ||
      (options.format == "json" && (options.output.empty() || options.output == "-"));
  std::vector<std::unique_ptr<ForecastWriter>> writers;
  // --evaluate or --plot alone ask for the table or the page, not for rows.
  if (as_json)
    writers.push_back(json_writer(output.stream(), report));
  else if (!options.output.empty() || (options.evaluate == 0 && options.plot.empty()))
    writers.push_back(csv_writer(output.stream(), report));
  if (!options.plot.empty())
    writers.push_back(
        plot_writer(page.stream(), report, options.input == "-" ? "stdin" : options.input));

  const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  const auto context =
      make_context(call, static_cast<unsigned>(std::min<std::size_t>(threads, series.size())));
  Progress progress(call.err, call.err_is_terminal, "forecast");
  std::vector<ModelScore> scores(task.evaluate > 0 ? models.value().size() + 1 : 0);
  bool all = true;
  AnswerSink sink;
  sink.progress = [&](std::size_t done) {
    progress.show(static_cast<double>(done) / static_cast<double>(series.size()));
  };
  sink.take = [&](std::size_t s, const SeriesAnswer& answer) {
    if (!answer.error.empty()) {
      progress.close();
      say("series \"" + series[s].name + "\": " + answer.error);
      all = false;
    }
    if (answer.error.empty() && answer.origins == 0 && models.value().size() > 1) {
      progress.close();
      say("series \"" + series[s].name + "\": " + why_text(answer, report.models) + ": " +
          report.models[answer.models.front()] + " alone");
    }
    for (const auto& writer : writers) writer->add(series[s], answer);
    for (std::size_t m = 0; m < answer.scores.size(); ++m) scores[m].add(answer.scores[m]);
  };
  auto ran = forecast_all(series, models.value(), task, context, threads, sink);
  progress.close();
  if (!ran.ok()) {
    say(ran.error().message);
    return ran.error().code == ErrorCode::invalid_argument ? kUsage : kFailed;  // its settings
  }
  for (const auto& writer : writers) writer->finish(scores);
  const bool table = options.evaluate > 0;
  if (table && !(as_json && options.format == "json")) write_table(call, options, report, scores);
  for (auto* file : {&output, &page})
    if (!file->finish()) {
      const auto& path = file == &page ? options.plot : options.output;
      say((path.empty() || path == "-" ? "stdout" : path) + ": cannot be written");
      return kFailed;
    }
  return all ? kFine : kNo;
}

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
  return forecast_file(call, options, task);
}

}  // namespace

const Command kForecast = {"forecast", "forecast any CSV of series with the model plugins",
                           run_forecast};

}  // namespace nova::cli
