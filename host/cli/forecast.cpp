// `forecast`: forecasts for any CSV of series, by the model plugins found, without a config.
#include <boost/program_options.hpp>
#include <charconv>
#include <cmath>
#include <condition_variable>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <mutex>
#include <optional>
#include <set>
#include <sstream>
#include <thread>

#include "host/cli/command.hpp"
#include "host/cli/forecast_run.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;

struct ForecastOptions {
  std::string input, output, models = "auto", season, levels = "0.8,0.95";
  std::int64_t horizon = 48;
  std::int64_t evaluate = 0;
};

po::options_description describe(ForecastOptions& o) {
  po::options_description description("Options of forecast");
  description.add_options()  //
      ("input,i", po::value(&o.input)->value_name("CSV"),
       "series,timestamp,value rows, or timestamp,value rows of one series; .csv or .csv.gz")  //
      ("output,o", po::value(&o.output)->value_name("CSV"),
       "where to write; - is stdout (default)")  //
      ("models", po::value(&o.models)->default_value("auto")->value_name("NAMES"),
       "auto: the best of all for each series; or names, best of these")                         //
      ("horizon", po::value(&o.horizon)->default_value(48)->value_name("STEPS"), "steps ahead")  //
      ("season", po::value(&o.season)->value_name("STEPS"),
       "season lengths such as 24,168; by default days, weeks and years where timestamps are "
       "dates")  //
      ("levels", po::value(&o.levels)->default_value("0.8,0.95")->value_name("SHARES"),
       "coverage of the intervals")  //
      ("evaluate", po::value(&o.evaluate)->default_value(0)->value_name("K"),
       "score every model on K rolling origins and print a table")  //
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
std::string read_task(const ForecastOptions& o, ForecastTask& task) {
  if (o.input.empty()) return "needs --input CSV";
  if (o.horizon < 1 || o.horizon > 1'000'000) return "--horizon must be in [1, 1000000]";
  if (o.evaluate < 0 || o.evaluate > 1000) return "--evaluate must be in [0, 1000]";
  task.horizon = static_cast<std::uint32_t>(o.horizon);
  task.evaluate = static_cast<std::size_t>(o.evaluate);
  for (const auto& part : split(o.season)) {
    std::uint32_t season = 0;
    if (!parse_number(part, season) || season < 2 || season > 1'000'000)
      return "--season must be season lengths of at least 2 steps, got \"" + o.season + "\"";
    task.seasons.push_back(season);
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

std::string number(double value) {
  char text[32];
  const auto [end, ec] = std::to_chars(text, text + sizeof text, value);
  return std::string(text, end);
}

void write_header(std::ostream& out, const ForecastTask& task) {
  out << "series,step,timestamp,mean";
  for (const double coverage : task.coverages) {
    const auto name = number(std::round(coverage * 1e8) / 1e6);  // 0.8 is "80", 0.975 is "97.5"
    out << ",lo" << name << ",hi" << name;
  }
  out << ",model\n";
}

void write_series(std::ostream& out, const InputSeries& series, const SeriesAnswer& answer,
                  const std::string& model, const ForecastTask& task) {
  const auto levels = quantile_levels(task.coverages);
  const auto name = csv_field(series.name);
  for (std::uint32_t h = 0; h < task.horizon; ++h) {
    const auto at = static_cast<std::int64_t>(series.values.size()) + h;
    out << name << ',' << h + 1 << ',' << series.grid.text(at) << ',' << number(answer.mean[h]);
    for (const double coverage : task.coverages) {
      const auto bounds = bounds_of(coverage, levels);
      out << ',' << number(answer.quantile[bounds.low * task.horizon + h]) << ','
          << number(answer.quantile[bounds.high * task.horizon + h]);
    }
    out << ',' << model << '\n';
  }
}

void write_scores(std::ostream& out, const std::vector<FoundModel>& models,
                  const ForecastResult& result, const ForecastTask& task) {
  out << std::left << std::setw(24) << "model" << std::right << std::setw(10) << "MASE"
      << std::setw(10) << "sMAPE %" << std::setw(12) << "pinball";
  for (const double coverage : task.coverages)
    out << std::setw(10) << "cover " + number(std::round(coverage * 1e8) / 1e6);
  out << std::setw(10) << "scored" << std::setw(10) << "failed"
      << "\n";
  for (std::size_t m = 0; m < models.size(); ++m) {
    const auto& score = result.scores[m];
    const auto mean = [](double sum, double count) {
      return count > 0 ? sum / count : std::nan("");
    };
    out << std::left << std::setw(24) << models[m].name << std::right << std::setprecision(4)
        << std::setw(10) << mean(score.mase, score.scored - score.unscaled) << std::setw(10)
        << mean(score.smape, score.scored) << std::setw(12) << mean(score.pinball, score.scored);
    for (const double covered : score.covered) out << std::setw(10) << mean(covered, score.scored);
    out << std::setprecision(12) << std::setw(10) << score.scored << std::setw(10) << score.failed
        << "\n";
  }
}

// Draws until told to stop; only ever started on a terminal.
class ProgressBar {
 public:
  ProgressBar(std::ostream& err, std::atomic<std::size_t>& done, std::size_t total)
      : err_(err), done_(done), total_(total), thread_([this] { draw_until_stopped(); }) {}
  ~ProgressBar() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    thread_.join();
    err_ << "\r\033[K" << std::flush;
  }

 private:
  void draw_until_stopped() {
    constexpr std::size_t kWidth = 40;
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, std::chrono::milliseconds(100), [&] { return stopped_; })) {
      const std::size_t done = done_, filled = total_ ? kWidth * done / total_ : 0;
      err_ << "\r[" << std::string(filled, '#') << std::string(kWidth - filled, '.') << "] " << done
           << "/" << total_ << " series" << std::flush;
    }
  }

  std::ostream& err_;
  std::atomic<std::size_t>& done_;
  std::size_t total_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  std::thread thread_;
};

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

