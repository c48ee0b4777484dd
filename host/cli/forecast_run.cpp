#include "host/cli/forecast_run.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <numeric>
#include <span>
#include <thread>

#include "core/forecast/evaluate.hpp"

namespace nova::cli {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kLargestChunk = 256;  // series a call: keeps matrices in cache, cancel prompt
constexpr std::size_t kChoiceOrigins = 3;   // enough to rank; each costs a fit
constexpr Duration kPatience = std::chrono::minutes(10);  // for one call of one model

using Indices = std::vector<std::size_t>;

// Series that may share a matrix: one grid, one end, lengths that do not differ much.
// Independent of the number of threads, so that the choice of models is, too.
std::vector<Indices> make_chunks(const std::vector<InputSeries>& series) {
  std::map<std::pair<std::int64_t, std::int64_t>, Indices> by_grid;
  for (std::size_t s = 0; s < series.size(); ++s) {
    if (!series[s].refusal.empty()) continue;
    const auto& grid = series[s].grid;
    by_grid[{grid.step_duration().count(), unix_ns(grid.end(series[s].values.size()))}].push_back(
        s);
  }
  const auto most = std::clamp<std::size_t>(series.size() / 16, 1, kLargestChunk);
  std::vector<Indices> chunks;
  for (auto& [grid, members] : by_grid) {
    std::stable_sort(members.begin(), members.end(), [&](std::size_t a, std::size_t b) {
      return series[a].values.size() < series[b].values.size();
    });
    std::size_t shortest = 0;
    for (const auto s : members) {
      const auto points = series[s].values.size();
      if (chunks.empty() || s == members.front() || chunks.back().size() >= most ||
          2 * points > 3 * shortest) {
        chunks.emplace_back();
        shortest = points;
      }
      chunks.back().push_back(s);
    }
  }
  return chunks;
}

// One thread's work on its chunks.
class Worker {
 public:
  Worker(const std::vector<InputSeries>& series, const ForecastTask& task, ModelBench bench,
         ForecastResult& result)
      : series_(series),
        task_(task),
        bench_(std::move(bench)),
        result_(result),
        levels_(quantile_levels(task.coverages)),
        scores_(bench_.size()) {
    for (auto& score : scores_) score.covered.assign(task.coverages.size(), 0);
  }

  void run(const Indices& chunk) {
    const auto errors = scored(chunk);
    answer(chunk, errors);
  }

  const std::vector<ModelScore>& scores() const { return scores_; }

 private:
  // What a model says of some series, `drop` points before their end.
  struct Said {
    Result<loader::ForecastAnswer> answer;
    std::vector<loader::ItemStatus> fits;
    std::string why(std::size_t row) const {
      if (!answer.ok()) return answer.error().message;
      const auto& item = answer.value().items[row];
      if (item.ok()) return "";
      return item.note.empty() ? to_string(item.code) : item.note;
    }
  };

  std::vector<std::uint32_t> seasons_of(std::size_t s) const {
    const auto points = series_[s].values.size();
    if (task_.seasons.empty()) return usual_seasons(series_[s].grid, points);
    auto seasons = task_.seasons;
    for (auto& season : seasons)
      if (season >= points) season = 0;
    return seasons;
  }

  loader::SeriesBatch batch_of(const Indices& rows, std::size_t drop) const {
    loader::SeriesBatch batch;
    std::size_t longest = 0;
    for (const auto s : rows) longest = std::max(longest, series_[s].values.size() - drop);
    auto values = std::make_shared<std::vector<double>>(rows.size() * longest, kNaN);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const auto& from = series_[rows[r]].values;
      const auto kept = from.size() - drop;
      std::copy_n(from.data(), kept, values->data() + (r + 1) * longest - kept);
      batch.keys.push_back(r + 1);
      batch.lengths.push_back(static_cast<std::uint32_t>(kept));
    }
    const auto& grid = series_[rows[0]].grid;
    batch.points = longest;
    batch.step = grid.step_duration();
    const auto end = grid.end(series_[rows[0]].values.size()) - batch.step * drop;
    batch.t0 = end - batch.step * (longest - 1);
    batch.values = values->data();
    batch.owner = values;
    return batch;
  }

  Said ask(std::size_t model, const Indices& rows, std::size_t drop, std::uint32_t horizon) {
    auto& client = bench_.client(model);
    loader::ForecastRequest request;
    request.history = batch_of(rows, drop);
    request.origin = request.history.t0 + request.history.step * (request.history.points - 1);
    request.leads.resize(horizon);
    std::iota(request.leads.begin(), request.leads.end(), 1u);
    request.levels = levels_;
    loader::FitRequest fit;
    fit.history = request.history;
    fit.leads = request.leads;
    for (const auto s : rows) fit.season_count = std::max(fit.season_count, seasons_of(s).size());
    for (const auto s : rows) {
      auto seasons = seasons_of(s);
      seasons.resize(fit.season_count, 0);
      fit.seasons.insert(fit.seasons.end(), seasons.begin(), seasons.end());
    }
    Said said{Error{ErrorCode::internal, ""}, {}};
    if (client.can_fit()) {
      auto fitted = client.fit(fit, kPatience);
      if (!fitted.ok()) {
        said.answer = fitted.error();
        return said;
      }
      said.fits = std::move(fitted).value().items;
    }
    said.answer = client.forecast(request, kPatience);
    // A series that could not be fitted must not be answered from another's parameters.
    if (said.answer.ok())
      for (std::size_t r = 0; r < said.fits.size(); ++r)
        if (!said.fits[r].ok()) said.answer.value().items[r] = said.fits[r];
    return said;
  }

