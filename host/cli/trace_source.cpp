#include "host/cli/trace_source.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "host/loader/catalogue.hpp"
#include "host/loader/instance.hpp"
#include "host/loader/metrics_client.hpp"

namespace nova::cli {
namespace {

constexpr const char* kReplay = "org.novacron.metrics.replay";
constexpr Duration kTimeout = std::chrono::seconds(30);

}  // namespace

Result<RecordedLoad> read_recorded_load(const std::filesystem::path& file, const std::string& query,
                                        const std::vector<std::filesystem::path>& folders) {
  loader::PluginCatalogue catalogue(folders);
  const auto found = catalogue.open(kReplay);
  if (!found) return found.error();
  loader::HostOptions options;
  options.now = [] { return from_unix_ns(std::numeric_limits<std::int64_t>::max()); };
  loader::InstanceSpec spec;
  spec.name = "trace";
  spec.config_json = nlohmann::json{{"file", std::filesystem::absolute(file).string()}}.dump();
  spec.create_timeout = kTimeout;
  auto instance = loader::Instance::create(loader::HostContext::make(std::move(options)),
                                           found->library, *found->component, std::move(spec));
  if (!instance) return instance.error();
  loader::MetricsClient client(**instance);
  const auto bound = client.bind({{1, query, "", "{}"}}, kTimeout);
  if (!bound) return bound.error();
  if (!bound->front().ok())
    return Error{bound->front().code, file.string() + ": " + bound->front().note};
  const auto span = client.span(kTimeout);
  if (!span) return span.error();
  loader::RangeRequest request;
  request.keys = {1};
  request.step = span->step;
  request.t0 = span->first + span->step;  // the point that stands for the first sample
  request.points = static_cast<std::size_t>((span->last - span->first) / span->step);
  const auto range = client.query_range(request, kTimeout);
  if (!range) return range.error();
  return RecordedLoad{span->first, span->step, {range->row(0), range->row(0) + range->points}};
}

}  // namespace nova::cli
