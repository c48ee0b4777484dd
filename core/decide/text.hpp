// Pauses as they stand in reasons.
#pragma once

#include <string>

#include "core/base/text.hpp"
#include "core/decide/behaviour.hpp"

namespace nova {

// "paused until 2026-12-24T18:00:00Z", "scale-in paused", "resumed".
std::string to_text(const Pause& pause);

}  // namespace nova
