#include "host/cli/forecast_chunk.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/forecast/evaluate.hpp"
#include "host/cli/forecast_panel.hpp"
#include "host/cli/forecast_width.hpp"

namespace nova::cli {
namespace {

constexpr std::size_t kChoiceOrigins = 6;  // half a horizon apart: enough to rank

// Where nothing could be judged: what knows short histories first.
constexpr const char* kUnjudged[] = {"ar", "seasonal_naive", "naive"};

constexpr double kFailing = 1.25;  // times the error of seasonal naive

using Rows = std::vector<std::size_t>;
constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

// Origins from one to the next that starts where the first one's horizon ends.
std::size_t stride_of(const HeldOutPlan& plan) {
  return (plan.horizon + plan.spacing - 1) / plan.spacing;
}

class Chunk {
 public:
  Chunk(const std::vector<InputSeries>& series, const Rows& rows, const ForecastTask& task,
        ModelBench& bench)
      : series_(series),
        rows_(rows),
        task_(task),
        bench_(bench),
        levels_(quantile_levels(task.coverages)),
        plan_(plan_of(series[rows.front()].values.size(), task)),
        answers_(rows.size()) {
    for (std::size_t m = 0; m < bench.size(); ++m)
      if (!task.spare_heavy || !bench.heavy(m)) light_.push_back(m);
    models_ = light_;
    for (std::size_t m = 0; m < bench.size(); ++m)
      if (task.spare_heavy && bench.heavy(m)) models_.push_back(m);
    if (light_.empty()) light_ = models_;  // where there are none but heavy ones
    for (std::size_t r = 0; r < rows.size(); ++r) {
      answers_[r].silent.resize(bench.size());
      auto& seasons = answers_[r].seasons = seasons_of(rows[r]);
      auto& lengths = seasons_.emplace_back();
      for (const auto& season : seasons) lengths.push_back(season.length);
      keys_.push_back(r + 1);
    }
  }

  std::vector<SeriesAnswer> run() {
    const Panel panel(series_, rows_, seasons_, keys_, Panel::Past::as_measured, task_.patience);
    std::vector<Choice> choices(rows_.size());
    Rows hard;
    if (models_.size() > 1 && plan_.choice > 0) {
      auto trial = held_out(panel, plan_.choice);
      for (std::size_t r = 0; r < rows_.size(); ++r) {
        choices[r] = choice_of(heldouts(trial, r, 0, trial.drops.size()), light_.size());
        if (light_.size() < models_.size() && is_hard(choices[r])) hard.push_back(r);
        answers_[r].origins = trial.drops.size();
        note_silent(trial, r);
      }
      if (!hard.empty()) {
        add_heavy(trial, hard);
        for (const auto r : hard)
          choices[r] = choice_of(heldouts(trial, r, 0, trial.drops.size()), models_.size());
      }
    }
    answer(choices);
    forget(panel);
    if (task_.evaluate > 0) {
      evaluate(panel, hard);
      forget(panel);
    }
    return std::move(answers_);
  }

 private:
  // What the models said at held-out origins; the oldest origin first.
  struct Trial {
    std::vector<std::size_t> drops;       // points behind each origin
    std::vector<std::vector<Said>> said;  // [model][origin]; light models, then any heavy ones
    std::vector<std::size_t> places;      // [row] among those that the heavy ones were asked about
  };

  // Light models that had nothing to say at any origin.
  void note_silent(const Trial& trial, std::size_t r) {
    for (std::size_t m = 0; m < light_.size(); ++m) {
      const auto& said = trial.said[m];
      if (std::none_of(said.begin(), said.end(), [r](const Said& one) { return one.ok(r); }))
        answers_[r].silent[light_[m]] = said.back().why_not[r];
    }
  }

  void forget(const Panel& panel) {
    for (const auto model : models_) panel.forget(bench_.client(model));
  }

  std::vector<SeriesSeason> seasons_of(std::size_t s) const {
    if (task_.detect_seasons) return detected_seasons(series_[s]);
    std::vector<SeriesSeason> seasons;
    for (const auto length : task_.seasons) seasons.push_back({length, SeasonFrom::stated});
    return seasons;
  }

  Trial held_out(const Panel& panel, std::size_t count) {
    Trial trial;
    for (std::size_t k = count; k-- > 0;) trial.drops.push_back(plan_.horizon + k * plan_.spacing);
    for (const auto model : light_)
      trial.said.push_back(panel.ask(bench_.client(model), trial.drops, plan_.horizon, levels_));
    return trial;
  }

