// What a bound query means in PromQL.
//
// In: the query text and the binding's settings {"labels": {...}, "within": "mean", "aggregate":
// "sum"}. Out: expressions to be evaluated at the end of a step. A query that is a plain selector,
// `name` or `name{label="x"}`, is folded over the step and narrowed by labels; any other expression
// is evaluated as it stands, so it may not have `within` or `labels`. Pure.
//
// A step (g - s, g] does not contain its start, but a range selector of Prometheus 2 does: windows
// are a millisecond (its resolution) shorter than the step.
#pragma once

#include <cstdint>
#include <map>
#include <novascale/config.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nova::prometheus {

struct Expression {
  std::string selector;                       // "" where the query is an expression of its own
  std::string query;                          // as given
  std::string within;                         // "" = not set
  std::string aggregate;                      // "" = the query must give exactly one series
  std::map<std::string, std::string> labels;  // that narrow the selector
  std::vector<std::string> by;  // of a batch: what tells the rows apart; "" where a series lacks it

  // The value of the step that ends at the instant of evaluation, and beside it, told apart by the
  // label kPart, when its newest sample was taken: one request tells both.
  std::string over(std::int64_t step_ms, std::int64_t rate_window_ms) const;
  // The newest sample itself, as old as the server lets one be (its lookback, 5 min by default).
  std::string newest() const;

 private:
  std::string grouping() const;
  std::string fold(const std::string& what) const;
  std::string with_time(const std::string& value) const;
};

inline constexpr auto kPart = "nova_part";  // "value" or "time"

// One expression for several of the same query, folds and names of labels, whatever their values.
bool are_alike(const Expression& a, const Expression& b);
Expression together(std::span<const Expression* const> alike);

// Throws nova::Error NOVA_INVALID_ARGUMENT with the settings' pointer or what is wrong with the
// query.
Expression make_expression(std::string_view query, const Config& settings);

}  // namespace nova::prometheus
