// Numbers as they stand in reasons.
#pragma once

#include <string>

namespace nova {

// At most `digits` significant ones, without an exponent for everyday sizes: "1250", "0.83".
std::string short_number(double x, int digits = 4);

}  // namespace nova