  // Mean MASE of each series and model over a few origins; NaN where none could be scored.
  std::vector<std::vector<double>> scored(const Indices& chunk) {
    std::vector<std::vector<double>> errors(chunk.size(), std::vector<double>(bench_.size(), kNaN));
    if (bench_.size() < 2 && task_.evaluate == 0) return errors;
    const auto shortest = series_[chunk.front()].values.size();
    const auto horizon = static_cast<std::uint32_t>(
        std::min<std::size_t>(task_.horizon, std::max<std::size_t>(1, shortest / 4)));
    const bool table = task_.evaluate > 0;
    // Two seasons to learn from, where the series can spare them.
    std::size_t season = 2;
    for (const auto length : seasons_of(chunk.front()))
      season = std::max<std::size_t>(season, length);
    const auto least = std::max<std::size_t>(4, std::min(2 * season, shortest / 2));
    const auto origins = rolling_origins(shortest, horizon, table ? horizon : horizon / 2,
                                         table ? task_.evaluate : kChoiceOrigins, least);
    for (std::size_t model = 0; model < bench_.size(); ++model) {
      std::vector<double> counts(chunk.size(), 0);
      for (const auto kept : origins) score(model, chunk, shortest - kept, horizon, errors, counts);
      for (std::size_t r = 0; r < chunk.size(); ++r)
        if (counts[r] > 0) errors[r][model] /= counts[r];
    }
    return errors;
  }

  void score(std::size_t model, const Indices& chunk, std::size_t drop, std::uint32_t horizon,
             std::vector<std::vector<double>>& errors, std::vector<double>& counts) {
    const auto said = ask(model, chunk, drop, horizon);
    auto& total = scores_[model];
    for (std::size_t r = 0; r < chunk.size(); ++r) {
      if (!said.why(r).empty()) {
        ++total.failed;
        continue;
      }
      const auto& values = series_[chunk[r]].values;
      const std::span<const double> all(values);
      const auto train = all.first(values.size() - drop),
                 truth = all.subspan(train.size(), horizon);
      const auto& answer = said.answer.value();
      const std::span<const double> mean(answer.mean_of(r), horizon);
      const auto seasons = seasons_of(chunk[r]);
      const double scale = naive_scale(train, seasons.empty() ? 1 : seasons[0]);
      const bool usable = std::isfinite(scale) && scale > 0;
      const double error = mase(truth, mean, usable ? scale : 1);
      if (std::isnan(error)) continue;  // nothing came to compare with
      errors[r][model] = (counts[r] == 0 ? 0 : errors[r][model]) + error;
      ++counts[r];
      total.unscaled += !usable;
      total.mase += usable ? error : 0;
      total.smape += smape(truth, mean);
      add_quantiles(answer, r, truth, total);
      ++total.scored;
    }
  }

  void add_quantiles(const loader::ForecastAnswer& answer, std::size_t r,
                     std::span<const double> truth, ModelScore& total) const {
    const auto row = [&](std::size_t q) {
      return std::span(answer.quantile_of(r, q), truth.size());
    };
    for (std::size_t q = 0; q < levels_.size(); ++q)
      total.pinball += pinball(truth, row(q), levels_[q]) / static_cast<double>(levels_.size());
    for (std::size_t c = 0; c < task_.coverages.size(); ++c) {
      const auto bounds = bounds_of(task_.coverages[c], levels_);
      total.covered[c] += coverage(truth, row(bounds.low), row(bounds.high));
    }
  }

