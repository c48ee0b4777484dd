// Numbers and pauses as they stand in reasons.
#pragma once

#include <string>

#include "core/decide/behaviour.hpp"

namespace nova {

// At most `digits` significant ones, without an exponent for everyday sizes: "1250", "0.83".
std::string short_number(double x, int digits = 4);

// "paused until 2026-12-24T18:00:00Z", "scale-in paused", "resumed".
std::string to_text(const Pause& pause);

}  // namespace nova
