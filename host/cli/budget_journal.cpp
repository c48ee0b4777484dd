#include "host/cli/budget_journal.hpp"

#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <map>
#include <numeric>
#include <optional>

#include "core/cost/coverage.hpp"
#include "core/engine/tick_json.hpp"
#include "core/record/decision_json.hpp"
#include "host/loop/journal.hpp"

namespace nova::cli {
namespace {

// The machine an offer id names, for commitments.
CoverRequest request_of(const std::string& group, const std::string& offer, UsdPerHour price,
                        std::uint32_t machines) {
  std::vector<std::string> parts;  // provider/region/zone/type/os/purchase
  boost::split(parts, offer, boost::is_any_of("/"));
  parts.resize(std::max<std::size_t>(parts.size(), 6));
  const auto& type = parts[3];
  return {group,   type.substr(0, type.find('.')), type, parts[1], parts[2], parts[4], price,
          machines};
}

class Spending {
 public:
  Spending(BudgetBook book, const std::vector<OwnedCommitment>& owned)
      : book_(std::move(book)), owned_(owned), pool_(covers(owned)) {}

  Result<void> take(const Entry& entry) {
    if (entry.type == EntryType::start) return start(entry);
    if (entry.type == EntryType::offers) {
      auto& prices = prices_[entry.tenant + "/" + entry.group];
      prices.clear();
      for (const auto& offer : offers_from(entry.body.at("offers"))) prices[offer.id] = offer.price;
    }
    if (entry.type == EntryType::input) return input(entry);
    return {};
  }

  const BudgetBook& book() const { return book_; }
  std::optional<TimePoint> last() const { return last_; }

 private:
  static std::vector<Commitment> covers(const std::vector<OwnedCommitment>& owned) {
    std::vector<Commitment> all;
    for (const auto& one : owned) all.push_back(one.cover);
    return all;
  }

  // The groups on record from here on, and what a machine of one without offers costs.
  Result<void> start(const Entry& entry) {
    auto loaded = load_config_text(entry.body.at("config").dump(), "journal");
    if (!loaded.ok()) return Error{ErrorCode::data_loss, loaded.errors.front().text()};
    groups_ = std::move(loaded.config.groups);
    order_.resize(groups_.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::sort(order_.begin(), order_.end(), [&](auto a, auto b) {
      return std::pair(groups_[a].tenant, groups_[a].id) <
             std::pair(groups_[b].tenant, groups_[b].id);
    });
    for (const auto& group : groups_)
      if (group.cost.empty()) prices_[group.name()] = {{"", group.price}};
    return {};
  }

  Result<void> input(const Entry& entry) {
    const auto input = tick_input_from(entry.time, entry.body);
    if (!input.ok()) return input.error();
    if (groups_.empty()) return {};  // the journal's beginning has expired
    if (input->groups.size() != groups_.size())
      return Error{ErrorCode::data_loss, "journal entry " + std::to_string(entry.seq) +
                                             " has other groups than its start"};
    last_ = entry.time;
    charge_commitments(entry.time);
    for (const auto g : order_) {
      const auto& fleet = input->groups[g].fleet;
      if (fleet.known) charge(groups_[g].tenant, groups_[g].id, rate_of(g, fleet, entry.time));
    }
    return {};
  }

  UsdPerHour rate_of(std::size_t g, const FleetView& fleet, TimePoint now) {
    const auto name = groups_[g].name();
    const auto& prices = prices_[name];
    pool_.release(name);
    UsdPerHour sum;
    for (const auto& row : fleet.held()) {
      const auto price = prices.find(row.offer_id);
      if (price == prices.end()) continue;  // not known what it costs
      std::uint32_t covered = 0;
      if (!owned_.empty() && !row.offer_id.ends_with("/spot"))
        for (const auto& lease :
             pool_.lease(request_of(name, row.offer_id, price->second, row.count), now))
          covered += lease.machines;
      sum = sum + price->second * (row.count - covered);
    }
    return sum;
  }

  void charge_commitments(TimePoint now) {
    std::map<std::string, UsdPerHour> rates;  // by tenant
    for (const auto& owned : owned_) {
      auto& rate = rates[owned.tenant];
      if (now >= owned.cover.start && now < owned.cover.end) rate = rate + owned.price;
    }
    for (const auto& [tenant, rate] : rates) charge(tenant, "", rate);
  }

  void charge(const std::string& tenant, const std::string& group, UsdPerHour rate) {
    const auto [since, first] = until_.try_emplace({tenant, group}, *last_);
    if (!first && since->second < *last_) {
      const auto cost = cost_of(rate, *last_ - since->second);
      book_.charge(tenant, group, since->second, *last_, {cost, cost});
    }
    since->second = *last_;
    book_.set_rate(tenant, group, rate, *last_);
  }

  BudgetBook book_;
  const std::vector<OwnedCommitment>& owned_;
  CoveragePool pool_;
  std::vector<GroupSpec> groups_;
  std::vector<std::size_t> order_;                                   // (tenant, group)
  std::map<std::string, std::map<std::string, UsdPerHour>> prices_;  // by group, by offer
  std::map<std::pair<std::string, std::string>, TimePoint> until_;   // charged up to here
  std::optional<TimePoint> last_;
};

}  // namespace

Result<BudgetState> budgets_of_journal(const std::filesystem::path& journal, const Config& config) {
  const auto specs = budgets_of(config);
  auto book = BudgetBook::make(specs);
  if (!book.ok()) return book.error();
  Spending spending(std::move(book).value(), config.commitments);
  Result<void> taken;
  const auto read = read_journal(journal, 1, [&](const Entry& entry) {
    try {
      taken = spending.take(entry);
    } catch (const Json::exception& e) {
      taken = Error{ErrorCode::data_loss,
                    "journal entry " + std::to_string(entry.seq) + " is not whole: " + e.what()};
    }
    return taken.ok();
  });
  if (!read.ok()) return read.error();
  if (!taken.ok()) return taken.error();
  if (!spending.last())
    return Error{ErrorCode::not_found, "nothing on record in " + journal.string()};
  BudgetState state{{}, *spending.last()};
  const auto status = spending.book().status(state.at);
  for (std::size_t b = 0; b < specs.size(); ++b) state.lines.push_back({specs[b], status[b]});
  return state;
}

}  // namespace nova::cli