  // The models a series may be forecast by, best first; models that could not be scored last.
  std::vector<std::size_t> ranked(const std::vector<double>& errors) const {
    std::vector<std::size_t> order(errors.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return !std::isnan(errors[a]) && (std::isnan(errors[b]) || errors[a] < errors[b]);
    });
    return order;
  }

  void answer(const Indices& chunk, const std::vector<std::vector<double>>& errors) {
    std::vector<std::vector<std::size_t>> orders;
    for (const auto& of_series : errors) orders.push_back(ranked(of_series));
    // Round k asks for each series its k-th best model; all but failures end in round 0.
    std::vector<std::size_t> pending(chunk.size());
    std::iota(pending.begin(), pending.end(), 0u);
    for (std::size_t k = 0; k < bench_.size() && !pending.empty(); ++k) {
      std::vector<std::size_t> left;
      for (std::size_t model = 0; model < bench_.size(); ++model) {
        std::vector<std::size_t> members;
        for (const auto r : pending)
          if (orders[r][k] == model) members.push_back(r);
        if (!members.empty()) take(model, chunk, members, left);
      }
      pending = std::move(left);
    }
  }

  void take(std::size_t model, const Indices& chunk, const std::vector<std::size_t>& members,
            std::vector<std::size_t>& left) {
    Indices rows;
    for (const auto r : members) rows.push_back(chunk[r]);
    const auto said = ask(model, rows, 0, task_.horizon);
    for (std::size_t i = 0; i < members.size(); ++i) {
      auto& out = result_.answers[rows[i]];
      if (const auto why = said.why(i); !why.empty()) {
        out.error = why;
        left.push_back(members[i]);
        continue;
      }
      const auto& answer = said.answer.value();
      out.error.clear();
      out.model = model;
      out.mean.assign(answer.mean_of(i), answer.mean_of(i) + task_.horizon);
      out.quantile.assign(answer.quantile_of(i, 0),
                          answer.quantile_of(i, 0) + levels_.size() * task_.horizon);
    }
  }

  const std::vector<InputSeries>& series_;
  const ForecastTask& task_;
  ModelBench bench_;
  ForecastResult& result_;
  std::vector<double> levels_;
  std::vector<ModelScore> scores_;
};

void add(ModelScore& total, const ModelScore& part) {
  total.mase += part.mase;
  total.smape += part.smape;
  total.pinball += part.pinball;
  total.scored += part.scored;
  total.unscaled += part.unscaled;
  total.failed += part.failed;
  total.covered.resize(part.covered.size(), 0);
  for (std::size_t c = 0; c < part.covered.size(); ++c) total.covered[c] += part.covered[c];
}

}  // namespace

std::vector<double> quantile_levels(const std::vector<double>& coverages) {
  std::vector<double> levels;
  // Rounded, so that 0.8 asks for 0.1 and not for 0.09999999999999998.
  const auto tidy = [](double level) { return std::round(level * 1e9) / 1e9; };
  for (const double coverage : coverages) {
    levels.push_back(tidy((1 - coverage) / 2));
    levels.push_back(tidy((1 + coverage) / 2));
  }
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  return levels;
}

Bounds bounds_of(double coverage, const std::vector<double>& levels) {
  const auto nearest = [&](double level) {
    const auto nearer = [&](double a, double b) {
      return std::abs(a - level) < std::abs(b - level);
    };
    return static_cast<std::size_t>(std::min_element(levels.begin(), levels.end(), nearer) -
                                    levels.begin());
  };
  return {nearest((1 - coverage) / 2), nearest((1 + coverage) / 2)};
}

std::vector<std::uint32_t> usual_seasons(const TimeGrid& grid, std::size_t points) {
  std::vector<std::uint32_t> seasons;
  const auto offer = [&](std::int64_t whole, std::int64_t step) {
    if (step <= 0 || whole % step != 0 || whole / step < 2) return;
    if (static_cast<std::size_t>(whole / step) * 2 <= points)
      seasons.push_back(static_cast<std::uint32_t>(whole / step));
  };
  if (grid.kind == TimeKind::index) return seasons;
  if (grid.months) {
    offer(12, grid.step);
    return seasons;
  }
  constexpr std::int64_t kDay = 86'400'000'000'000;
  offer(kDay, grid.step_duration().count());
  offer(7 * kDay, grid.step_duration().count());
  return seasons;
}

Result<ForecastResult> forecast_all(const std::vector<InputSeries>& series,
                                    const std::vector<FoundModel>& models, const ForecastTask& task,
                                    const std::shared_ptr<loader::HostContext>& context,
                                    unsigned threads, std::atomic<std::size_t>& done) {
  ForecastResult result;
  result.answers.resize(series.size());
  result.scores.resize(models.size());
  for (std::size_t s = 0; s < series.size(); ++s) {
    result.answers[s].error = series[s].refusal;
    if (!series[s].refusal.empty()) ++done;
  }
  const auto chunks = make_chunks(series);
  std::vector<std::unique_ptr<Worker>> workers;
  for (std::size_t t = 0; t < std::min<std::size_t>(threads, chunks.size()); ++t) {
    auto bench = ModelBench::make(models, context);
    if (!bench.ok()) return bench.error();
    workers.push_back(std::make_unique<Worker>(series, task, std::move(bench).value(), result));
  }
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> running;
  for (auto& worker : workers)
    running.emplace_back([&, mine = worker.get()] {
      // Largest chunks lie behind: taken first, so that no thread is left alone with one.
      for (std::size_t c; (c = next++) < chunks.size();) {
        const auto& chunk = chunks[chunks.size() - 1 - c];
        mine->run(chunk);
        done += chunk.size();
      }
    });
  for (auto& thread : running) thread.join();
  for (const auto& worker : workers)
    for (std::size_t m = 0; m < models.size(); ++m) add(result.scores[m], worker->scores()[m]);
  return result;
}

}  // namespace nova::cli
