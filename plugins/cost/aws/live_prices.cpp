#include "live_prices.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <map>

#include "plugins/aws/keys.hpp"
#include "snapshot.hpp"

namespace nova::cloud {
namespace {

using aws::Until;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kFirstRetryNs = 30 * kSecond;
constexpr std::size_t kMostPages = 1000;
constexpr double kShareOfDeadline = 0.7;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

std::string utc(std::int64_t ns) {
  const std::time_t seconds = static_cast<std::time_t>(ns / kSecond);
  std::tm parts{};
  char text[32] = "";
  if (gmtime_r(&seconds, &parts) != nullptr)
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::int64_t period(const Config& config, const char* key, std::chrono::nanoseconds usual) {
  if (!config.has(key)) return usual.count();
  const auto given = config.duration(key).count();
  if (given < kSecond)
    throw Error(NOVA_INVALID_ARGUMENT,
                config.pointer(key) + ": must be >= 1s, got " + config.json().at(key).dump());
  return given;
}

std::uint64_t seed_of(const Context& context) {
  const std::hash<std::string_view> hash;
  return hash(context.instance()) ^ static_cast<std::uint64_t>(context.now_ns());
}

// The end of what may be spent on AWS in this call, CLOCK_MONOTONIC.
std::int64_t end_of(const nova_call& call) {
  const auto now = Call::monotonic_ns(), deadline = detail::field(call, &nova_call::deadline_ns);
  const std::int64_t left =
      deadline == 0 ? 60 * kSecond : std::max<std::int64_t>(deadline - now, 0);
  return now + static_cast<std::int64_t>(kShareOfDeadline * static_cast<double>(left));
}

}  // namespace

LivePrices::LivePrices(const Context& context, const PriceBook& book)
    : context_(context), book_(book) {
  const Config& config = context.config();
  const bool on = config.boolean("live");
  for (const auto* key : {"access_key", "secret_key", "session_token", "endpoint", "snapshot",
                          "refresh_on_demand", "refresh_spot", "refresh_types", "request_timeout"})
    if (!on && config.has(key))
      throw Error(NOVA_INVALID_ARGUMENT,
                  config.pointer(key) + ": has no effect without \"live\": true");
  if (!on) return;
  for (const auto* key : {"access_key", "secret_key", "regions"})
    if (!config.has(key))
      throw Error(NOVA_INVALID_ARGUMENT, config.pointer(key) + ": is needed for live prices");
  if (config.has("endpoint")) endpoint_ = config.text("endpoint");
  if (config.has("snapshot")) snapshot_ = config.text("snapshot");
  if (config.has("types")) types_ = config.texts("types");
  http::Limits limits;
  if (config.has("request_timeout")) limits.time = config.duration("request_timeout");
  if (limits.time.count() < 1'000'000)
    throw Error(NOVA_INVALID_ARGUMENT, config.pointer("request_timeout") +
                                           ": must be >= 1ms, got " +
                                           config.json().at("request_timeout").dump());
  make_sections();
  http::Retry retry;
  retry.seed = seed_of(context);
  client_ = std::make_unique<aws::Client>(retry, limits);
  if (snapshot_.empty()) return;
  try {
    const auto remark = load_snapshot(snapshot_, sections_, context_.now_ns());
    if (!remark.empty()) context_.log().warn(remark);
    rebuild();
  } catch (const Error& error) {
    snapshot_trouble(std::string(error.what()) + "; it is not used");
  }
}

void LivePrices::make_sections() {
  using namespace std::chrono_literals;
  const Config& config = context_.config();
  const auto on_demand = period(config, "refresh_on_demand", 12h),
             spot = period(config, "refresh_spot", 5min),
             types = period(config, "refresh_types", 24h);
  std::vector<std::string> sold, traded;  // operating systems, in the catalogue's order
  for (const auto& option : book_.options()) {
    if (option.purchase == NOVA_ON_DEMAND) sold.push_back(option.os);
    if (option.purchase == NOVA_SPOT && !spot_product(option.os).empty())
      traded.push_back(option.os);
  }
  const auto source = [&](const char* what, const char* service, const std::string& region) {
    const auto at = aws::endpoint_of(service, region, endpoint_);
    return std::string(what) + (at.official ? "" : " at " + at.url);
  };
  for (const auto& region : config.texts("regions")) {
    const bool whole = book_.whole_region(*book_.find_region(region));
    const auto add = [&](Section::Kind kind, const std::vector<std::string>& systems,
                         std::string from, std::int64_t every) {
      Section s;
      s.kind = kind, s.region = region, s.systems = systems;
      s.types = kind == Section::Kind::on_demand ? "" : joined(types_);
      s.source = std::move(from), s.period_ns = every;
      sections_.push_back(std::move(s));
    };
    if (whole)
      add(Section::Kind::types, {}, source("EC2 DescribeInstanceTypes", "ec2", region), types);
    if (whole && !traded.empty())
      add(Section::Kind::spot, traded, source("EC2 DescribeSpotPriceHistory", "ec2", region), spot);
    for (const auto& os : sold)
      add(Section::Kind::on_demand, {os},
          source("AWS Price List GetProducts", "pricing", aws::pricing_region(region)), on_demand);
  }
}

Json LivePrices::describe() const {
  if (client_ == nullptr) return "built in";
  auto list = Json::array();
  for (const auto& s : sections_)
    list.push_back({{"section", s.name()},
                    {"as_of", s.as_of_ns == NOVA_NONE ? Json() : Json(utc(s.as_of_ns))},
                    {"prices", s.prices.size()},
                    {"trouble", s.trouble.empty() ? Json() : Json(s.trouble)}});
  return {{"live", std::move(list)}};
}

Page LivePrices::page_of(const Section& s, const aws::Keys& keys, const Until& until) {
  const auto region = *book_.find_region(s.region);
  if (s.kind == Section::Kind::on_demand) {
    const auto filter = [](const char* field, std::string_view value) {
      return Json{{"Type", "TERM_MATCH"}, {"Field", field}, {"Value", std::string(value)}};
    };
    Json body{
        {"ServiceCode", "AmazonEC2"},
        {"FormatVersion", "aws_v1"},
        {"MaxResults", 100},
        {"Filters",
         {filter("regionCode", s.region), filter("operatingSystem", priced_system(s.systems[0])),
          filter("tenancy", "Shared"), filter("preInstalledSw", "NA"),
          filter("capacitystatus", "Used"), filter("marketoption", "OnDemand"),
          filter("licenseModel", "No License required")}}};
    if (!s.reading.next.empty()) body["NextToken"] = s.reading.next;
    const auto at = aws::endpoint_of("pricing", aws::pricing_region(s.region), endpoint_);
    return read_products_page(
        client_->post({at, body.dump(), "AWSPriceListService.GetProducts"}, keys, until), s.region,
        s.systems[0], book_.currency(region));
  }
  const bool spot = s.kind == Section::Kind::spot;
  std::vector<std::pair<std::string, std::string>> fields = {{"MaxResults", spot ? "1000" : "100"}};
  if (spot) fields.emplace_back("StartTime", utc(s.began_ns));  // then: what holds at that time
  for (std::size_t i = 0; i < s.systems.size(); ++i)
    fields.emplace_back("ProductDescription." + std::to_string(i + 1), spot_product(s.systems[i]));
  if (!types_.empty()) fields.emplace_back("Filter.1.Name", "instance-type");
  for (std::size_t i = 0; i < types_.size(); ++i)
    fields.emplace_back("Filter.1.Value." + std::to_string(i + 1), types_[i]);
  if (!s.reading.next.empty()) fields.emplace_back("NextToken", s.reading.next);
  const auto* action = spot ? "DescribeSpotPriceHistory" : "DescribeInstanceTypes";
  const auto answer = client_->post({aws::endpoint_of("ec2", s.region, endpoint_),
                                     aws::query_form(action, "2016-11-15", fields), ""},
                                    keys, until);
  return spot ? read_spot_page(answer) : read_types_page(answer);
}

bool LivePrices::read(Section& s, const aws::Keys& keys, const Until& until) {
  const auto now = context_.now_ns();
  // A token is good for a while only, and so are pages.
  if (s.began_ns == NOVA_NONE || now - s.began_ns > std::max(s.period_ns, 600 * kSecond))
    s.reading = {}, s.pages = 0, s.began_ns = now;
  try {
    do {
      auto page = page_of(s, keys, until);
      if (!page.next.empty() && (page.next == s.reading.next || s.pages >= kMostPages))
        throw Error(NOVA_INTERNAL, "the pages of the answer do not end");
      std::move(page.prices.begin(), page.prices.end(), std::back_inserter(s.reading.prices));
      std::move(page.machines.begin(), page.machines.end(), std::back_inserter(s.reading.machines));
      s.reading.next = std::move(page.next);
      ++s.pages;
    } while (!s.reading.next.empty());
    if (s.reading.prices.empty() && s.reading.machines.empty() && s.types.empty())
      throw Error(NOVA_INTERNAL, "the answer has no entry that is ours");
    commit(s);
  } catch (const Error& error) {
    if (error.status() == NOVA_CANCELLED) throw;
    if (error.status() == NOVA_DEADLINE_EXCEEDED) return false;
    fail(s, error);
  }
  return true;
}

// Of several prices of one thing the newest holds; two of one age: none, for no one knows which.
void LivePrices::commit(Section& s) {
  std::map<std::tuple<std::string, std::string, std::string>, LiveRow> rows;
  std::vector<std::string> doubtful;
  for (auto& row : s.reading.prices) {
    const auto [at, added] = rows.try_emplace({row.type, row.zone, row.os}, row);
    if (added) continue;
    if (row.since == at->second.since && row.nanos != at->second.nanos) at->second.nanos = 0;
    if (row.since > at->second.since) at->second = row;
  }
  s.prices.clear();
  for (auto& [key, row] : rows) {
    if (row.nanos > 0)
      s.prices.push_back(std::move(row));
    else
      doubtful.push_back(std::get<0>(key));
  }
  if (!doubtful.empty())
    context_.log().warn(s.name() + ": two prices at once, so neither is used: " + joined(doubtful));
  s.machines = std::move(s.reading.machines);
  if (!s.trouble.empty()) context_.log().info(s.name() + ": read again");
  s.as_of_ns = s.began_ns;
  s.reading = {}, s.pages = 0, s.began_ns = NOVA_NONE;
  s.failures = 0, s.retry_ns = NOVA_NONE, s.trouble.clear(), s.overloaded = false;
}

void LivePrices::fail(Section& s, const Error& error) {
  // What was read so far stays good where the service only has no time; else begin anew.
  s.overloaded = aws::worth_repeating(error.status());
  if (!s.overloaded) s.began_ns = NOVA_NONE;
  const auto pause = std::min(s.period_ns, kFirstRetryNs << std::min(s.failures, 20));
  s.retry_ns =
      context_.now_ns() + std::max<std::int64_t>(pause, error.retry_after_ms() * 1'000'000LL);
  ++s.failures;
  const bool news = s.trouble != error.what();
  s.trouble = error.what();
  if (news) context_.log().warn(told(s));
}

void LivePrices::snapshot_trouble(const std::string& text) {
  if (snapshot_trouble_ != text) context_.log().warn(text);
  snapshot_trouble_ = text;
}

std::string LivePrices::told(const Section& s) const {
  return s.name() + ": " + s.trouble + "; " + standing(s);
}

std::string LivePrices::standing(const Section& s) const {
  if (s.kind == Section::Kind::types)
    return s.as_of_ns == NOVA_NONE ? "types that are not built in are not offered"
                                   : "those of " + utc(s.as_of_ns) + " serve";
  return s.as_of_ns == NOVA_NONE ? "the built-in catalogue serves"
                                 : "those of " + utc(s.as_of_ns) + " serve";
}

void LivePrices::refresh(const Call& call) {
  if (client_ == nullptr) return;
  const Until until{call, end_of(call)};
  const auto now = context_.now_ns();
  bool changed = false, time = true;
  std::optional<aws::Keys> known;
  bool down[2] = {};  // EC2, prices: a service that gives up on one list is not asked for the next
  for (auto& s : sections_) {
    bool& away = down[s.kind == Section::Kind::on_demand];
    if (!time || away || !s.due(now)) continue;
    try {
      if (!known) known = aws::keys_of(context_);
    } catch (const Error& error) {
      fail(s, error);
      continue;
    }
    time = read(s, *known, until);
    away = s.overloaded;
    changed |= s.began_ns == NOVA_NONE && s.trouble.empty();
  }
  if (changed) {
    rebuild();
    if (!snapshot_.empty()) try {
        save_snapshot(snapshot_, sections_);
        snapshot_trouble_.clear();
      } catch (const Error& error) {
        snapshot_trouble(error.what());
      }
  }
  if (!snapshot_trouble_.empty()) call.note(snapshot_trouble_);
  for (const auto& s : sections_) {
    if (!s.trouble.empty())
      call.note(told(s));
    else if (s.due(now))
      call.note(s.name() + ": not read whole yet, " + std::to_string(s.pages) + " pages so far; " +
                standing(s));
  }
}

void LivePrices::rebuild() {
  auto live = std::make_unique<LiveBook>();
  live_.swap(live);  // add_price fills live_
  bool any = false;
  for (const auto& s : sections_) {
    if (s.as_of_ns == NOVA_NONE || s.kind == Section::Kind::types) continue;
    any = true;
    const bool spot = s.kind == Section::Kind::spot;
    live_->sources.push_back(std::make_unique<const Source>(
        Source{s.source, s.as_of_ns, spot ? NOVA_PRICE_OBSERVED : NOVA_PRICE_LIST}));
    for (const auto& row : s.prices) add_price(s, row, live_->sources.back().get());
  }
  if (!any) live_.reset();
}

void LivePrices::add_price(const Section& s, const LiveRow& row, const Source* source) {
  nova::Offer offer;
  offer.provider = book_.provider();
  offer.region = s.region;
  offer.zone = row.zone;
  offer.machine_type = row.type;
  offer.os = row.os;
  offer.purchase = s.kind == Section::Kind::spot ? NOVA_SPOT : NOVA_ON_DEMAND;
  offer.offer_id = make_offer_id(offer);
  LivePrice price;
  price.price.nanos_per_hour = row.nanos;
  price.price.source = source;
  price.purchase = offer.purchase;
  price.os = row.os;
  price.fresh_ns = 2 * s.period_ns;
  if (!book_.find(offer.offer_id)) {
    if (!types_.empty() && std::none_of(types_.begin(), types_.end(), [&](const auto& pattern) {
          return glob_matches(pattern, row.type);
        }))
      return;
    if (!book_.describe(row.type, offer)) {
      const Machine* machine = nullptr;
      for (const auto& other : sections_)
        if (other.region == s.region)
          for (const auto& m : other.machines)
            if (m.type == row.type) machine = &m;
      if (machine == nullptr) return;  // its size is not known: of no use to anybody
      offer.family = row.type.substr(0, row.type.find('.'));
      offer.arch = machine->arch;
      offer.vcpus = machine->vcpus;
      offer.memory_bytes = machine->memory_mib * 1024 * 1024;
      offer.gpus = machine->gpus;
    }
    offer.currency = book_.currency(*book_.find_region(s.region));
    if (live_->prices.count(offer.offer_id) == 0) live_->added.push_back(offer);
  }
  live_->prices.emplace(offer.offer_id, std::move(price));
}

}  // namespace nova::cloud