  void add_heavy(Trial& trial, const Rows& hard) const {
    const Panel panel = part(hard, Panel::Past::as_measured);
    trial.places.assign(rows_.size(), kNowhere);
    for (std::size_t i = 0; i < hard.size(); ++i) trial.places[hard[i]] = i;
    for (std::size_t m = light_.size(); m < models_.size(); ++m)
      trial.said.push_back(
          panel.ask(bench_.client(models_[m]), trial.drops, plan_.horizon, levels_));
  }

  // Some of the rows, known to the models by the same keys.
  Panel part(const Rows& places, Panel::Past past) const {
    Rows rows;
    std::vector<std::vector<std::uint32_t>> seasons;
    std::vector<std::uint64_t> keys;
    for (const auto r : places) {
      rows.push_back(rows_[r]);
      seasons.push_back(seasons_[r]);
      keys.push_back(keys_[r]);
    }
    return Panel(series_, rows, seasons, std::move(keys), past, task_.patience);
  }

  // The origins [first, last) of a trial, as one row sees them.
  std::vector<HeldOut> heldouts(const Trial& trial, std::size_t r, std::size_t first,
                                std::size_t last) const {
    std::vector<HeldOut> origins;
    for (std::size_t k = first; k < last; ++k) {
      HeldOut origin{truth_of(trial, r, k), scale_of(trial, r, k), {}};
      if (!(origin.scale > 0)) origin.scale = 1;
      origin.said = views(trial, r, k);
      origins.push_back(std::move(origin));
    }
    return origins;
  }

  // [model]; nothing of those that were not asked.
  std::vector<Opinion> views(const Trial& trial, std::size_t r, std::size_t k) const {
    std::vector<Opinion> all;
    for (std::size_t m = 0; m < trial.said.size(); ++m)
      all.push_back(asked(trial, m, r) ? view_of(trial.said[m][k], place_of(trial, m, r))
                                       : Opinion{});
    return all;
  }
  std::size_t place_of(const Trial& trial, std::size_t m, std::size_t r) const {
    return m < light_.size() ? r : trial.places[r];
  }
  bool asked(const Trial& trial, std::size_t m, std::size_t r) const {
    return place_of(trial, m, r) != kNowhere;
  }

  // What a whole call came to names the plugin already.
  std::string by_name(std::size_t model, const std::string& why) const {
    return why.starts_with("plugin ") ? why : bench_.name(model) + ": " + why;
  }

  static Opinion view_of(const Said& said, std::size_t r) {
    if (!said.ok(r)) return {};
    return {said.answer.mean_of(r), said.answer.quantile_of(r, 0)};
  }
  std::span<const double> known(const Trial& trial, std::size_t r, std::size_t k) const {
    const std::span<const double> all(series_[rows_[r]].values);
    return all.first(all.size() - trial.drops[k]);
  }
  std::span<const double> truth_of(const Trial& trial, std::size_t r, std::size_t k) const {
    const std::span<const double> all(series_[rows_[r]].values);
    return all.subspan(all.size() - trial.drops[k], plan_.horizon);
  }
  Choice choice_of(const std::vector<HeldOut>& origins, std::size_t candidates) const {
    auto choice = choose(origins, candidates);
    choice.width = width_factor(origins, choice.members, levels_);
    return choice;
  }

  // NaN or 0 where the history never changes.
  double scale_of(const Trial& trial, std::size_t r, std::size_t k) const {
    const auto& seasons = seasons_[r];
    const double scale = naive_scale(known(trial, r, k), seasons.empty() ? 1 : seasons[0]);
    return std::isfinite(scale) ? scale : 0;
  }

  // Every light model is far worse than seasonal naive. Where they are about as good nothing is: on
  // M4 Hourly arima had no say in such series that made a difference, and took a seventh of the
  // time.
  bool is_hard(const Choice& choice) const {
    double judge = std::nan(""), best = std::nan("");
    for (std::size_t m = 0; m < light_.size(); ++m) {
      double& error = bench_.name(models_[m]) == "seasonal_naive" ? judge : best;
      error = std::fmin(error, choice.errors[m]);
    }
    return judge > 0 && !(best < kFailing * judge);
  }

