#include "host/loader/cost_client.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "host/loader/columns.hpp"

namespace nova::loader {
namespace {

constexpr Duration kTiersTimeout = std::chrono::seconds(5);
constexpr double kBytesPerGib = 1024.0 * 1024 * 1024;

// 0 when not known; negative or infinite when the plugin lies.
double size_cell(const double* column, std::uint64_t row) {
  return column && !std::isnan(column[row]) ? column[row] : 0;
}

struct Gathering {
  std::string plugin, filter;
  std::unordered_set<std::string> seen;
  OfferList list;
  std::uint64_t rows = 0;

  void refuse(const std::string& why) {
    ++list.refused;
    if (list.remarks.size() < kNoteCap) list.remarks.push_back(why);
  }

  void take(const nova_offer_batch& b, std::uint64_t i) {
    Offer offer;
    offer.id = text_cell(b.offer_id, i);
    offer.plugin = plugin;
    if (offer.id.empty()) return refuse("an offer without an id");
    offer.provider = text_cell(b.provider, i);
    offer.region = text_cell(b.region, i);
    offer.zone = text_cell(b.zone, i);
    offer.machine_type = text_cell(b.machine_type, i);
    offer.arch = text_cell(b.arch, i);
    offer.os = text_cell(b.os, i);
    offer.currency = text_cell(b.currency, i);
    offer.source = text_cell(b.source, i);
    offer.vcpus = size_cell(b.vcpus, i);
    offer.memory_gib = size_cell(b.memory_bytes, i) / kBytesPerGib;
    const auto purchase = cell(b.purchase, i), quality = cell(b.quality, i);
    if (purchase >= 0 && purchase <= 4) offer.purchase = static_cast<Purchase>(purchase);
    if (quality >= 0 && quality <= 3) offer.quality = static_cast<PriceQuality>(quality);
    offer.family = text_cell(b.family, i);
    offer.upfront_nanos = known(b.upfront_nanos, i);
    if (b.family_units && std::isfinite(b.family_units[i])) offer.family_units = b.family_units[i];
    if (b.carbon_g_per_kwh && b.carbon_g_per_kwh[i] >= 0 && b.carbon_g_per_kwh[i] < 1e6)
      offer.carbon_g_per_kwh = b.carbon_g_per_kwh[i];
    if (b.interruption_month && !std::isnan(b.interruption_month[i]))
      offer.interruption_month = b.interruption_month[i];
    const auto term = known(b.term_s, i);
    constexpr std::int64_t kLongestTerm = 100LL * 366 * 24 * 3600;
    if (term && *term > 0 && *term <= kLongestTerm) offer.term = std::chrono::seconds(*term);
    const auto price = known(b.nanos_per_hour, i);
    offer.nanos_per_hour = price;
    if (price && offer.currency == "USD") offer.price = UsdPerHour{*price};
    offer.as_of = known_time(b.as_of_ns, i);
    offer.available = known(b.available, i);
    // A year bounds any charge unit; the limit keeps the conversion to nanoseconds from
    // overflowing.
    constexpr std::int64_t kYear = 366 * 24 * 3600;
    const auto unit = known(b.charge_unit_s, i), minimum = known(b.charge_minimum_s, i);
    if ((price && *price < 0) || (offer.upfront_nanos && *offer.upfront_nanos < 0) ||
        (term && (*term < 0 || *term > kLongestTerm)) ||
        (offer.interruption_month &&
         !(*offer.interruption_month >= 0 && *offer.interruption_month <= 1)) ||
        (offer.available && *offer.available < 0) || (unit && (*unit <= 0 || *unit > kYear)) ||
        (minimum && (*minimum < 0 || *minimum > kYear)) || !(offer.vcpus >= 0) ||
        !(offer.memory_gib >= 0) || std::isinf(offer.vcpus) || std::isinf(offer.memory_gib))
      return refuse(offer.id + ": a negative or endless price, size, count or duration");
    if (unit) offer.charge_unit = std::chrono::seconds(*unit);
    if (minimum) offer.charge_minimum = std::chrono::seconds(*minimum);
    if (!seen.insert(offer.id).second) return refuse(offer.id + ": listed twice");
    list.offers.push_back(std::move(offer));
  }
};

}  // namespace

CostClient::CostClient(Instance& instance, std::vector<PriceOverride> overrides)
    : instance_(instance), ops_(instance.ops<nova_cost_ops>()), overrides_(std::move(overrides)) {}

Result<OfferList> CostClient::list_offers(std::string_view filter_json, Duration timeout) {
  const auto frame = std::make_shared<Gathering>();
  frame->plugin = instance_.name();
  frame->filter = filter_json;
  const auto result = instance_.call(
      "list_offers", Overlap::serial, timeout,
      [frame, op = ops_.list_offers](nova_instance* p, const nova_call* c, nova_error* e) {
        const nova_offer_sink sink{sizeof sink, 0, frame.get(),
                                   [](const nova_offer_sink* self, const nova_offer_batch* b) {
                                     auto& into = *static_cast<Gathering*>(self->ctx);
                                     const auto batch = known_part(b);
                                     if (const auto refused = admit(batch.count, into.rows))
                                       return refused;
                                     into.rows += batch.count;
                                     for (std::uint64_t i = 0; i < batch.count; ++i)
                                       into.take(batch, i);
                                     return nova_status{NOVA_OK};
                                   }};
        return op(p, c, borrow(frame->filter), &sink, e);
      });
  if (!result.ok() && !result.partial) return result.error;
  if (!result.ok()) frame->list.remarks.push_back("incomplete: " + result.error.message);
  for (const auto& note : result.notes)
    if (frame->list.remarks.size() < kNoteCap) frame->list.remarks.push_back(note.text);
  for (auto& remark : apply_overrides(overrides_, frame->list.offers))
    frame->list.remarks.push_back(std::move(remark));
  const auto account = volume();
  if (!account)
    frame->list.remarks.push_back("volume tiers are left out: " + account.error().message);
  for (auto& offer : frame->list.offers)
    if (account && offer.purchase == Purchase::on_demand &&
        offer.quality != PriceQuality::overridden)
      offer.volume = *account;
  return std::move(frame->list);
}

// The capabilities volume_mode and volume_tiers; none where they are absent.
Result<VolumeAccountPtr> CostClient::volume() {
  if (volume_) return *volume_;
  const auto text = instance_.describe(kTiersTimeout);
  if (!text) return text.error();
  const auto said = nlohmann::json::parse(*text, nullptr, false);
  using Pointer = nlohmann::json::json_pointer;
  const Pointer at("/capabilities/volume_tiers"), mode("/capabilities/volume_mode");
  VolumeAccountPtr account;
  if (said.is_object() && said.contains(at) && !said[at].empty()) try {
      std::vector<VolumeTier> tiers;
      for (const auto& tier : said[at])
        tiers.push_back({tier.at("from").get<std::uint32_t>(), tier.at("discount").get<double>()});
      const bool graduated = said.contains(mode) && said[mode] == "graduated";
      auto discount = VolumeDiscount::make(
          graduated ? VolumeDiscount::Mode::graduated : VolumeDiscount::Mode::all_units,
          std::move(tiers));
      if (!discount) return discount.error();
      account = std::make_shared<const VolumeAccount>(
          VolumeAccount{instance_.name(), std::move(discount).value()});
    } catch (const nlohmann::json::exception& e) {
      return Error{ErrorCode::internal, e.what()};
    }
  volume_ = account;
  return account;
}

Result<std::vector<Quote>> CostClient::quote(const std::vector<QuoteRow>& rows, Duration timeout) {
  struct Frame {
    std::vector<QuoteRow> rows;
    std::vector<nova_str> ids;
    std::vector<std::uint64_t> machines, account;
    std::vector<std::int64_t> start, duration, total, valid, as_of;
    std::vector<std::int32_t> quality, status;
  };
  const auto n = rows.size();
  const auto frame = std::make_shared<Frame>();
  frame->rows = rows;
  for (const auto& row : frame->rows) {
    frame->ids.push_back(borrow(row.offer_id));
    frame->machines.push_back(row.machines);
    frame->account.push_back(row.account_machines);
    frame->start.push_back(unix_ns(row.start));
    frame->duration.push_back(std::chrono::floor<std::chrono::seconds>(row.duration).count());
  }
  for (auto* column : {&frame->total, &frame->valid, &frame->as_of}) column->assign(n, NOVA_NONE);
  frame->quality.assign(n, 0);
  frame->status.assign(n, NOVA_OK);
  const auto result =
      instance_.call("quote", Overlap::concurrent, timeout,
                     [frame, op = ops_.quote](nova_instance* p, const nova_call* c, nova_error* e) {
                       auto& f = *frame;
                       const nova_quote io{sizeof io,         0,
                                           f.ids.size(),      f.ids.data(),
                                           f.machines.data(), f.account.data(),
                                           f.start.data(),    f.duration.data(),
                                           f.total.data(),    f.valid.data(),
                                           f.as_of.data(),    f.quality.data(),
                                           f.status.data()};
                       return op(p, c, &io, e);
                     });
  if (!result.ok()) return result.error;
  auto items = to_items(frame->status, result.notes);
  std::vector<Quote> quotes(n);
  for (std::size_t i = 0; i < n; ++i) {
    auto& quote = quotes[i];
    quote.status = std::move(items[i]);
    if (!quote.status.ok()) continue;
    quote.total_nanos = known(frame->total.data(), i);
    quote.valid_until = known_time(frame->valid.data(), i);
    quote.as_of = known_time(frame->as_of.data(), i);
    if (frame->quality[i] >= 0 && frame->quality[i] <= 3)
      quote.quality = static_cast<PriceQuality>(frame->quality[i]);
    if (quote.total_nanos && *quote.total_nanos < 0) {
      quote.total_nanos.reset();
      quote.status = {ErrorCode::internal, "answered a negative price"};
    }
  }
  return quotes;
}

}  // namespace nova::loader
