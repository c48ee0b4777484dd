#include "host/cli/promise_option.hpp"

#include <charconv>
#include <cmath>

namespace nova::cli {

Result<PromiseSpec> parse_promise(const std::string& text) {
  PromiseSpec promise;
  if (text == "hpa") {
    promise.same_bill_as_hpa = true;
    return promise;
  }
  double percent = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, ec] = std::from_chars(text.data(), end, percent, std::chars_format::fixed);
  if (ec != std::errc{} || stop + 1 != end || *stop != '%' || !(percent > 0 && percent <= 50))
    return Error{
        ErrorCode::invalid_argument,
        "must be \"hpa\" or a percentage such as \"1%\", above 0% and at most 50%, got \"" + text +
            "\""};
  promise.violations = percent / 100;
  return promise;
}

std::optional<PromiseSpec> promise_of(const GroupSpec& group) {
  const auto* predictive = predictive_in(group);
  return predictive ? predictive->promise : std::nullopt;
}

void set_promise(GroupSpec& group, PromiseSpec promise) {
  for (auto& policy : group.policies)
    if (auto* predictive = std::get_if<PredictiveSpec>(&policy);
        predictive && !predictive->shadow) {
      if (predictive->promise) promise.at_utilisation = predictive->promise->at_utilisation;
      if (!predictive->promise) predictive->confidence_threshold = 0;
      predictive->promise = promise;
      predictive->slo_penalty.reset();
      return;
    }
  PredictiveSpec predictive;
  predictive.confidence_threshold = 0;
  predictive.promise = promise;
  group.policies.insert(group.policies.begin(), predictive);
}

void drop_models(GroupSpec& group) {
  for (auto& policy : group.policies)
    if (auto* predictive = std::get_if<PredictiveSpec>(&policy)) predictive->models.clear();
}

}  // namespace nova::cli
