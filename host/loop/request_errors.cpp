#include "host/loop/request_errors.hpp"

#include <algorithm>

namespace nova {
namespace {

struct Advice {
  const char *kind, *severity, *what_to_do;
};
constexpr Advice kAdvice[] = {
    {"capacity", "warning", "what is to be had is taken; allow the group more offers or zones"},
    {"quota", "critical", "ask the provider for more, or lower the group's max"},
    {"throttled", "warning",
     "requests come less often; if it lasts, give the controller fewer users"},
    {"auth", "critical", "check the credentials of the controller and what they may do"},
    {"invalid", "critical", "correct the group's controller_config or offers, then restart"},
    {"failed", "critical", "see what the controller says; it is asked again"}};

constexpr auto kAll = "*";

const Advice* advice_on(const std::string& kind) {
  const auto* at = std::find_if(std::begin(kAdvice), std::end(kAdvice),
                                [&](const Advice& one) { return kind == one.kind; });
  return at == std::end(kAdvice) ? nullptr : at;
}

}  // namespace

const char* RequestErrors::kind_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::capacity:
      return "capacity";
    case ErrorCode::quota:
      return "quota";
    case ErrorCode::throttled:
      return "throttled";
    case ErrorCode::unauthenticated:
    case ErrorCode::permission_denied:
      return "auth";
    case ErrorCode::invalid_argument:
    case ErrorCode::out_of_range:
    case ErrorCode::unimplemented:
      return "invalid";
    case ErrorCode::ok:
    case ErrorCode::aborted:
    case ErrorCode::cancelled:
      return "";
    default:
      return "failed";
  }
}

void RequestErrors::failed(const std::string& tenant, const std::string& group,
                           const std::string& controller, const std::string& offer, ErrorCode code,
                           const std::string& text, TimePoint now) {
  const std::string kind = kind_of(code);
  const auto* advice = advice_on(kind);
  if (advice == nullptr) return;
  const Group key{tenant, group};
  auto& standing = standing_[{key, kind}];
  standing.last = now;
  standing.condition = {tenant,
                        group,
                        "controller_error",
                        "controller " + controller + ": " + kind,
                        advice->severity,
                        "controller " + controller + " refuses: " + to_string(code) +
                            (text.empty() ? "" : ": " + text) + "; " + advice->what_to_do,
                        1,
                        true,
                        Json{{"kind", kind}, {"controller", controller}}};
  const bool all = kind == "throttled" || kind == "auth" || kind == "failed";
  auto& wait = waits_[{key, all ? kAll : offer}];
  if (wait.length > Duration{0} && wait.since == now) return;  // of the same request
  wait.length = wait.length == Duration{0} ? step_ : std::min(2 * wait.length, kLongest);
  wait.since = now;
  wait.until = now + wait.length;
}

void RequestErrors::succeeded(const std::string& tenant, const std::string& group,
                              TimePoint requested) {
  const Group key{tenant, group};
  std::erase_if(standing_, [&](const auto& one) {
    return one.first.first == key && one.second.last < requested;
  });
  std::erase_if(waits_, [&](const auto& one) {
    return one.first.first == key && one.second.since < requested;
  });
}

bool RequestErrors::waits(const std::string& tenant, const std::string& group,
                          TimePoint now) const {
  return waits(tenant, group, kAll, now);
}

bool RequestErrors::waits(const std::string& tenant, const std::string& group,
                          const std::string& offer, TimePoint now, bool urgent) const {
  const auto at = waits_.find({{tenant, group}, offer});
  if (at == waits_.end()) return false;
  const auto& wait = at->second;
  return now < (urgent ? std::min(wait.until, wait.since + kUrgent) : wait.until);
}

std::vector<Condition> RequestErrors::conditions(TimePoint now) {
  std::erase_if(standing_, [&](const auto& one) { return one.second.last + kForgotten < now; });
  std::erase_if(waits_, [&](const auto& one) { return one.second.until + kForgotten < now; });
  std::vector<Condition> all;
  for (const auto& [key, standing] : standing_) all.push_back(standing.condition);
  return all;
}

void RequestErrors::restore(const std::string& tenant, const std::string& group, const Json& alert,
                            TimePoint when) {
  if (alert.value("alert", "") != "controller_error") return;
  const auto kind = alert.value("kind", "");
  if (!alert.value("firing", false)) {
    // What is resolved does not say its kind, but what it is about, which ends with it.
    const auto about = alert.value("about", "");
    std::erase_if(standing_, [&](const auto& one) {
      return one.first.first == Group{tenant, group} && one.second.condition.about == about;
    });
    return;
  }
  if (advice_on(kind) == nullptr) return;
  standing_[{{tenant, group}, kind}] = {
      {tenant, group, "controller_error", alert.value("about", ""), alert.value("severity", ""),
       alert.value("text", ""), 1, true,
       Json{{"kind", kind}, {"controller", alert.value("controller", "")}}},
      when};
}

}  // namespace nova
