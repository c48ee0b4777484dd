#include "core/record/decision_json.hpp"

namespace nova {
namespace {

Json to_json(const Proposal& p) {
  Json j{{"policy", p.policy}, {"active", p.active}};
  if (p.active) j["machines"] = p.machines;
  if (p.active) j["confidence"] = number(p.confidence);
  j["reason"] = p.reason;
  return j;
}

Json to_json(const Alternative& a) {
  return {{"machines", a.machines},
          {"usd_per_hour", a.price.dollars()},
          {"overload_probability", number(a.overload_probability)},
          {"expected_short", number(a.expected_short)},
          {"score_usd_per_hour", number(a.score_usd_per_hour)}};
}

}  // namespace

Json to_json(const std::vector<MixRow>& rows) {
  Json j = Json::array();
  for (const auto& row : rows) j.push_back({{"offer", row.offer_id}, {"count", row.count}});
  return j;
}

std::vector<MixRow> mix_rows_from(const Json& rows) {
  std::vector<MixRow> out;
  for (const auto& row : rows)
    out.push_back({row.at("offer").get<std::string>(), row.at("count").get<std::uint32_t>()});
  return out;
}

Json to_json(const std::vector<PricedOffer>& offers) {
  Json j = Json::array();
  for (const auto& o : offers)
    j.push_back({{"id", o.id}, {"nanos_per_hour", o.price.nanos}, {"capacity", o.capacity}});
  return j;
}

std::vector<PricedOffer> offers_from(const Json& offers) {
  std::vector<PricedOffer> out;
  for (const auto& o : offers)
    out.push_back({o.at("id").get<std::string>(),
                   {o.at("nanos_per_hour").get<std::int64_t>()},
                   o.at("capacity").get<double>()});
  return out;
}

Json to_json(const Decision& d) {
  Json j{{"action", to_string(d.action)},
         {"current", d.current},
         {"desired", d.desired},
         {"serving", d.serving},
         {"cause", d.cause},
         {"reason", d.reason},
         {"confidence", number(d.confidence)},
         {"dry_run", d.dry_run}};
  auto& limits = j["limits"] = Json::array();
  for (const auto& limit : d.limits)
    limits.push_back({{"name", limit.name}, {"wanted", limit.wanted}, {"allowed", limit.allowed}});
  auto& proposals = j["proposals"] = Json::array();
  for (const auto& p : d.proposals) proposals.push_back(to_json(p));
  auto& alternatives = j["alternatives"] = Json::array();
  for (const auto& a : d.alternatives) alternatives.push_back(to_json(a));
  if (!d.forecasts.empty()) j["forecasts"] = d.forecasts;
  j["mix"] = to_json(d.mix.rows);
  j["mix_usd_per_hour"] = d.mix.price.dollars();
  return j;
}

}  // namespace nova
