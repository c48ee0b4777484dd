#include "query.hpp"

#include <algorithm>
#include <cmath>

namespace nova::node {
namespace {

constexpr auto kSettingsSchema = R"({
  "type": "object", "additionalProperties": false,
  "properties": {
    "within": { "type": "string", "enum": ["last", "rate"] },
    "labels": { "type": "object", "default": {} },
    "aggregate": { "type": "string", "enum": ["sum", "mean", "max"] }
  } })";

constexpr double kEnd32 = 4294967296.0;

std::string figures_like(std::string_view name) {
  const auto family = name.substr(0, name.find('.'));
  std::string like, families;
  for (const auto& figure : figures()) {
    const std::string_view full = figure.name;
    const auto of = full.substr(0, full.find('.'));
    if (of == family) like += (like.empty() ? "" : ", ") + std::string(full);
    if (families.find(std::string(of) + ".") == families.npos)
      families += (families.empty() ? "" : ", ") + std::string(of) + ".*";
  }
  return like.empty() ? families : like;
}

}  // namespace

std::optional<double> Rate::look(double value, std::int64_t now) {
  if (!last_ || now > last_->second) {
    if (last_) {
      const auto [before, at] = *last_;
      double grown = value - before;
      if (grown < 0 && value >= 0.99 * before)
        grown = 0;
      else if (grown < 0)
        grown =
            before >= kEnd32 / 2 && before < kEnd32 && value < kEnd32 / 2 ? grown + kEnd32 : value;
      rate_ = grown / (static_cast<double>(now - at) / 1e9);
    }
    last_ = {value, now};
  }
  return rate_;
}

Query::Query(std::string_view name, const Config& given) : figure_(find_figure(name)) {
  if (figure_ == nullptr)
    throw Error(NOVA_INVALID_ARGUMENT, "there is no figure \"" + std::string(name) +
                                           "\"; there are " + figures_like(name));
  const Config settings(given.json().dump(-1, ' ', false, Json::error_handler_t::replace),
                        kSettingsSchema);
  const std::string within = figure_->counter ? "rate" : "last";
  if (settings.has("within") && settings.text("within") != within)
    throw Error(NOVA_INVALID_ARGUMENT, "/within: " + std::string(name) + " is told as its " +
                                           within + ", so leave it out");
  if (settings.has("aggregate")) aggregate_ = settings.text("aggregate");
  const auto labels = settings.object("labels");
  for (const auto& [key, value] : labels.json().items()) {
    if (key != figure_->label)
      throw Error(NOVA_INVALID_ARGUMENT,
                  labels.pointer(key) + ": " + std::string(name) +
                      (*figure_->label == 0 ? " has no labels"
                                            : " has the label " + std::string(figure_->label)));
    whose_ = labels.text(key);
  }
}

bool Query::means(const std::string& whose) const {
  if (whose_.empty() || whose_.back() != '*') return whose == whose_;
  return whose.compare(0, whose_.size() - 1, whose_, 0, whose_.size() - 1) == 0;
}

double Query::answer(const Samples& samples, std::int64_t now) {
  std::vector<double> values;
  std::map<std::string, Rate> still;
  std::string names, others;
  std::size_t count = 0;
  for (const auto& sample : samples) {
    if (sample.figure != figure_->name) continue;
    if (!means(sample.whose)) {
      if (others.size() < 200) others += (others.empty() ? "" : ", ") + sample.whose;
      continue;
    }
    if (++count <= 8) names += (names.empty() ? "" : ", ") + sample.whose;
    std::optional<double> value = sample.value;
    if (figure_->counter) {
      auto& rate = still[sample.whose] = rates_[sample.whose];
      value = rate.look(sample.value, now);
    }
    if (value && std::isfinite(*value)) values.push_back(*value);
  }
  rates_ = std::move(still);
  if (count == 0)
    throw Error(NOVA_NOT_FOUND,
                std::string(figure_->name) + " is not told here" +
                    (others.empty() ? std::string()
                                    : " of a " + std::string(figure_->label) + " \"" + whose_ +
                                          "\"; it is of " + others));
  if (count > 1 && aggregate_.empty())
    throw Error(NOVA_INVALID_ARGUMENT, std::to_string(count) + " series of " + figure_->name +
                                           ": " + names + (count > 8 ? " and more" : "") +
                                           "; give labels or an aggregate");
  if (values.empty()) return std::nan("");
  double sum = 0;
  for (const auto value : values) sum += value;
  if (aggregate_ == "max") return *std::max_element(values.begin(), values.end());
  return aggregate_ == "mean" ? sum / static_cast<double>(values.size()) : sum;
}

}  // namespace nova::node
