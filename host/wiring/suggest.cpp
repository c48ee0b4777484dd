#include "host/wiring/suggest.hpp"

#include <algorithm>
#include <cctype>

namespace nova {
namespace {

constexpr std::size_t kLongestName = 128;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// How much of both lies in the same leading dotted parts: org.novacron.model. says nothing of how
// alike two models are.
std::size_t shared_parts(std::string_view a, std::string_view b) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()) && a[i] == b[i]; ++i)
    if (a[i] == '.') end = i + 1;
  return end;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string nearest(std::string_view found, const std::vector<std::string>& known) {
  if (found.empty() || found.size() > kLongestName) return "";
  const auto folded = lower(found);
  std::string best;
  std::size_t best_distance = kLongestName;
  for (const auto& name : known) {
    if (name.size() > kLongestName) continue;
    const auto distance = edit_distance(folded, lower(name));
    const auto told = std::max(name.size(), found.size()) - shared_parts(folded, lower(name));
    const auto allowed = std::max<std::size_t>(1, told / 3);
    if (distance <= allowed && distance < best_distance) {
      best = name;
      best_distance = distance;
    }
  }
  // One letter for another is no likeness between names of one letter.
  return best_distance >= std::max<std::size_t>(1, best.size()) ? "" : best;
}

std::string did_you_mean(std::string_view found, const std::vector<std::string>& known) {
  const auto name = nearest(found, known);
  return name.empty() ? "" : " (did you mean \"" + name + "\"?)";
}

}  // namespace nova
