// A mix: how many machines of each offer together give the capacity that is asked for.
//
// In: machines needed (reference machines), the menu, what is held now. Out: the counts to ask for
// and what they cost an hour. plan_mix is the rule where there is nothing to weigh: what runs is
// kept; what is added is the one on-demand offer of which all that is needed costs least; what is
// removed is the dearest. Where there is, shop.hpp finds the mix.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/result.hpp"
#include "core/cost/menu.hpp"

namespace nova {

struct MixRow {
  std::string offer_id;
  std::uint32_t count = 0;

  bool operator==(const MixRow&) const = default;
};

struct Mix {
  std::vector<MixRow> rows;  // by offer id; a row with count 0 means "give up what you hold"
  double capacity = 0;       // in reference machines
  UsdPerHour price;

  bool operator==(const Mix& other) const { return rows == other.rows; }
};

// The mix for `machines` reference machines, from what is held now. Offers held but no longer
// listed keep their machines until they are released; they count with capacity 1 and price 0 and go
// first. An offer that was `refused` is bought only where there is no other: asking again is all
// that is left. Errors: failed_precondition if machines must be added and no offer is usable.
Result<Mix> plan_mix(std::uint32_t machines, std::span<const MixRow> held, const Menu& menu,
                     const std::function<bool(const PricedOffer&)>& refused = {});

// What `rows` give and cost, by the same rules; `others`: machines that count beside them in the
// menu's volume account.
Mix price_mix(std::span<const MixRow> rows, const Menu& menu, std::uint32_t others = 0);

// Machines of `rows` that count in the menu's volume account.
std::uint32_t tiered_machines(std::span<const MixRow> rows, const Menu& menu);

// Whether some machine that is not needed costs less than doing without it: it holds a volume tier.
bool holds_tier(const Mix& mix, double need, const Menu& menu, std::uint32_t others);

}  // namespace nova
