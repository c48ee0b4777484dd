#include "host/cli/spending.hpp"

#include <algorithm>
#include <numeric>

#include "core/engine/replay.hpp"
#include "core/engine/tick_json.hpp"
#include "core/record/decision_json.hpp"
#include "host/loop/journal.hpp"

namespace nova::cli {

Spending::Spending(const Config& config)
    : as_it_was_(false), ledger_(budgets_of(config), config.commitments) {}

Spending::Spending() : as_it_was_(true), ledger_({}, {}) {}

// The groups on record from here on, and what a machine of one without offers costs.
Result<void> Spending::start(const Entry& entry) {
  finish();
  const auto& text = entry.body.at("config");
  auto loaded = load_config_text(text.dump(), "journal");
  if (!loaded.ok()) return Error{ErrorCode::data_loss, loaded.errors.front().text()};
  if (const auto now = text.value("commitments", Json()); as_it_was_ && now != commitments_) {
    banked_ = spent_;
    ledger_ = Ledger({}, loaded.config.commitments);
    commitments_ = now;
  }
  groups_ = std::move(loaded.config.groups);
  payers_.clear();
  for (const auto& group : groups_) {
    payers_.push_back({group.tenant, group.id});
    if (group.cost.empty()) menus_[payers_.back()] = Menu(default_offers(group));
  }
  order_.resize(groups_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::sort(order_.begin(), order_.end(), [&](auto a, auto b) { return payers_[a] < payers_[b]; });
  return {};
}

Result<void> Spending::input(const Entry& entry) {
  finish();
  const auto input = tick_input_from(entry.time, entry.body);
  if (!input.ok()) return input.error();
  if (groups_.empty()) return {};  // the journal's beginning has expired
  if (input->groups.size() != groups_.size())
    return Error{ErrorCode::data_loss,
                 "journal entry " + std::to_string(entry.seq) + " has other groups than its start"};
  fresh_.assign(groups_.size(), false);
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const auto& fleet = input->groups[g].fleet;
    fresh_[g] = fleet.known && !fleet.operation_unknown;
    if (fresh_[g]) held_[payers_[g]] = fleet.held();
  }
  pending_ = last_ = entry.time;
  return {};
}

Result<void> Spending::take(const Entry& entry) {
  if (entry.type == EntryType::start) return start(entry);
  if (entry.type == EntryType::input) return input(entry);
  if (entry.type == EntryType::offers)
    menus_[{entry.tenant, entry.group}] = Menu(offers_from(entry.body.at("offers")));
  return {};
}

// The last tick, whose prices are all known now.
void Spending::finish() {
  if (pending_) look();
  pending_.reset();
}

void Spending::look() {
  std::vector<Look> looks;
  for (const auto g : order_)
    if (const auto held = held_.find(payers_[g]); held != held_.end())
      looks.push_back({&payers_[g], held->second, &menus_[payers_[g]], fresh_[g]});
  ledger_.look(*pending_, looks);
  for (const auto g : order_) spent_[payers_[g]] = banked_[payers_[g]] + ledger_.spent(payers_[g]);
}

Result<void> Spending::read(const std::filesystem::path& journal) {
  Result<void> taken;
  const auto done = read_journal(journal, 1, [&](const Entry& entry) {
    try {
      taken = take(entry);
    } catch (const Json::exception& e) {
      taken = Error{ErrorCode::data_loss,
                    "journal entry " + std::to_string(entry.seq) + " is not whole: " + e.what()};
    }
    return taken.ok();
  });
  if (!done.ok()) return done.error();
  if (!taken.ok()) return taken;
  finish();
  if (last_ == TimePoint{})
    return Error{ErrorCode::not_found, "nothing on record in " + journal.string()};
  return {};
}

}  // namespace nova::cli
