#include "core/decide/text.hpp"

namespace nova {

std::string to_text(const Pause& pause) {
  if (!pause.out && !pause.in) return "resumed";
  const std::string what = pause.out && pause.in ? "paused"
                           : pause.out           ? "scale-out paused"
                                                 : "scale-in paused";
  return what + (pause.until ? " until " + to_iso8601(*pause.until) : "");
}

}  // namespace nova
