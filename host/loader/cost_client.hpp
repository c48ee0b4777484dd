// CostClient: offers and quotes, through one instance of a cost plugin.
//
// Unknown prices are absent, never zero. A row without an id, with a repeated id or with a negative
// price, size or duration is dropped and counted. The operator's prices (core/cost/override.hpp)
// replace listed ones here, where offers enter, and are before no volume tier; quotes are the
// plugin's own. Caller: host/loop, host/cli cost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/cost/offer.hpp"
#include "core/cost/override.hpp"
#include "host/loader/instance.hpp"

namespace nova::loader {

struct OfferList {
  std::vector<Offer> offers;         // Offer::plugin is the instance's name
  std::uint64_t refused = 0;         // rows dropped
  std::vector<std::string> remarks;  // why, and what the plugin noted
};

struct QuoteRow {
  std::string offer_id;
  std::uint64_t machines = 1;
  std::uint64_t account_machines = 0;  // running beside them, for volume tiers
  TimePoint start;
  Duration duration{std::chrono::hours(1)};  // whole seconds
};

struct Quote {
  ItemStatus status;
  std::optional<std::int64_t> total_nanos;  // 1e-9 of the offer's currency
  std::optional<TimePoint> valid_until, as_of;
  PriceQuality quality = PriceQuality::unknown;
};

class CostClient {
 public:
  explicit CostClient(Instance& instance, std::vector<PriceOverride> overrides = {});

  Instance& instance() noexcept { return instance_; }

  // The filter is a hint: the caller filters again (nova::matches).
  Result<OfferList> list_offers(std::string_view filter_json, Duration timeout);
  Result<std::vector<Quote>> quote(const std::vector<QuoteRow>& rows, Duration timeout);

 private:
  Result<VolumeAccountPtr> volume();

  Instance& instance_;
  nova_cost_ops ops_;
  std::vector<PriceOverride> overrides_;
  std::optional<VolumeAccountPtr> volume_;  // what describe said, once it was asked
};

}  // namespace nova::loader
