// Advice on commitments, term by term, from hourly demand and offers. Made for `cost commitments`;
// pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/cost/commitment.hpp"
#include "core/cost/offer.hpp"
#include "core/cost/spot.hpp"
#include "host/cli/commitment_demand.hpp"

namespace nova::cli {

struct CommitmentWish {
  double lookback_days = 30;  // of known demand, at least
  double yearly_rate = 0.05;
  std::uint32_t owned = 0;  // machines committed already, of the only kind
  bool may_run_on_spot = false;
  double max_risk = 0.2;  // of that spot
};

// One kind of machine in one region: what is asked of it and what it costs.
struct KindDemand {
  std::string name;                       // "m5.large in us-east-1, linux"
  std::vector<double> history, forecast;  // machines an hour; the second may be empty
  TimePoint first;                        // hour of the history
  UsdPerHour on_demand, alternative;      // of an hour that is not committed
  std::string alternative_is;             // "on demand", "spot us-east-1a, interruptions included"
  std::vector<CommitmentTerms> reserved, plans;
  std::vector<PriceQuality> reserved_quality, plan_quality;
};

struct TermRow {
  CommitmentTerms terms;
  PriceQuality quality = PriceQuality::unknown;
  UsdPerHour effective;
  double break_even_use = 0;  // share of its hours from which it pays
  Advice advice;              // buy 0: not worth it
  double payback_months = 0;  // at the use the purchase would have
};

struct KindReport {
  KindDemand kind;
  std::vector<TermRow> rows;  // by worth, best first
  std::string warning;        // demand falls
};

// One savings plan over all kinds at once.
struct PlanRow {
  std::string name;
  PriceQuality quality = PriceQuality::unknown;
  PlanChoice choice;
  UsdPerHour saving;
  Usd worth;
};

struct CommitmentReport {
  std::vector<KindReport> kinds;
  std::vector<PlanRow> plans;  // by worth, best first
};

// The kind a machine type or an on-demand offer id means among `offers`. Errors: not_found;
// invalid_argument where it is to be had in several regions or from several providers.
Result<KindDemand> kind_of(const std::string& name, const std::vector<Offer>& offers,
                           const CommitmentWish& wish);

// Errors: as advise().
Result<CommitmentReport> advise_all(std::vector<KindDemand> kinds, const CommitmentWish& wish);

}  // namespace nova::cli
