// @ID@: a straight line through the first and the last point of the window.
#include <novascale.hpp>

namespace {

struct @CLASS@ {
  static constexpr auto id = "@ID@", name = "@CLASS@", version = "1.0.0";
  static constexpr auto description = "A straight line through the first and the last point";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "damping": { "type": "number", "minimum": 0, "maximum": 1, "default": 1,
                   "description": "Share of the slope that is believed." } } })";
  static constexpr std::uint32_t model_flags = NOVA_MODEL_DETERMINISTIC;

  explicit @CLASS@(const nova::Context& ctx) : damping(ctx.number("damping")) {}

  // y: one series, oldest first, NaN = missing. out[h]: its value h + 1 steps after the last point.
  // nova::per_series does the rest: batches, cancel, quantiles from the errors at past origins.
  void forecast(std::span<const double> y, std::span<double> out) const {
    const auto finite = [](double v) { return std::isfinite(v); };
    const auto first = std::find_if(y.begin(), y.end(), finite);
    const auto last = std::find_if(y.rbegin(), y.rend(), finite);
    const auto steps = std::distance(first, last.base()) - 1;
    if (steps < 1) throw nova::Error(NOVA_FAILED_PRECONDITION, "drift needs two points");
    const double slope = damping * (*last - *first) / static_cast<double>(steps);
    const auto missed = static_cast<double>(std::distance(y.rbegin(), last));  // points since then
    for (std::size_t h = 0; h < out.size(); ++h)
      out[h] = *last + slope * (missed + static_cast<double>(h + 1));
  }

  double damping;
};

}  // namespace

NOVA_PLUGIN("@ID@", "Example", "1.0.0", nova::model_component<nova::per_series<@CLASS@>>)
