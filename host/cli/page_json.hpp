// Data of a page that stands alone: short numbers, and text that is safe inside a script element.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace nova::cli {

// Six digits are more than a chart shows, and a third of the text; null where it is not finite.
nlohmann::ordered_json rounded(double value);
nlohmann::ordered_json rounded(std::span<const double> values);

std::string page_text(const nlohmann::ordered_json& json);

// What stands before and behind {{DATA}} in a page.
std::pair<std::string_view, std::string_view> around_data(std::string_view page);

}  // namespace nova::cli
