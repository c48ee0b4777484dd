#include "selection.hpp"

#include <algorithm>

namespace nova::replay {

namespace {

constexpr auto kSettingsSchema = R"({
  "type": "object", "additionalProperties": false,
  "properties": {
    "labels": { "type": "object" },
    "within": { "type": "string", "enum": ["mean", "max", "min", "sum", "last", "rate"], "default": "mean" },
    "aggregate": { "type": "string", "enum": ["sum", "mean", "max"] }
  } })";

Within within_of(const std::string& text) {
  if (text == "max") return Within::max;
  if (text == "min") return Within::min;
  if (text == "sum") return Within::sum;
  if (text == "last") return Within::last;
  if (text == "rate") return Within::rate;
  return Within::mean;
}
Aggregate aggregate_of(const std::string& text) {
  return text == "sum" ? Aggregate::sum : text == "mean" ? Aggregate::mean : Aggregate::max;
}

// Edits from one name to the other (Levenshtein 1966), for "did you mean".
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row.back();
}

std::string joined(const std::vector<std::string>& names, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < most; ++i)
    out += (i > 0 ? ", \"" : "\"") + names[i] + '"';
  if (names.size() > most) out += " and " + std::to_string(names.size() - most) + " more";
  return out;
}

bool has_labels(const Labels& labels, const Json& wanted) {
  for (const auto& [key, value] : wanted.items()) {
    if (!value.is_string())
      throw Error(NOVA_INVALID_ARGUMENT,
                  "/labels/" + key + ": must be a text, got " + value.dump());
    const std::pair<std::string, std::string> pair{key, value.get<std::string>()};
    if (std::find(labels.pairs.begin(), labels.pairs.end(), pair) == labels.pairs.end())
      return false;
  }
  return true;
}

}  // namespace

Catalogue::Catalogue(const Recording& recording) {
  for (std::size_t s = 0; s < recording.size(); ++s)
    entries_.push_back({recording.name(s), recording.labels(s)});
}

std::vector<std::size_t> Catalogue::named(std::string_view query) const {
  std::vector<std::size_t> found;
  for (std::size_t s = 0; s < entries_.size(); ++s)
    if (entries_[s].name == query) return {s};
  for (std::size_t s = 0; s < entries_.size(); ++s)
    if (entries_[s].labels.base == query) found.push_back(s);
  if (found.empty() && entries_.size() == 1 && query == "value") found.push_back(0);
  return found;
}

std::string Catalogue::near(std::string_view query) const {
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const auto& e : entries_)
    ranked.emplace_back(std::min(edits(query, e.name), edits(query, e.labels.base)), e.name);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (const auto& [distance, name] : ranked) names.push_back(name);
  return joined(names, 3);
}

Selection Catalogue::select(std::string_view query, const Config& given) const {
  const Config settings(given.json().dump(-1, ' ', false, Json::error_handler_t::replace),
                        kSettingsSchema);
  Selection out;
  out.within = within_of(settings.text("within"));
  if (settings.has("aggregate")) out.aggregate = aggregate_of(settings.text("aggregate"));
  const auto candidates = named(query);
  if (candidates.empty())
    throw Error(NOVA_NOT_FOUND,
                "there is no series \"" + std::string(query) + "\"; the file has " + near(query));
  const Json labels = settings.object("labels").json();
  std::vector<std::string> names;
  for (const auto s : candidates) {
    if (!has_labels(entries_[s].labels, labels)) continue;
    out.series.push_back(s);
    names.push_back(entries_[s].name);
  }
  if (out.series.empty())
    throw Error(NOVA_NOT_FOUND,
                "no series \"" + std::string(query) + "\" has the labels " + labels.dump());
  if (out.series.size() > 1 && out.aggregate == Aggregate::none)
    throw Error(NOVA_INVALID_ARGUMENT,
                "the query selects " + std::to_string(out.series.size()) +
                    " series, give labels or an aggregate: " + joined(names, 8));
  return out;
}

}  // namespace nova::replay