  // Scores on origins a horizon apart; the automatic choice is made at each from those whose
  // outcome was known by then.
  void evaluate(const Panel& panel, const Rows& hard) {
    if (plan_.evaluate == 0) return;
    const std::size_t stride = stride_of(plan_);
    auto trial = held_out(panel, plan_.evaluate);
    if (!hard.empty()) add_heavy(trial, hard);
    const Judged judged{task_.coverages, levels_};
    const std::size_t count = trial.drops.size();
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      auto& scores = answers_[r].scores;
      scores.resize(bench_.size() + 1);
      for (std::size_t e = plan_.scored; e-- > 0;) {
        const std::size_t k = count - 1 - e * stride;
        const auto truth = truth_of(trial, r, k);
        const double scale = scale_of(trial, r, k);
        const auto said = views(trial, r, k);
        for (std::size_t m = 0; m < said.size(); ++m)
          if (asked(trial, m, r)) judged.add(scores[models_[m]], truth, said[m], scale);
        const std::size_t last = k + 1 > stride ? k + 1 - stride : 0;
        const std::size_t first = last > kChoiceOrigins ? last - kChoiceOrigins : 0;
        const auto choice = choice_of(heldouts(trial, r, first, last), said.size());
        auto mixed = blend(members_or_first(choice, said), said, plan_.horizon, levels_.size());
        scale_width(mixed, levels_.size(), choice.width);
        keep_plausible(known(trial, r, k), mixed);
        judged.add(scores.back(), truth,
                   {mixed.mean.empty() ? nullptr : mixed.mean.data(), mixed.quantiles.data()},
                   scale);
      }
    }
  }

  // Candidates by preference: judged ones by their error, then the others, heavy ones last.
  std::vector<std::size_t> ranked(const Choice& choice) const {
    const auto standing = [&](std::size_t m) {
      const auto* const end = std::end(kUnjudged);
      return std::find(std::begin(kUnjudged), end, bench_.name(models_[m])) - kUnjudged +
             (bench_.heavy(models_[m]) ? 100 : 0);
    };
    std::vector<std::size_t> order(models_.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return standing(a) < standing(b); });
    if (!choice.errors.empty())
      std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const auto error = [&](std::size_t m) {
          return m < choice.errors.size() ? choice.errors[m] : std::nan("");
        };
        const double x = error(a), y = error(b);
        return !std::isnan(x) && (std::isnan(y) || x < y);
      });
    return order;
  }

  std::vector<std::size_t> members_or_first(const Choice& choice,
                                            const std::vector<Opinion>& said) const {
    if (!choice.members.empty()) return choice.members;
    for (const auto m : ranked(choice))
      if (m < said.size() && said[m].mean != nullptr) return {m};
    return {};
  }

  // Round 0 asks the members of each blend, later rounds the next best for what is still open.
  void answer(const std::vector<Choice>& choices) {
    const Panel panel(series_, rows_, seasons_, keys_, Panel::Past::on_new_level, task_.patience);
    std::vector<std::vector<std::size_t>> orders;
    for (const auto& choice : choices) orders.push_back(ranked(choice));
    Rows pending(rows_.size());
    std::iota(pending.begin(), pending.end(), 0u);
    for (std::size_t round = 0; round <= models_.size() && !pending.empty(); ++round) {
      Rows left;
      take(panel, choices, orders, round, pending, left);
      pending = std::move(left);
    }
    repeat(pending);
  }

  // Of a single value nobody knows the spread, but what is naively expected after it is that value.
  void repeat(const Rows& refused) {
    const auto naive = std::find_if(models_.begin(), models_.end(),
                                    [&](std::size_t m) { return bench_.name(m) == "naive"; });
    if (refused.empty() || naive == models_.end()) return;
    const auto said = part(refused, Panel::Past::on_new_level)
                          .ask(bench_.client(*naive), {0}, task_.horizon, {}, true)[0];
    for (std::size_t i = 0; i < refused.size(); ++i) {
      if (!said.ok(i)) continue;
      auto& out = answers_[refused[i]];
      const std::span<const double> mean(said.answer.mean_of(i), task_.horizon);
      out.forecast.mean.assign(mean.begin(), mean.end());
      for (std::size_t q = 0; q < levels_.size(); ++q)
        out.forecast.quantiles.insert(out.forecast.quantiles.end(), mean.begin(), mean.end());
      out.has_spread = false;
      out.notes = {std::string("naive: ") + kNoSpread};
      out.error.clear();
      out.models = {*naive};
      out.errors.assign(bench_.size(), std::nan(""));
    }
  }

  void take(const Panel& panel, const std::vector<Choice>& choices,
            const std::vector<std::vector<std::size_t>>& orders, std::size_t round,
            const Rows& pending, Rows& left) {
    const auto wanted = [&](std::size_t r) -> Rows {
      const auto& members = choices[r].members;
      if (round == 0) return members;
      const auto next = orders[r][round - 1];
      if (std::find(members.begin(), members.end(), next) != members.end()) return {};
      return {next};
    };
    std::vector<std::vector<Opinion>> views(rows_.size(), std::vector<Opinion>(models_.size()));
    std::vector<std::vector<Said>> kept;  // what the views point into
    for (std::size_t m = 0; m < models_.size(); ++m) {
      Rows places;
      for (const auto r : pending) {
        const auto asked = wanted(r);
        if (std::find(asked.begin(), asked.end(), m) != asked.end()) places.push_back(r);
      }
      if (places.empty()) continue;
      auto& client = bench_.client(models_[m]);
      const auto ask = [&](const Panel& asked) {
        return asked.ask(client, {0}, task_.horizon, levels_, true);
      };
      kept.push_back(places.size() == rows_.size() ? ask(panel)
                                                   : ask(part(places, Panel::Past::on_new_level)));
      const auto& said = kept.back()[0];
      for (std::size_t i = 0; i < places.size(); ++i) {
        auto& out = answers_[places[i]];
        views[places[i]][m] = view_of(said, i);
        const auto& remark = said.ok(i) ? said.notes[i] : said.why_not[i];
        if (!remark.empty()) out.notes.push_back(bench_.name(models_[m]) + ": " + remark);
        if (said.ok(i)) continue;
        out.error = by_name(models_[m], said.why_not[i]);
        out.silent[models_[m]] = said.why_not[i];
      }
    }
    for (const auto r : pending) settle(answers_[r], choices[r], wanted(r), views[r], r, left);
  }

  void settle(SeriesAnswer& out, const Choice& choice, const Rows& members,
              const std::vector<Opinion>& said, std::size_t r, Rows& left) {
    out.forecast = blend(members, said, task_.horizon, levels_.size());
    if (out.forecast.mean.empty()) {
      left.push_back(r);
      return;
    }
    if (members == choice.members) out.width = choice.width;  // not of those that stand in
    scale_width(out.forecast, levels_.size(), out.width);
    keep_plausible(series_[rows_[r]].values, out.forecast);
    out.error.clear();
    for (const auto m : members)
      if (said[m].mean != nullptr) out.models.push_back(models_[m]);
    out.errors.assign(bench_.size(), std::nan(""));
    for (std::size_t m = 0; m < choice.errors.size(); ++m)
      out.errors[models_[m]] = choice.errors[m];
    out.blend_error = choice.error;
  }

  const std::vector<InputSeries>& series_;
  const Rows& rows_;
  const ForecastTask& task_;
  ModelBench& bench_;
  std::vector<std::size_t> light_;   // candidates everywhere; indices into the bench
  std::vector<std::size_t> models_;  // these, then those only for series they cannot do
  std::vector<double> levels_;
  HeldOutPlan plan_;
  std::vector<SeriesAnswer> answers_;
  std::vector<std::vector<std::uint32_t>> seasons_;  // [row]
  std::vector<std::uint64_t> keys_;                  // [row], as the models know them
};

}  // namespace

