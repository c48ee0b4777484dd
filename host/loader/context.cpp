#include "host/loader/context.hpp"

#include <algorithm>
#include <thread>

namespace nova::loader {

std::shared_ptr<HostContext> HostContext::make(HostOptions options) {
  return std::shared_ptr<HostContext>(new HostContext(std::move(options)));
}

HostContext::HostContext(HostOptions options)
    : options_(std::move(options)),
      parallelism_(options_.parallelism ? options_.parallelism
                                        : std::max(1u, std::thread::hardware_concurrency())),
      log_threshold_(static_cast<std::int32_t>(options_.log_level)) {}

TimePoint HostContext::now() const {
  if (options_.now) return options_.now();
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

void HostContext::log(LogLevel level, std::string_view instance, std::string_view message,
                      std::string_view fields_json) const {
  if (!options_.log ||
      static_cast<std::int32_t>(level) < __atomic_load_n(&log_threshold_, __ATOMIC_RELAXED))
    return;
  options_.log({level, instance, message, fields_json});
}

void HostContext::set_log_level(LogLevel level) noexcept {
  __atomic_store_n(&log_threshold_, static_cast<std::int32_t>(level), __ATOMIC_RELAXED);
}

}  // namespace nova::loader
