#include "rows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "plugins/http/instant.hpp"

namespace nova::novacron {
namespace {

constexpr auto kSettingsSchema = R"({
  "type": "object", "additionalProperties": false,
  "properties": {
    "within": { "type": "string", "enum": ["last"] },
    "aggregate": { "type": "string", "enum": ["sum", "mean", "max"] }
  } })";
constexpr const char* kMeasured[] = {"cpu_usage", "memory_usage", "network_sent", "network_recv"};

[[noreturn]] void refuse(const std::string& why) { throw Error(NOVA_FAILED_PRECONDITION, why); }

std::int64_t time_in(const Json& row) {
  for (const auto* key : {"last_updated", "timestamp", "updated_at"})
    if (const auto at = row.find(key); at != row.end() && at->is_string())
      return http::instant_of(at->get<std::string>());
  return NOVA_NONE;
}

double number_in(const Json& row, const char* key) {
  const auto at = row.find(key);
  return at != row.end() && at->is_number() ? at->get<double>() : std::nan("");
}

}  // namespace

Query make_query(std::string_view text, const Config& given) {
  const auto hash = text.rfind('#');
  if (hash == text.npos)
    throw Error(NOVA_INVALID_ARGUMENT,
                "the query must be PREFIX#FIELD, such as \"web-#cpu_usage\", got \"" +
                    std::string(text) + '"');
  Query out{std::string(text.substr(0, hash)), std::string(text.substr(hash + 1)), ""};
  const Config settings(given.json().dump(-1, ' ', false, Json::error_handler_t::replace),
                        kSettingsSchema);
  if (settings.has("within")) (void)settings.text("within");
  if (settings.has("aggregate")) out.aggregate = settings.text("aggregate");
  const bool count = out.field == "machines" || out.field == "running";
  if (!count &&
      std::find(std::begin(kMeasured), std::end(kMeasured), out.field) == std::end(kMeasured))
    throw Error(
        NOVA_INVALID_ARGUMENT,
        "the query's field must be machines, running, cpu_usage, memory_usage, network_sent "
        "or network_recv, got \"" +
            out.field + '"');
  if (count && !out.aggregate.empty())
    throw Error(NOVA_INVALID_ARGUMENT, "/aggregate: has no place where machines are counted");
  if (!count && out.aggregate.empty())
    throw Error(NOVA_INVALID_ARGUMENT,
                "/aggregate: is required, sum, mean or max: the number of machines changes");
  return out;
}

double count_of(const std::vector<Vm>& all, const Query& query) {
  return static_cast<double>(std::count_if(all.begin(), all.end(), [&](const Vm& vm) {
    return vm.name.compare(0, query.prefix.size(), query.prefix) == 0 &&
           (query.field == "running" ? vm.phase() == Phase::running : vm.phase() != Phase::leaving);
  }));
}

Sample sample_in(const Json& row, const std::string& field, std::int64_t now_ns,
                 std::int64_t max_age_ns) {
  if (!row.is_object()) refuse("its metrics are no object");
  const auto time = time_in(row);
  if (time == NOVA_NONE)
    refuse("its metrics have no time, so nobody knows whether they are of now");
  if (now_ns - time > max_age_ns)
    refuse("its metrics are " + std::to_string((now_ns - time) / 1'000'000'000) + " s old");
  bool any = false;
  for (const auto* key : kMeasured) {
    const auto value = number_in(row, key);
    any = any || (std::isfinite(value) && value != 0);
  }
  if (!any) refuse("its metrics are all zero, as of a machine that nobody measures");
  const auto value = number_in(row, field.c_str());
  if (!std::isfinite(value)) refuse("its metrics have no " + field);
  return {value, std::min(time, now_ns)};
}

Sample folded(const std::vector<Sample>& samples, const std::string& aggregate) {
  double sum = 0, most = -std::numeric_limits<double>::infinity();
  auto oldest = INT64_MAX;
  for (const auto& sample : samples) {
    sum += sample.value, most = std::max(most, sample.value);
    oldest = std::min(oldest, sample.time_ns);
  }
  return {aggregate == "sum"    ? sum
          : aggregate == "mean" ? sum / static_cast<double>(samples.size())
                                : most,
          oldest};
}

}  // namespace nova::novacron
