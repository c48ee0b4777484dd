// What a bound query means, and which of NovaCron's numbers may be believed.
//
// In: "PREFIX#FIELD", such as "web-#cpu_usage", and the binding's settings {"aggregate": "mean"}.
// An api-server answers zeros for machines that do not exist, and nothing ever writes its rows; a
// core-server writes the time of a row and no number. So a row without a time, one that is too old
// and one of zeros only is no measurement. Pure.
#pragma once

#include <novascale/config.hpp>
#include <string>
#include <string_view>

#include "plugins/novacron/machines.hpp"

namespace nova::novacron {

struct Query {
  std::string prefix;     // of the machines' names
  std::string field;      // of their metrics; or "machines", "running": how many
  std::string aggregate;  // sum, mean or max; "" for a count
  bool counts() const { return aggregate.empty(); }
};

// Throws nova::Error NOVA_INVALID_ARGUMENT with the settings' pointer or what is wrong with the
// query.
Query make_query(std::string_view query, const Config& settings);

// How many of these machines a counting query means.
double count_of(const std::vector<Vm>& all, const Query& query);

struct Sample {
  double value;
  std::int64_t time_ns;
};

// A row's number. Throws nova::Error NOVA_FAILED_PRECONDITION with the reason why it is none.
Sample sample_in(const Json& row, const std::string& field, std::int64_t now_ns,
                 std::int64_t max_age_ns);

// The fold of at least one sample, as old as the oldest of them.
Sample folded(const std::vector<Sample>& samples, const std::string& aggregate);

}  // namespace nova::novacron
