#include "core/record/decision_json.hpp"

#include <cmath>

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

Json to_json(const MixOption& o) {
  Json rows = Json::array();
  for (const auto& row : o.mix.rows)
    if (row.count > 0) rows.push_back({{"offer", row.offer_id}, {"count", row.count}});
  return {{"stated_for", o.stated_for},
          {"usd_per_hour", o.mix.price.dollars()},
          {"expected_usd_per_hour", o.expected.dollars()},
          {"lost_per_hour", o.lost_per_hour},
          {"worst_pool_share", o.worst_pool_share},
          {"mix", rows}};
}

Json to_json(const Roi& roi) {
  return {{"text", to_string(roi)},
          {"horizon_s", seconds(roi.horizon)},
          {"ratio", number(roi.ratio())},
          {"payback_hours", number(roi.payback_hours())},
          {"avoided_spend_usd", roi.avoided_spend.dollars()},
          {"avoided_penalty_usd", roi.avoided_penalty.dollars()},
          {"added_spend_usd", roi.added_spend.dollars()},
          {"added_penalty_usd", roi.added_penalty.dollars()},
          {"transition_usd", roi.transition.dollars()}};
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

namespace {

using VolumeMode = VolumeDiscount::Mode;

Json to_json(const VolumeAccount& account) {
  Json tiers = Json::array();
  for (const auto& tier : account.discount.tiers()) tiers.push_back({tier.from, tier.discount});
  const bool graduated = account.discount.mode() == VolumeMode::graduated;
  return {
      {"account", account.name}, {"mode", graduated ? "graduated" : "all_units"}, {"tiers", tiers}};
}

VolumeAccountPtr volume_from(const Json& j) {
  std::vector<VolumeTier> tiers;
  for (const auto& tier : j.at("tiers"))
    tiers.push_back({tier.at(0).get<std::uint32_t>(), tier.at(1).get<double>()});
  const auto mode = j.at("mode") == "graduated" ? VolumeMode::graduated : VolumeMode::all_units;
  auto discount = VolumeDiscount::make(mode, std::move(tiers));
  if (!discount) return nullptr;
  return std::make_shared<const VolumeAccount>(
      VolumeAccount{j.at("account").get<std::string>(), std::move(discount).value()});
}

}  // namespace

// What is as usual is left out: a list has a thousand offers.
Json to_json(const std::vector<PricedOffer>& offers) {
  Json list = Json::array();
  for (const auto& o : offers) {
    Json j{{"id", o.id}, {"nanos_per_hour", o.price.nanos}, {"capacity", o.capacity}};
    if (o.spot()) j["spot"] = true;
    const auto text = [&](const char* key, const std::string& value) {
      if (!value.empty()) j[key] = value;
    };
    text("type", o.machine_type);
    text("family", o.family);
    text("region", o.region);
    text("zone", o.zone);
    text("os", o.os);
    if (std::isfinite(o.interruption_month)) j["interruption_month"] = o.interruption_month;
    if (o.available) j["available"] = *o.available;
    if (o.as_of) j["as_of_ns"] = unix_ns(*o.as_of);
    text("override", o.override_source);
    j["charge_ns"] = {o.charge.unit.count(), o.charge.minimum.count()};
    if (o.volume) j["volume"] = to_json(*o.volume);
    list.push_back(std::move(j));
  }
  return list;
}

std::vector<PricedOffer> offers_from(const Json& offers) {
  std::vector<PricedOffer> out;
  for (const auto& j : offers) {
    PricedOffer o;
    o.id = j.at("id").get<std::string>();
    o.price = {j.at("nanos_per_hour").get<std::int64_t>()};
    o.capacity = j.at("capacity").get<double>();
    if (j.value("spot", false)) o.purchase = Purchase::spot;
    o.machine_type = j.value("type", "");
    o.family = j.value("family", "");
    o.region = j.value("region", "");
    o.zone = j.value("zone", "");
    o.os = j.value("os", "");
    o.override_source = j.value("override", "");
    o.interruption_month = number(j.value("interruption_month", Json()));
    if (const auto at = j.find("available"); at != j.end()) o.available = at->get<std::uint32_t>();
    if (const auto at = j.find("as_of_ns"); at != j.end())
      o.as_of = from_unix_ns(at->get<std::int64_t>());
    const auto& charge = j.at("charge_ns");
    o.charge = {Duration{charge.at(0).get<std::int64_t>()},
                Duration{charge.at(1).get<std::int64_t>()}};
    if (const auto at = j.find("volume"); at != j.end()) o.volume = volume_from(*at);
    out.push_back(std::move(o));
  }
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
  if (!d.watched.empty()) j["watched"] = d.watched;
  j["mix"] = to_json(d.mix.rows);
  j["mix_usd_per_hour"] = d.mix.price.dollars();
  if (!d.retiring.empty()) j["retiring"] = to_json(d.retiring);
  if (d.worst_pool_share > 0)
    j["risk"] = {{"lost_per_hour", d.lost_per_hour}, {"worst_pool_share", d.worst_pool_share}};
  if (!d.options.empty()) {
    auto& options = j["options"] = Json::array();
    for (const auto& o : d.options) options.push_back(to_json(o));
  }
  if (!d.refused.empty()) {
    auto& refused = j["refused"] = Json::array();
    for (const auto& pool : d.refused) {
      refused.push_back(
          {{"offer", pool.offer}, {"until", to_iso8601(pool.until)}, {"times", pool.times}});
      // Older journals know of no other reason, and must be said again word for word.
      if (pool.why != RefusedFor::capacity) refused.back()["why"] = to_string(pool.why);
    }
  }
  if (!d.shadows.empty()) {
    auto& shadows = j["shadows"] = Json::array();
    for (const auto& s : d.shadows)
      shadows.push_back({{"policy", s.policy},
                         {"current", s.current},
                         {"desired", s.desired},
                         {"serving", s.serving},
                         {"cause", s.cause},
                         {"reason", s.reason}});
  }
  if (d.roi) j["roi"] = to_json(*d.roi);
  if (!d.fleet_known) j["fleet_known"] = false;
  return j;
}

bool knew_fleet(const Json& decision) {
  return decision.value("fleet_known", decision.value("cause", "") != "fleet_unknown");
}

}  // namespace nova
