// Machines by offer, and what becomes of them: what purchases and moves reckon with.
#pragma once

#include <string>
#include <vector>

#include "core/cost/mix.hpp"
#include "core/cost/runs.hpp"

namespace nova {

using Counts = Runs::Counts;

inline std::vector<MixRow> rows_of(const Counts& counts, bool with_zeros) {
  std::vector<MixRow> rows;
  for (const auto& [id, count] : counts)
    if (with_zeros || count > 0) rows.push_back({id, count});
  return rows;
}

// What is held and not wanted in `target`.
inline Counts surplus(const Counts& held, const Counts& target) {
  Counts gone;
  for (const auto& [id, count] : held) {
    const auto at = target.find(id);
    const auto stays = at == target.end() ? 0 : at->second;
    if (stays < count) gone[id] = count - stays;
  }
  return gone;
}

inline std::string in_words(const Counts& counts) {
  std::string text;
  for (const auto& [id, count] : counts)
    text +=
        (text.empty() ? "" : ", ") + std::to_string(count) + " x " + (id.empty() ? "machine" : id);
  return text;
}

}  // namespace nova
