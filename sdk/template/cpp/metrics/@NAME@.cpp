// @ID@: one series, a sine over the host's clock.
#include <novascale.hpp>

#include <map>

namespace {

struct @CLASS@ {
  static constexpr auto id = "@ID@", name = "@CLASS@", version = "1.0.0";
  static constexpr auto description = "A sine wave named \"sine\"";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "base":      { "type": "number", "default": 100 },
      "amplitude": { "type": "number", "default": 50 },
      "period":    { "type": "string", "default": "24h", "description": "Duration of one wave." } } })";
  // Its world follows the host's clock, so it may take part in a replay.
  static constexpr std::uint32_t flags = NOVA_COMPONENT_CONCURRENT | NOVA_COMPONENT_VIRTUAL_TIME;

  explicit @CLASS@(nova::Context context)
      : ctx(context),
        base(ctx.number("base")),
        amplitude(ctx.number("amplitude")),
        period_ns(static_cast<double>(ctx.duration("period").count())) {
    if (!(period_ns > 0)) throw nova::Error(NOVA_INVALID_ARGUMENT, "/period: must be > 0s");
  }

  void bind(nova::Call, nova::Binding& io) {
    io.each([&](std::size_t i) {
      if (io.name(i) != "sine")
        throw nova::Error(NOVA_NOT_FOUND, "no series \"" + std::string(io.name(i)) + "\", only \"sine\"");
      bound.insert_or_assign(io.key(i), true);
    });
  }
  void forget(nova::Call, nova::Keys keys) {
    for (const auto key : keys) bound.erase(key);
  }

  void latest(nova::Call, nova::Latest& io) const {
    const std::int64_t now = ctx.now_ns();
    for (std::size_t i = 0; i < io.count(); ++i) {
      if (bound.count(io.key(i)) != 0)
        io.answer(i, value(now), now);
      else
        io.fail(i, NOVA_NOT_FOUND, "not bound");
    }
  }

  void query_range(nova::Call call, nova::Range& io) const {
    const std::int64_t now = ctx.now_ns();
    for (std::size_t s = 0; s < io.count(); ++s) {
      call.check();
      if (bound.count(io.key(s)) == 0) {
        io.fail(s, NOVA_NOT_FOUND, "not bound");
        continue;
      }
      for (std::size_t t = 0; t < io.points(); ++t) {
        const std::int64_t time = io.time_ns(t);
        if (time > now) break;    // nothing is known of the future: the caller's NaN stays
        if (time < 0) continue;   // nor of the time before the wave began, in 1970
        io.at(s, t) = value(time);
        io.newest_ns(s, time);
      }
      io.ok(s);
    }
  }

  void list_series(nova::Call, const nova::Config&, nova::SeriesList& out) const {
    nova::SeriesInfo info;
    info.query = "sine";
    info.labels_json = "{}";
    info.unit = "1/s";
    info.description = "A sine wave";
    out.add(info);
  }

  double value(std::int64_t time_ns) const {
    return base + amplitude * std::sin(6.283185307179586 * std::fmod(static_cast<double>(time_ns), period_ns) / period_ns);
  }

  nova::Context ctx;
  double base, amplitude, period_ns;
  std::map<std::uint64_t, bool> bound;
};

}  // namespace

NOVA_PLUGIN("@ID@", "Example", "1.0.0", nova::metrics_component<@CLASS@>)
