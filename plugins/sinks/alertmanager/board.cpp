#include "board.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "plugins/sinks/push/text.hpp"

namespace nova::alertmanager {
namespace {

std::string text_at(const nlohmann::json& body, const char* key) {
  const auto at = body.find(key);
  return at != body.end() && at->is_string() ? at->get<std::string>() : std::string();
}

}  // namespace

std::optional<Change> change_in(std::string_view tenant, std::string_view subject,
                                std::int64_t time_ns, std::string_view json, const Labels& more) {
  const auto body = nlohmann::json::parse(json, nullptr, false);
  if (!body.is_object()) return std::nullopt;
  const auto firing = body.find("firing");
  const auto name = text_at(body, "alert");
  if (name.empty() || firing == body.end() || !firing->is_boolean()) return std::nullopt;
  Change change;
  auto& labels = change.identity;
  labels = more;
  labels["alertname"] = name;
  labels["tenant"] = tenant;
  labels["group"] = subject;
  labels["about"] = text_at(body, "about");
  std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
  change.alert.labels = labels;
  if (const auto severity = text_at(body, "severity"); !severity.empty())
    change.alert.labels["severity"] = severity;
  change.alert.annotations["summary"] = text_at(body, "text");
  const auto since = body.find("since_unix_ns");
  change.alert.starts_ns = since != body.end() && since->is_number_integer()
                               ? std::min(since->get<std::int64_t>(), time_ns)
                               : time_ns;
  if (!firing->get<bool>()) change.alert.ends_ns = time_ns;
  return change;
}

std::string body_of(const std::vector<Alert>& alerts, std::int64_t expires_ns) {
  auto all = nlohmann::json::array();
  for (const auto& alert : alerts)
    all.push_back({{"labels", alert.labels},
                   {"annotations", alert.annotations},
                   {"startsAt", push::to_rfc3339(alert.starts_ns)},
                   {"endsAt", push::to_rfc3339(alert.ends_ns.value_or(expires_ns))}});
  return all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Board::take(const Change& change) {
  const std::lock_guard lock(mutex_);
  ++version_;
  const auto& alert = change.alert;
  const auto standing = standing_.find(change.identity);
  if (standing != standing_.end() && standing->second != alert.labels) {
    auto& old = entries_[standing->second];
    old.alert.ends_ns = alert.ends_ns.value_or(alert.starts_ns);
    old.version = version_;
  }
  auto& entry = entries_[alert.labels];
  entry.alert = alert;
  entry.version = version_;
  if (alert.ends_ns)
    standing_.erase(change.identity);
  else
    standing_[change.identity] = alert.labels;
}

Board::Post Board::for_receiver(std::size_t receiver) const {
  const std::lock_guard lock(mutex_);
  Post post{{}, version_};
  for (const auto& [labels, entry] : entries_)
    if (!entry.alert.ends_ns || entry.version > told_[receiver]) post.alerts.push_back(entry.alert);
  return post;
}

void Board::told(std::size_t receiver, const Post& post) {
  const std::lock_guard lock(mutex_);
  told_[receiver] = post.version;
  const auto least = *std::min_element(told_.begin(), told_.end());
  std::erase_if(entries_, [&](const auto& one) {
    return one.second.alert.ends_ns && one.second.version <= least;
  });
}

bool Board::is_current(std::size_t receiver) const {
  const std::lock_guard lock(mutex_);
  return told_[receiver] == version_;
}

}  // namespace nova::alertmanager
