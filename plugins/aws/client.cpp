#include "client.hpp"

#include <algorithm>
#include <cmath>
#include <thread>

namespace nova::aws {
namespace {

void append_encoded(std::string& to, std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
        c == '_' || c == '.' || c == '~') {
      to += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      to += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
}

void wait(std::chrono::nanoseconds time, const Until& until) {
  const auto end = Call::monotonic_ns() + time.count();
  for (auto left = time.count(); left > 0; left = end - Call::monotonic_ns()) {
    until.check();
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min<std::int64_t>(left, 20'000'000)));
  }
}

// Seconds since the epoch by the clock that libcurl signs with, which no replay moves.
std::int64_t signing_clock_s() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec;
}

}  // namespace

double Jitter::next() {
  std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

std::chrono::nanoseconds Jitter::pause(const Retry& retry, int failed) {
  const double most = std::min(static_cast<double>(retry.cap.count()),
                               std::ldexp(static_cast<double>(retry.base.count()), failed));
  return std::chrono::nanoseconds(static_cast<std::int64_t>(next() * most));
}

std::string Client::post(const Request& request, const Keys& keys, const Until& until) {
  for (int attempt = 0;; ++attempt) {
    try {
      auto answer = exchange_.post(request, keys, until);
      if (answer.status >= 200 && answer.status < 300) return std::move(answer.body);
      throw failure(answer, keys, signing_clock_s());
    } catch (const Error& error) {
      if (!worth_repeating(error.status()) || attempt + 1 >= retry_.attempts) throw;
      const auto pause = std::max<std::chrono::nanoseconds>(
          jitter_.pause(retry_, attempt), std::chrono::milliseconds(error.retry_after_ms()));
      if (pause.count() >= until.left_ns()) throw;
      wait(pause, until);
    }
  }
}

std::string query_form(std::string_view action, std::string_view version,
                       const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string body = "Action=" + std::string(action) + "&Version=" + std::string(version);
  for (const auto& [name, value] : fields) {
    body += '&';
    append_encoded(body, name);
    body += '=';
    append_encoded(body, value);
  }
  return body;
}

}  // namespace nova::aws
