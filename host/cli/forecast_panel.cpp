#include "host/cli/forecast_panel.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

namespace nova::cli {
namespace {

constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

std::string reason_of(const loader::ItemStatus& item) {
  if (item.ok()) return "";
  return item.note.empty() ? to_string(item.code) : item.note;
}

}  // namespace

Panel::Panel(const std::vector<InputSeries>& series, const std::vector<std::size_t>& rows,
             const std::vector<std::vector<std::uint32_t>>& seasons,
             std::vector<std::uint64_t> keys, Past past, Duration patience)
    : keys_(std::move(keys)), patience_(patience + std::chrono::seconds(rows.size())) {
  for (const auto s : rows) longest_ = std::max(longest_, series[s].values.size());
  auto values = std::make_shared<std::vector<double>>(rows.size() * longest_,
                                                      std::numeric_limits<double>::quiet_NaN());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto& one = series[rows[r]];
    const bool moved = past == Past::on_new_level && one.level;
    const auto told = moved ? on_new_level(one.values, *one.level) : std::vector<double>{};
    const auto& from = moved ? told : one.values;
    std::copy(from.begin(), from.end(),
              values->end() -
                  static_cast<std::ptrdiff_t>((rows.size() - 1 - r) * longest_ + from.size()));
    lengths_.push_back(static_cast<std::uint32_t>(from.size()));
    season_count_ = std::max(season_count_, seasons[r].size());
  }
  values_ = std::move(values);
  for (auto padded : seasons) {
    padded.resize(season_count_, 0);
    seasons_.insert(seasons_.end(), padded.begin(), padded.end());
  }
  const auto& last = series[rows.back()];
  end_ = last.grid.end(last.values.size());
  step_ = last.grid.step_duration();
}

loader::SeriesBatch Panel::history(std::size_t drop) const {
  loader::SeriesBatch batch;
  batch.keys = keys_;
  batch.points = longest_ - drop;
  batch.values = values_->data();
  batch.row_stride = longest_;
  batch.step = step_;
  batch.t0 = end_ - step_ * (longest_ - 1);
  for (const auto length : lengths_)
    batch.lengths.push_back(length -
                            static_cast<std::uint32_t>(std::min<std::size_t>(length, drop)));
  batch.owner = values_;
  return batch;
}

loader::SeriesBatch Panel::between(std::size_t drop_before, std::size_t drop) const {
  auto batch = history(drop);
  batch.points = drop_before - drop;
  batch.values += longest_ - drop_before;
  batch.t0 += step_ * (longest_ - drop_before);
  batch.lengths.clear();
  return batch;
}

// Fit at the first origin, observe at later ones; nothing where the model has nothing to learn.
std::vector<loader::ItemStatus> Panel::teach(loader::ModelClient& model, std::size_t drop_before,
                                             std::size_t drop, std::uint32_t horizon,
                                             bool warm) const {
  if (!model.can_fit()) return std::vector<loader::ItemStatus>(size());
  const bool anew = drop_before == kNever || !model.can_observe();
  loader::FitRequest request;
  request.warm = warm;
  request.history = anew ? history(drop) : between(drop_before, drop);
  request.seasons = seasons_;
  for (std::size_t i = 0; i < seasons_.size(); ++i)  // a season must fit into the series
    if (seasons_[i] >= lengths_[i / season_count_]) request.seasons[i] = 0;
  request.season_count = season_count_;
  request.leads.resize(horizon);
  std::iota(request.leads.begin(), request.leads.end(), 1u);
  auto taught = anew ? model.fit(request, patience_) : model.observe(request, patience_);
  if (!taught.ok())
    return std::vector<loader::ItemStatus>(size(), {taught.error().code, taught.error().message});
  return std::move(taught.value().items);
}

std::vector<Said> Panel::ask(loader::ModelClient& model, const std::vector<std::size_t>& drops,
                             std::uint32_t horizon, const std::vector<double>& levels,
                             bool warm) const {
  std::vector<Said> all;
  std::vector<std::string> lost(size()), remarks(size());
  for (std::size_t k = 0; k < drops.size(); ++k) {
    const auto taught =
        teach(model, k == 0 ? kNever : drops[k - 1], drops[k], horizon, warm && k == 0);
    // A series whose lesson failed must not be answered from what was known before.
    const bool anew = k == 0 || !model.can_observe();
    for (std::size_t r = 0; r < size(); ++r) {
      if (anew) lost[r].clear();
      if (!taught[r].ok() && lost[r].empty()) lost[r] = reason_of(taught[r]);
      if (taught[r].ok() && !taught[r].note.empty()) remarks[r] = taught[r].note;
    }
    loader::ForecastRequest request;
    request.history = history(drops[k]);
    request.origin = end_ - step_ * drops[k];
    request.leads.resize(horizon);
    std::iota(request.leads.begin(), request.leads.end(), 1u);
    request.levels = levels;
    auto answered = model.forecast(request, patience_);
    auto& said = all.emplace_back();
    said.why_not = lost;
    said.notes = remarks;
    const bool ok = answered.ok();
    const std::string failed = ok ? "" : answered.error().message;
    if (ok) said.answer = std::move(answered).value();
    for (std::size_t r = 0; r < size(); ++r) {
      if (!said.why_not[r].empty()) continue;
      said.why_not[r] = ok ? reason_of(said.answer.items[r]) : failed;
      if (said.ok(r) && !said.answer.items[r].note.empty())
        said.notes[r] += (said.notes[r].empty() ? "" : "; ") + said.answer.items[r].note;
    }
  }
  return all;
}

void Panel::forget(loader::ModelClient& model) const {
  (void)model.instance().forget(keys_, patience_);
}

}  // namespace nova::cli
