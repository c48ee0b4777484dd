#include "host/loop/model_service.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <tuple>

namespace nova {
namespace {

// What questions must share to be asked in one call.
auto batch_key(const ModelQuestion& q) {
  return std::tuple(*q.tenant, *q.plugin, unix_ns(q.origin), q.step.count(), *q.leads, *q.levels);
}

std::size_t points_of(const ModelQuestion& q, bool all) {
  return all ? q.history.size() : std::min(q.new_points, q.history.size());
}

// The last points of each series, right-aligned in one matrix that the calls own.
loader::SeriesBatch series_of(const std::vector<const ModelQuestion*>& batch, bool all,
                              bool with_values) {
  loader::SeriesBatch s;
  for (const auto* q : batch) {
    s.keys.push_back(q->key);
    s.points = std::max(s.points, points_of(*q, all));
  }
  s.step = batch.front()->step;
  s.t0 = batch.front()->origin - s.step * (static_cast<std::int64_t>(s.points) - 1);
  if (!with_values) return s;
  auto values = std::make_shared<std::vector<double>>(batch.size() * s.points,
                                                      std::numeric_limits<double>::quiet_NaN());
  bool ragged = false;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto n = points_of(*batch[i], all);
    const auto tail = batch[i]->history.last(n);
    std::copy(tail.begin(), tail.end(),
              values->begin() + static_cast<std::ptrdiff_t>((i + 1) * s.points - n));
    s.lengths.push_back(static_cast<std::uint32_t>(n));
    ragged = ragged || n != s.points;
  }
  if (!ragged) s.lengths.clear();
  s.values = values->data();
  s.owner = std::move(values);
  return s;
}

void set_seasons(loader::FitRequest& request, const std::vector<const ModelQuestion*>& batch) {
  for (const auto* q : batch)
    request.season_count = std::max(request.season_count, q->seasons.size());
  if (request.season_count == 0) return;
  for (const auto* q : batch)
    for (std::size_t i = 0; i < request.season_count; ++i)
      request.seasons.push_back(i < q->seasons.size() ? q->seasons[i] : 0);
}

void fail(ModelAnswer& answer, ErrorCode code, const std::string& message) {
  if (answer.status.ok()) answer.status = Error{code, message};
}

void take_item(ModelAnswer& answer, const char* operation, const loader::ItemStatus& item) {
  if (!item.ok())
    fail(answer, item.code,
         std::string(operation) + ": " + to_string(item.code) +
             (item.note.empty() ? "" : ": " + item.note));
  else if (!item.note.empty())
    answer.note = item.note;
}

}  // namespace

std::vector<ModelAnswer> ModelService::ask(std::span<const ModelQuestion> questions) {
  std::map<decltype(batch_key(questions.front())), Batch> batches;
  for (const auto& q : questions) batches[batch_key(q)].push_back(&q);
  std::vector<ModelAnswer> answers;
  answers.reserve(questions.size());
  for (const auto& [key, batch] : batches) {
    const auto& plugin = std::get<1>(key);
    auto* client = find_(std::get<0>(key), plugin);
    if (client) {
      ask_batch(*client, timeout_of_(plugin), batch, answers);
      continue;
    }
    for (const auto* q : batch) {
      answers.push_back({q->group, q->signal, q->model, q->origin, false, {}, {}, {}, {}});
      fail(answers.back(), ErrorCode::not_found, "no model plugin " + plugin);
    }
  }
  // In the order of the questions, whatever the batches were: the journal must not depend on them.
  std::sort(answers.begin(), answers.end(), [](const ModelAnswer& a, const ModelAnswer& b) {
    return std::tie(a.group, a.signal, a.model) < std::tie(b.group, b.signal, b.model);
  });
  return answers;
}

void ModelService::ask_batch(loader::ModelClient& client, Duration timeout, const Batch& batch,
                             std::vector<ModelAnswer>& answers) {
  const auto first = answers.size();
  struct Lesson {
    Batch questions;
    std::vector<std::size_t> rows;
  };
  Lesson cold, warm, observe;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto* q = batch[i];
    answers.push_back({q->group, q->signal, q->model, q->origin, false, {}, {}, {}, {}});
    if (!client.can_fit()) continue;
    const auto known = fitted_.find({&client, q->key});
    Lesson* lesson = nullptr;
    if (known == fitted_.end() || (q->fit && (q->anew || q->history.size() >= 2 * known->second)))
      lesson = &cold;
    else if (q->fit || !client.can_observe())
      lesson = &warm;
    else if (q->new_points > 0)
      lesson = &observe;
    if (!lesson) continue;
    lesson->questions.push_back(q);
    lesson->rows.push_back(first + i);
  }
  for (const auto& [lesson, how] :
       {std::pair{&cold, How::fit}, {&warm, How::refit}, {&observe, How::observe}}) {
    if (lesson->questions.empty()) continue;
    std::vector<ModelAnswer*> picked;
    for (const auto row : lesson->rows) picked.push_back(&answers[row]);
    teach(client, timeout, lesson->questions, how, picked);
  }

  Batch fine;
  std::vector<ModelAnswer*> rows;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto& answer = answers[first + i];
    if (!client.can_fit()) answer.fitted = batch[i]->fit;  // it never needs one
    if (!answer.status) continue;
    fine.push_back(batch[i]);
    rows.push_back(&answer);
  }
  if (fine.empty()) return;
  loader::ForecastRequest request;
  request.history = series_of(fine, true, client.stateless() || !client.can_fit());
  request.origin = fine.front()->origin;
  request.leads = *fine.front()->leads;
  request.levels = *fine.front()->levels;
  request.seed = fine.front()->seed;
  const auto forecast = client.forecast(request, timeout);
  for (std::size_t i = 0; i < fine.size(); ++i) {
    auto& answer = *rows[i];
    if (!forecast) {
      fail(answer, forecast.error().code, forecast.error().message);
      continue;
    }
    take_item(answer, "forecast", forecast->items[i]);
    if (!answer.status) continue;
    const auto leads = forecast->lead_count, levels = forecast->level_count;
    answer.mean.assign(forecast->mean_of(i), forecast->mean_of(i) + leads);
    answer.quantiles.assign(forecast->quantile_of(i, 0),
                            forecast->quantile_of(i, 0) + leads * levels);
  }
}

void ModelService::teach(loader::ModelClient& client, Duration timeout, const Batch& batch, How how,
                         std::vector<ModelAnswer*>& answers) {
  const bool fit = how != How::observe;
  loader::FitRequest request;
  request.warm = how == How::refit;
  request.history = series_of(batch, fit, true);
  request.seed = batch.front()->seed;
  request.leads = *batch.front()->leads;
  set_seasons(request, batch);
  const auto done = fit ? client.fit(request, timeout) : client.observe(request, timeout);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto& answer = *answers[i];
    if (!done)
      fail(answer, done.error().code, done.error().message);
    else
      take_item(answer, fit ? "fit" : "observe", done->items[i]);
    const auto series =
        std::pair<const loader::ModelClient*, std::uint64_t>(&client, batch[i]->key);
    if (!answer.status) {
      fitted_.erase(series);
    } else if (fit) {
      if (how == How::fit) fitted_[series] = batch[i]->history.size();
      answer.fitted = true;
    }
  }
}

}  // namespace nova
