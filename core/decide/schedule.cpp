#include <algorithm>
#include <variant>

#include "core/decide/propose.hpp"
#include "core/decide/text.hpp"

namespace nova {
namespace {

std::optional<TimePoint> ends(const ScheduleSpec& schedule, TimePoint at) {
  const auto began = schedule.cron.newest(schedule.zone, at, schedule.lasting);
  return began ? std::optional(*began + schedule.lasting) : std::nullopt;
}

void raise_floor(const ScheduleSpec& schedule, Situation& now) {
  if (!schedule.min || *schedule.min <= now.min) return;
  if (!ends(schedule, now.now) && !ends(schedule, now.now + now.lead_time)) return;
  now.min = *schedule.min;
  now.min_is = "schedule_min";
}

void lower_ceiling(const ScheduleSpec& schedule, Situation& now) {
  if (!schedule.max || *schedule.max >= now.max || !ends(schedule, now.now)) return;
  now.max = *schedule.max;
  now.max_is = "schedule_max";
}

void lower_target(const ScheduleSpec& schedule, Situation& now) {
  if (!schedule.target) return;
  if (!ends(schedule, now.now) && !ends(schedule, now.now + now.lead_time)) return;
  for (auto& signal : now.signals)
    signal.scheduled_target =
        std::min(*schedule.target, signal.scheduled_target.value_or(*schedule.target));
}

}  // namespace

void scheduled(const std::vector<PolicySpec>& policies, Situation& now) {
  const auto floor = now.min, ceiling = now.max;  // the group's own
  for (const auto& policy : policies) {
    const auto* schedule = std::get_if<ScheduleSpec>(&policy);
    if (!schedule) continue;
    raise_floor(*schedule, now);
    lower_ceiling(*schedule, now);
    lower_target(*schedule, now);
  }
  now.min = std::min(now.min, ceiling);
  now.max = std::max(now.max, floor);
  if (now.min <= now.max) return;
  // A floor and a ceiling that contradict each other: enough machines come before fewer.
  now.max = now.min;
  now.max_is = now.min_is;
}

Proposal propose(const ScheduleSpec& policy, const Situation& now) {
  const auto until = ends(policy, now.now);
  const auto soon = until ? until : ends(policy, now.now + now.lead_time);
  std::string what;
  const auto add = [&](const char* name, const std::string& value) {
    what += (what.empty() ? "" : ", ") + std::string(name) + " " + value;
  };
  if (policy.min) add("min", std::to_string(*policy.min));
  if (policy.max) add("max", std::to_string(*policy.max));
  if (policy.target) add("target", short_number(*policy.target, 3));
  const auto name = "\"" + policy.cron.text() + "\" " + policy.zone.name() + ": ";
  if (!soon) return Proposal::none("schedule", name + "not now");
  return Proposal::none("schedule", name + what + (until ? "" : " begins within the lead time,") +
                                        " until " + to_iso8601(*soon));
}

}  // namespace nova
