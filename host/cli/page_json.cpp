#include "host/cli/page_json.hpp"

#include <charconv>
#include <cmath>

namespace nova::cli {

nlohmann::ordered_json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  char text[32];
  const auto [end, ec] =
      std::to_chars(text, text + sizeof text, value, std::chars_format::general, 6);
  std::from_chars(text, end, value);
  if (value == std::trunc(value) && std::abs(value) < 1e15) return static_cast<std::int64_t>(value);
  return value;
}

nlohmann::ordered_json rounded(std::span<const double> values) {
  auto out = nlohmann::ordered_json::array();
  for (const double value : values) out.push_back(rounded(value));
  return out;
}

std::string page_text(const nlohmann::ordered_json& json) {
  // One line of UTF-8, whatever bytes a file had in its names.
  const auto text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string out;
  for (const char c : text) out += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return out;
}

std::pair<std::string_view, std::string_view> around_data(std::string_view page) {
  constexpr std::string_view kMark = "{{DATA}}";
  const auto at = page.find(kMark);
  return {page.substr(0, at), page.substr(at + kMark.size())};
}

}  // namespace nova::cli
