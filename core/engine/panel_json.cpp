#include "core/engine/panel_json.hpp"

namespace nova {

Json numbers(std::span<const double> values) {
  Json j = Json::array();
  for (const double x : values) j.push_back(number(x));
  return j;
}

std::vector<double> doubles(const Json& values) {
  std::vector<double> out;
  out.reserve(values.size());
  for (const auto& x : values) out.push_back(number(x));
  return out;
}

namespace {

Error misfit(const std::string& what) { return {ErrorCode::data_loss, what}; }

Json trust_json(const std::vector<Trust>& all) {
  Json j = Json::array();
  for (const auto& trust : all) {
    const auto s = trust.state();
    Json pending = Json::array();
    for (const auto& p : s.pending)
      pending.push_back({p.time_ns, number(p.median), number(p.upper), number(p.judge)});
    const double sums[] = {s.error, s.judge_error, s.covered, s.pinball, s.weight, s.magnitude};
    j.push_back({{"pending", pending}, {"sums", numbers(sums)}});
  }
  return j;
}

bool restore_trust(std::vector<Trust>& all, const Json& j) {
  if (j.size() != all.size()) return false;
  for (std::size_t k = 0; k < all.size(); ++k) {
    Trust::State s;
    for (const auto& p : j[k].at("pending"))
      s.pending.push_back({p.at(0), number(p.at(1)), number(p.at(2)), number(p.at(3))});
    const auto sums = doubles(j[k].at("sums"));
    if (sums.size() != 6) return false;
    s.error = sums[0];
    s.judge_error = sums[1];
    s.covered = sums[2];
    s.pinball = sums[3];
    s.weight = sums[4];
    s.magnitude = sums[5];
    all[k].restore(s);
  }
  return true;
}

Json conformal_json(const Conformal& conformal) {
  Json j = Json::array();
  for (const auto& lead : conformal.state()) {
    Json pending = Json::array(), offsets = Json::array();
    for (const auto& p : lead.pending)
      pending.push_back({p.time_ns, number(p.median), number(p.spread)});
    for (const auto& rate : lead.offsets) offsets.push_back(numbers(rate));
    j.push_back({{"pending", pending},
                 {"said", numbers(std::vector<double>(lead.said.begin(), lead.said.end()))},
                 {"offsets", offsets},
                 {"losses", numbers(lead.losses)},
                 {"error", number(lead.error)}});
  }
  return j;
}

bool restore_conformal(Conformal& conformal, const Json& j) {
  auto state = conformal.state();
  if (j.size() != state.size()) return false;
  for (std::size_t k = 0; k < state.size(); ++k) {
    auto& lead = state[k];
    const auto levels = lead.offsets[0].size();
    if (j[k].at("offsets").size() != lead.offsets.size()) return false;
    for (const auto& p : j[k].at("pending"))
      lead.pending.push_back({p.at(0), number(p.at(1)), number(p.at(2))});
    for (const auto& x : j[k].at("said")) lead.said.push_back(static_cast<float>(number(x)));
    if (lead.said.size() != lead.pending.size() * levels * lead.offsets.size()) return false;
    for (std::size_t r = 0; r < lead.offsets.size(); ++r) {
      lead.offsets[r] = doubles(j[k].at("offsets")[r]);
      if (lead.offsets[r].size() != levels) return false;
      lead.losses[r] = number(j[k].at("losses").at(r));
    }
    lead.error = number(j[k].at("error"));
  }
  conformal.restore(std::move(state));
  return true;
}

Json forecast_json(const std::optional<Forecast>& forecast) {
  if (!forecast) return nullptr;
  const auto& p = forecast->parts();
  return {{"origin_ns", unix_ns(p.origin)},
          {"mean", numbers(p.mean)},
          {"quantiles", numbers(p.quantiles)}};
}

Result<std::optional<Forecast>> forecast_from(const Json& j, const PanelShape& shape,
                                              Duration step) {
  if (j.is_null()) return std::optional<Forecast>();
  auto made =
      Forecast::make({from_unix_ns(j.at("origin_ns").get<std::int64_t>()), step, shape.leads,
                      shape.levels, doubles(j.at("mean")), doubles(j.at("quantiles"))});
  if (!made) return made.error();
  return std::optional<Forecast>(std::move(made).value());
}

Json cusum_json(const Cusum& cusum) {
  const auto& s = cusum.state();
  return {number(s.scale), number(s.up), number(s.down), number(s.growth), s.seen, s.quiet};
}

void restore_cusum(Cusum& cusum, const Json& j) {
  cusum.restore({number(j.at(0)), number(j.at(1)), number(j.at(2)), number(j.at(3)),
                 j.at(4).get<std::size_t>(), j.at(5).get<std::size_t>()});
}

}  // namespace

Json to_json(const Panel& panel) {
  const auto& s = panel.state();
  Json seats = Json::array(), blends = Json::array();
  for (const auto& seat : s.seats)
    seats.push_back({{"name", seat.name},
                     {"conformal", conformal_json(seat.conformal)},
                     {"trust", trust_json(seat.trust)},
                     {"problem", seat.problem},
                     {"drift", cusum_json(seat.drift)},
                     {"refit", seat.refit},
                     {"alarm", {seat.alarm, unix_ns(seat.alarm_time)}}});
  for (std::size_t g = 0; g < s.blends.size(); ++g)
    blends.push_back({{"best", s.blends[g].best ? Json(*s.blends[g].best) : Json(nullptr)},
                      {"weights", numbers(s.blends[g].weights)},
                      {"blended", bool(s.blended[g])}});
  return {{"seats", seats},
          {"blends", blends},
          {"conformal", conformal_json(s.said_conformal)},
          {"trust", trust_json(s.blend_trust)},
          {"said", forecast_json(s.said)},
          {"shift", numbers(s.shift.state())}};
}

Result<void> restore(Panel& panel, Duration step, const Json& j) {
  auto s = panel.state();
  const auto& seats = j.at("seats");
  if (seats.size() != s.seats.size()) return misfit("its models are others now");
  for (std::size_t i = 0; i < seats.size(); ++i) {
    auto& seat = s.seats[i];
    if (seats[i].at("name") != seat.name) return misfit("its models are others now");
    if (!restore_conformal(seat.conformal, seats[i].at("conformal")) ||
        !restore_trust(seat.trust, seats[i].at("trust")))
      return misfit("its leads or levels are others now");
    seat.problem = seats[i].at("problem");
    restore_cusum(seat.drift, seats[i].at("drift"));
    seat.refit = seats[i].at("refit");
    seat.alarm = seats[i].at("alarm").at(0);
    seat.alarm_time = from_unix_ns(seats[i].at("alarm").at(1).get<std::int64_t>());
  }
  const auto& blends = j.at("blends");
  if (blends.size() != s.blends.size() || !restore_conformal(s.said_conformal, j.at("conformal")) ||
      !restore_trust(s.blend_trust, j.at("trust")))
    return misfit("its leads or levels are others now");
  for (std::size_t g = 0; g < blends.size(); ++g) {
    auto& blend = s.blends[g];
    blend.weights = doubles(blends[g].at("weights"));
    if (!blends[g].at("best").is_null()) blend.best = blends[g].at("best").get<std::size_t>();
    if (blend.best && (*blend.best >= s.seats.size() || blend.weights.size() != s.seats.size()))
      return misfit("its blend is of other models");
    s.blended[g] = blends[g].at("blended").get<bool>();
  }
  auto said = forecast_from(j.at("said"), panel.shape(), step);
  if (!said) return misfit(said.error().message);
  s.said = std::move(said).value();
  if (s.said && !s.blends[panel.shape().acting].best) return misfit("nobody made its forecast");
  s.shift.restore(doubles(j.at("shift")));
  panel.restore(std::move(s));
  return {};
}

Json to_json(const SeasonWatch& seasons) {
  const auto& s = seasons.state();
  Json found = Json::array();
  for (const auto& season : s.found) found.push_back({season.length, season.strength});
  return {{"looked", s.looked}, {"found", found}, {"judge", s.judge}};
}

void restore(SeasonWatch& seasons, const Json& j) {
  SeasonWatch::State s{j.at("looked"), {}, j.at("judge")};
  for (const auto& season : j.at("found")) s.found.push_back({season.at(0), season.at(1)});
  seasons.restore(std::move(s));
}

Json to_json(const SignalWindow& window) {
  const auto s = window.state();
  return {{"end_ns", s.end_ns},
          {"coarse_end_ns", s.coarse_end_ns},
          {"bucket", {s.bucket_sum, s.bucket_known, s.bucket_steps}},
          {"last_known", number(s.last_known)},
          {"steps_missing", s.steps_missing},
          {"recent", numbers(s.recent)},
          {"coarse", numbers(s.coarse)}};
}

void restore(SignalWindow& window, const Json& j) {
  SignalWindow::State s;
  s.end_ns = j.at("end_ns");
  s.coarse_end_ns = j.at("coarse_end_ns");
  s.bucket_sum = j.at("bucket").at(0);
  s.bucket_known = j.at("bucket").at(1);
  s.bucket_steps = j.at("bucket").at(2);
  s.last_known = number(j.at("last_known"));
  s.steps_missing = j.at("steps_missing");
  s.recent = doubles(j.at("recent"));
  s.coarse = doubles(j.at("coarse"));
  window.restore(s);
}

}  // namespace nova
