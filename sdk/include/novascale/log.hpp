// Log lines to the host. Below the host's threshold a line costs one load and is not even put
// together.
#pragma once

#include <novascale/host.h>

#include <novascale/text.hpp>

namespace nova {
inline namespace sdk_v1 {

enum class Level : std::int32_t { trace, debug, info, warn, error, critical };

class Log {
 public:
  Log() = default;
  explicit Log(const nova_host* host) : host_(host) {}

  bool wants(Level level) const noexcept {
    if (host_ == nullptr || !NOVA_HAS(host_, log)) return false;
    const auto threshold = detail::field(*host_, &nova_host::log_threshold);
    return threshold == nullptr ||
           static_cast<std::int32_t>(level) >= __atomic_load_n(threshold, __ATOMIC_RELAXED);
  }
  // fields_json: "" or one JSON object with the numbers of the line.
  void write(Level level, std::string_view text, std::string_view fields_json = {}) const noexcept {
    if (wants(level))
      host_->log(host_, static_cast<std::int32_t>(level), str(text), str(fields_json));
  }
  // The text is made only when somebody will read it: log.debug([&] { return "n=" + to_string(n);
  // }).
  template <class Make>
  requires requires(Make make) { std::string(make()); }
  void write(Level level, Make&& make) const {
    if (wants(level)) write(level, std::string_view(std::string(make())));
  }
  template <class Text>
  void debug(Text&& text) const {
    write(Level::debug, std::forward<Text>(text));
  }
  template <class Text>
  void info(Text&& text) const {
    write(Level::info, std::forward<Text>(text));
  }
  template <class Text>
  void warn(Text&& text) const {
    write(Level::warn, std::forward<Text>(text));
  }
  template <class Text>
  void error(Text&& text) const {
    write(Level::error, std::forward<Text>(text));
  }

 private:
  const nova_host* host_ = nullptr;
};

}  // namespace sdk_v1
}  // namespace nova
