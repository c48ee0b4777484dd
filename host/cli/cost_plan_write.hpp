// A plan as text for people, as one JSON document, or as CSV rows offer,count,... that --current
// reads back; COST.md beside this describes them.
#pragma once

#include <iosfwd>
#include <string>

#include "core/base/time.hpp"
#include "host/cli/cost_plan.hpp"

namespace nova::cli {

// `format`: "text", "json" or "csv". `now` tells the age of prices.
void write_plan(std::ostream& out, const PlanReport& report, const std::vector<Offer>& offers,
                const std::string& format, TimePoint now);

}  // namespace nova::cli