HeldOutPlan plan_of(std::size_t points, const ForecastTask& task) {
  HeldOutPlan plan;
  plan.horizon = static_cast<std::uint32_t>(
      std::clamp<std::size_t>(points / 4, 1, std::max<std::size_t>(1, task.horizon)));
  plan.spacing = (plan.horizon + 1) / 2;
  const auto least = std::max<std::size_t>(8, (points + 1) / 2);
  const auto origins = [&](std::size_t wanted) {
    return rolling_origins(points, plan.horizon, plan.spacing, wanted, least).size();
  };
  plan.choice = origins(kChoiceOrigins);
  if (plan.choice < 2) plan.choice = 0;
  if (task.evaluate > 0) {
    const auto stride = stride_of(plan);
    plan.evaluate = origins(task.evaluate * stride + kChoiceOrigins);
    plan.scored = std::min(task.evaluate, (plan.evaluate + stride - 1) / stride);
  }
  return plan;
}

std::size_t numbers_per_model(const ForecastTask& task) {
  const auto origins = task.evaluate * 2 + kChoiceOrigins;
  return origins * task.horizon * (quantile_levels(task.coverages).size() + 1);
}

std::vector<SeriesAnswer> forecast_chunk(const std::vector<InputSeries>& series,
                                         const std::vector<std::size_t>& rows,
                                         const ForecastTask& task, ModelBench& bench) {
  return Chunk(series, rows, task, bench).run();
}

}  // namespace nova::cli
