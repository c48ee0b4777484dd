// Numbers as they stand in sentences.
#pragma once

#include <string>

#include "core/base/time.hpp"

namespace nova {

// At most `digits` significant ones, without an exponent for everyday sizes: "1250", "0.83".
std::string short_number(double x, int digits = 4);

// "90 s", "25 min", "3.5 h", "4.2 d": for people, who do not read a duration back.
std::string in_words(Duration time);

}  // namespace nova
