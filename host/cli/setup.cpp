#include "host/cli/setup.hpp"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "host/loop/loop.hpp"

namespace nova::cli {
namespace {

std::shared_ptr<spdlog::logger> make_log(const Call& call) {
  auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(call.err, true);
  // A logger of our own, in no registry: two hosts in one process do not meet.
  auto log = std::make_shared<spdlog::logger>("novascale", std::move(sink));
  log->set_level(spdlog::level::from_str(call.globals.log_level));
  log->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  return log;
}

loader::LogLevel level_of(const std::string& name) {
  return static_cast<loader::LogLevel>(spdlog::level::from_str(name));
}

}  // namespace

Setup::Setup(const Call& call, Clock& clock) : clock_(clock), log_(make_log(call)) {}
Setup::~Setup() = default;

void Setup::log(const std::string& level, const std::string& text) {
  // As JSON the text must be escaped; the pattern around it is a fixed object.
  const auto line = json_log_ ? nlohmann::json(text).dump(-1, ' ', false,
                                                          nlohmann::json::error_handler_t::replace)
                              : text;
  log_->log(spdlog::level::from_str(level), "{}", line);
}

int Setup::wire(const Call& call) {
  if (call.globals.config.empty()) return usage(call, "needs --config PATH");
  return wire(call, load_config(call.globals.config));
}

int Setup::wire(const Call& call, LoadedConfig loaded) {
  if (!call.globals.log_level_given && loaded.ok())
    log_->set_level(spdlog::level::from_str(loaded.config.host.log.level));
  json_log_ = (call.globals.log_format_given ? call.globals.log_format
                                             : loaded.config.host.log.format) == "json";
  if (json_log_)
    log_->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%v})",
                      spdlog::pattern_time_type::utc);
  loader::HostOptions options;
  options.log = [this](const loader::LogLine& line) {
    const auto level = static_cast<spdlog::level::level_enum>(line.level);
    const auto name = spdlog::level::to_string_view(level);
    std::string text(line.instance);
    if (!text.empty()) text += ": ";
    log(std::string(name.data(), name.size()), text.append(line.message));
  };
  options.log_level = call.globals.log_level_given || !loaded.ok()
                          ? level_of(call.globals.log_level)
                          : level_of(loaded.config.host.log.level);
  options.now = [this] { return clock_.now(); };
  WireOptions wire_options;
  wire_options.context = loader::HostContext::make(std::move(options));
  wire_options.plugin_dirs = call.globals.plugin_dirs;
  wire_options.sources_bound = [this](Wiring& wiring) {
    std::map<std::string, loader::MetricsClient*> metrics;
    for (auto& [name, wire] : wiring.metrics) metrics[name] = wire.client.get();
    const auto span = recorded_span(metrics, std::chrono::seconds(5));
    if (span && *span) clock_.set(first_tick(**span, wiring.config.host.step));
  };
  auto wired = nova::wire(std::move(loaded), wire_options);
  if (!wired.ok()) {
    for (const auto& error : wired.errors) call.err << error.text() << "\n";
    return wired.world_failed ? kFailed : kNo;
  }
  wiring_ = std::move(wired.wiring);
  return kFine;
}

int find_journal(const Call& call, std::filesystem::path& journal) {
  if (call.globals.config.empty()) return usage(call, "needs --config PATH");
  const auto loaded = load_config(call.globals.config);
  for (const auto& error : loaded.errors) call.err << error.text() << "\n";
  if (!loaded.ok()) return kNo;
  journal = loaded.config.host.data_dir / "journal";
  return kFine;
}

int usage(const Call& call, const std::string& message) {
  call.err << "novascale: " << message << "\n";
  return kUsage;
}

int failed(const Call& call, const Error& error) {
  call.err << "novascale: " << error.message << "\n";
  return kFailed;
}

bool parse_speed(const std::string& text, std::optional<double>& speed) {
  if (text == "max") {
    speed.reset();
    return true;
  }
  double value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{} || end != text.data() + text.size() || !std::isfinite(value) || value <= 0)
    return false;
  speed = value;
  return true;
}

}  // namespace nova::cli
