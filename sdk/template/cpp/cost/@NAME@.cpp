// @ID@: a price list from the config.
#include <novascale.hpp>

#include <map>

namespace {

struct @CLASS@ {
  static constexpr auto id = "@ID@", name = "@CLASS@", version = "1.0.0";
  static constexpr auto description = "One price list, on demand";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "provider": { "type": "string", "default": "example" },
      "region":   { "type": "string", "default": "here" },
      "prices": { "type": "array", "default": [
          { "machine_type": "small", "vcpus": 2, "memory_gib": 8, "usd_per_hour": 0.1 },
          { "machine_type": "large", "vcpus": 8, "memory_gib": 32, "usd_per_hour": 0.4 } ],
        "items": { "type": "object", "additionalProperties": false,
          "required": ["machine_type", "vcpus", "memory_gib", "usd_per_hour"],
          "properties": {
            "machine_type": { "type": "string", "minLength": 1 },
            "vcpus": { "type": "number", "minimum": 0 },
            "memory_gib": { "type": "number", "minimum": 0 },
            "usd_per_hour": { "type": "number", "minimum": 0 } } } } } })";
  static constexpr std::uint32_t flags = NOVA_COMPONENT_CONCURRENT | NOVA_COMPONENT_VIRTUAL_TIME;

  explicit @CLASS@(const nova::Context& ctx) {
    for (const auto& row : ctx.config().objects("prices")) {
      nova::Offer offer;
      offer.provider = ctx.text("provider");
      offer.region = ctx.text("region");
      offer.machine_type = row.text("machine_type");
      offer.os = "linux";
      offer.arch = "x86_64";
      offer.source = "config";
      offer.vcpus = row.number("vcpus");
      offer.memory_bytes = row.number("memory_gib") * 1073741824;
      offer.purchase = NOVA_ON_DEMAND;
      offer.quality = NOVA_PRICE_LIST;
      offer.nanos_per_hour = nova::to_nanos(row.number("usd_per_hour"));
      offer.charge_unit_s = 1;
      offer.offer_id = nova::make_offer_id(offer);
      offers.insert_or_assign(offer.offer_id, offer);
    }
  }

  // The filter is a hint: the host filters again.
  void list_offers(nova::Call, const nova::Config&, nova::Offers& out) const {
    for (const auto& [key, offer] : offers) out.add(offer);
  }

  void quote(nova::Call, nova::Quote& io) const {
    for (std::size_t i = 0; i < io.count(); ++i) {
      const auto offer = offers.find(std::string(io.offer_id(i)));
      if (offer == offers.end()) {
        io.fail(i, NOVA_NOT_FOUND, "no such offer");
        continue;
      }
      const double hours = static_cast<double>(io.duration_s(i)) / 3600;
      const double machines = static_cast<double>(io.machines(i));
      io.answer(i, nova::to_nanos(static_cast<double>(offer->second.nanos_per_hour) * 1e-9 * hours * machines),
                NOVA_PRICE_LIST);
    }
  }

  std::map<std::string, nova::Offer> offers;
};

}  // namespace

NOVA_PLUGIN("@ID@", "Example", "1.0.0", nova::cost_component<@CLASS@>)