int forecast_file(const Call& call, const ForecastOptions& options, const ForecastTask& task) {
  const auto say = [&](const std::string& text) {
    call.err << "novascale forecast: " << text << "\n";
  };
  auto series = read_series_csv(options.input);
  if (!series.ok()) {
    say(series.error().message);
    return series.error().code == ErrorCode::invalid_argument ? kNo : kFailed;
  }
  loader::PluginCatalogue catalogue(loader::plugin_search_path(call.globals.plugin_dirs));
  const auto wanted = options.models == "auto" ? std::vector<std::string>{} : split(options.models);
  auto models = find_models(catalogue, wanted, call.err);
  if (!models.ok()) {
    say(models.error().message);
    return models.error().code == ErrorCode::invalid_argument ? kUsage : kFailed;
  }
  Output output(options.output, call.out);
  if (!output.ok()) {
    say(options.output + ": cannot be written");
    return kFailed;
  }

  const unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  const auto context = make_context(
      call, static_cast<unsigned>(std::min<std::size_t>(threads, series.value().size())));
  std::atomic<std::size_t> done = 0;
  std::optional<ProgressBar> bar;
  if (call.err_is_terminal) bar.emplace(call.err, done, series.value().size());
  auto result = forecast_all(series.value(), models.value(), task, context, threads, done);
  bar.reset();
  if (!result.ok()) {
    say(result.error().message);
    return kFailed;
  }

  bool all = true;
  // --evaluate alone asks for the table, not for the forecasts.
  const bool rows = task.evaluate == 0 || !options.output.empty();
  if (rows) write_header(output.stream(), task);
  for (std::size_t s = 0; s < series.value().size(); ++s) {
    const auto& answer = result.value().answers[s];
    if (!answer.error.empty()) {
      say("series \"" + series.value()[s].name + "\": " + answer.error);
      all = false;
    } else if (rows) {
      write_series(output.stream(), series.value()[s], answer, models.value()[answer.model].name,
                   task);
    }
  }
  if (task.evaluate > 0)
    write_scores(options.output == "-" ? call.err : call.out, models.value(), result.value(), task);
  if (!output.finish()) {
    say(options.output + ": cannot be written");
    return kFailed;
  }
  return all ? kFine : kNo;
}

int run(const Call& call) {
  ForecastOptions options;
  const auto description = describe(options);
  po::variables_map seen;
  po::store(po::command_line_parser(call.args).options(description).run(), seen);
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

const Command kForecast = {"forecast", "forecast any CSV of series with the model plugins", run};

}  // namespace nova::cli
