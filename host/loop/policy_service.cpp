#include "host/loop/policy_service.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

namespace nova {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostGroups = 4096;  // of one call, so that it can be cancelled soon
const std::vector<double> kPolicyLevels{0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99};

std::int32_t role_of(const SignalSpec& spec) {
  constexpr std::int32_t kRoles[] = {NOVA_SIGNAL_DEMAND, NOVA_SIGNAL_UTILISATION,
                                     NOVA_SIGNAL_LATENCY, NOVA_SIGNAL_CUSTOM};
  return kRoles[static_cast<std::size_t>(spec.role)];
}

// The forecast on whose grid those of a group are told; null if it has none.
const Forecast* grid_of(const PolicyQuestion& q) {
  for (const auto& signal : q.signals)
    if (signal.forecast) return signal.forecast;
  return nullptr;
}

bool same_grid(const Forecast& a, const Forecast& b) {
  return a.origin() == b.origin() && a.step() == b.step() &&
         std::equal(a.leads().begin(), a.leads().end(), b.leads().begin(), b.leads().end());
}

// What questions must share to be asked in one call.
auto policy_batch(const PolicyQuestion& q) {
  const auto* grid = grid_of(q);
  return std::tuple(*q.tenant, q.policy->plugin, grid ? unix_ns(grid->origin()) : 0,
                    grid ? grid->step().count() : 0,
                    grid ? std::vector<std::uint32_t>(grid->leads().begin(), grid->leads().end())
                         : std::vector<std::uint32_t>());
}

void add_forecast(loader::ProposeRequest& ask, const PolicyQuestion::Signal& signal,
                  const Forecast& grid) {
  const bool known = signal.forecast && same_grid(*signal.forecast, grid);
  const auto leads = ask.leads.size();
  for (std::size_t h = 0; h < leads; ++h)
    ask.mean.push_back(known ? signal.forecast->mean(h) / signal.unit : kUnknown);
  for (const double level : ask.levels)
    for (std::size_t h = 0; h < leads; ++h)
      ask.quantiles.push_back(known ? signal.forecast->quantile(level, h) / signal.unit : kUnknown);
}

void add_signal(loader::ProposeRequest& ask, const PolicyQuestion::Signal& signal,
                const Forecast* grid) {
  const auto& spec = *signal.spec;
  ask.signal_group.push_back(ask.keys.size() - 1);
  ask.signal_keys.push_back(spec.key);
  ask.signal_role.push_back(role_of(spec));
  ask.per_machine.push_back(spec.role == Role::demand ? spec.per_machine : kUnknown);
  const bool sizing = sizes(spec.role);
  ask.target_utilisation.push_back(sizing ? signal.target : kUnknown);
  ask.max_utilisation.push_back(sizing ? std::max(signal.target, spec.max_utilisation) : kUnknown);
  const auto n = signal.recent.size();
  ask.lengths.push_back(static_cast<std::uint32_t>(n));
  ask.values.insert(ask.values.end(), ask.points - n, kUnknown);
  ask.values.insert(ask.values.end(), signal.recent.begin(), signal.recent.end());
  if (grid) add_forecast(ask, signal, *grid);
}

loader::ProposeRequest request_of(const std::vector<const PolicyQuestion*>& batch) {
  loader::ProposeRequest ask;
  const auto& first = *batch.front();
  ask.now = first.now;
  ask.step = first.step;
  const auto* grid = grid_of(first);
  if (grid) {
    ask.origin = grid->origin();
    ask.forecast_step = grid->step();
    ask.leads.assign(grid->leads().begin(), grid->leads().end());
    ask.levels = kPolicyLevels;
  }
  for (const auto* q : batch)
    for (const auto& signal : q->signals) ask.points = std::max(ask.points, signal.recent.size());
  for (const auto* q : batch) {
    ask.keys.push_back(q->policy->key);
    ask.min.push_back(q->min);
    ask.max.push_back(q->max);
    ask.desired.push_back(q->desired);
    ask.booting.push_back(q->booting);
    ask.serving.push_back(q->serving);
    ask.lead_time_ns.push_back(q->lead_time.count());
    ask.nanos_per_machine_hour.push_back(q->price.nanos);
    for (const auto& signal : q->signals) add_signal(ask, signal, grid);
  }
  return ask;
}

}  // namespace

std::vector<PolicyAnswer> PolicyService::ask(const std::vector<PolicyQuestion>& questions) const {
  std::vector<PolicyAnswer> answers;
  std::map<decltype(policy_batch(questions.front())), std::vector<std::size_t>> batches;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    answers.push_back({questions[i].group, questions[i].policy->plugin, {}, {}, kUnknown, {}});
    batches[policy_batch(questions[i])].push_back(i);
  }
  for (const auto& [key, all] : batches) {
    const auto& plugin = std::get<1>(key);
    auto* client = find_(std::get<0>(key), plugin);
    for (std::size_t begin = 0; begin < all.size(); begin += kMostGroups) {
      const auto end = std::min(all.size(), begin + kMostGroups);
      std::vector<const PolicyQuestion*> batch;
      for (std::size_t k = begin; k < end; ++k) batch.push_back(&questions[all[k]]);
      const auto told =
          client ? client->propose(request_of(batch), timeout_of_(plugin))
                 : Error{ErrorCode::not_found, "there is no policy plugin \"" + plugin + "\""};
      for (std::size_t k = begin; k < end; ++k) {
        auto& answer = answers[all[k]];
        if (!told) {
          answer.status = told.error();
          continue;
        }
        const auto& item = told->items[k - begin];
        if (!item.ok()) {
          answer.status = Error{item.code, std::string("propose: ") + to_string(item.code) +
                                               (item.note.empty() ? "" : ": " + item.note)};
          continue;
        }
        answer.machines = told->machines[k - begin];
        answer.confidence = told->confidence[k - begin];
        answer.note = item.note;
      }
    }
  }
  return answers;
}

}  // namespace nova
