// GroupEngine and its policy plugins: what they are told of the group, and their answers as
// proposals beside those of the policies that are built in.
#include <algorithm>

#include "core/decide/propose.hpp"
#include "core/engine/group_engine.hpp"

namespace nova {

void GroupEngine::policy_questions(std::size_t group_index, const Menu& menu,
                                   std::vector<PolicyQuestion>& out) {
  const auto is_plugin = [](const auto* p) { return std::holds_alternative<PluginSpec>(*p); };
  if (std::none_of(policies_.begin(), policies_.end(), is_plugin) || fleet_limit()) return;
  for (auto& signal : signals_) conclude(signal);
  const auto now = situation(menu);
  PolicyQuestion q;
  q.group = group_index;
  q.tenant = &spec_->tenant;
  q.now = now_;
  q.step = step_;
  q.lead_time = spec_->lead_time;
  q.min = now.min;
  q.max = now.max;
  q.desired = spec_->behaviour.without_headroom(now.current);
  std::vector<MixRow> booting;
  for (const auto& row : fleet_.rows) booting.push_back({row.offer_id, row.booting});
  q.booting = reference_machines(price_mix(booting, menu).capacity);
  q.serving = now.serving;
  q.price = now.price;
  for (const auto& seen : now.signals) {
    auto& signal = q.signals.emplace_back();
    signal.spec = seen.spec;
    signal.target = seen.target();
    if (seen.spec->role == Role::utilisation)
      signal.unit = demand_of_one(*seen.spec) / seen.spec->scale;
    for (const double demand : seen.recent) signal.recent.push_back(demand / signal.unit);
    signal.forecast = seen.forecast;
  }
  for (std::size_t i = 0; i < watched_.size(); ++i) {
    const auto recent = watched_[i].window().recent();
    q.signals.push_back({&spec_->watched[i], 0, 1, {recent.begin(), recent.end()}, nullptr});
  }
  for (const auto* policy : policies_)
    if (is_plugin(policy)) {
      q.policy = &std::get<PluginSpec>(*policy);
      out.push_back(q);
    }
}

void GroupEngine::answer(const PolicyAnswer& answer) {
  const auto name = PluginSpec{answer.plugin}.name();
  if (!answer.status) {
    from_plugins_.push_back(Proposal::none(name, answer.status.error().message));
    from_plugins_.back().failed = true;
  } else if (!answer.machines) {
    from_plugins_.push_back(
        Proposal::none(name, answer.note.empty() ? "has no opinion" : answer.note));
  } else {
    from_plugins_.push_back({name, true, *answer.machines, answer.confidence, answer.note});
  }
}

}  // namespace nova
