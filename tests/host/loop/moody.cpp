// A cost plugin that lists what a file says at that moment, fails when it says so, and writes down
// what it was asked; and a sink that writes down what it took, unless a file forbids it.
#include <fstream>
#include <novascale.hpp>

namespace {

struct Moody {
  static constexpr auto id = "com.example.moody", name = "Moody", version = "1.0.0",
                        description = "Prices that change, age and fail by a file";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false, "required": ["file"],
    "properties": { "file": { "type": "string" } } })";

  explicit Moody(nova::Context context)
      : file_(context.config().json().at("file").get<std::string>()) {}

  void list_offers(const nova::Call&, const nova::Config& filter, nova::Offers& out) {
    std::ofstream(file_ + ".asked") << filter.json().dump();
    std::ifstream in(file_);
    const auto said = nova::Json::parse(in);
    if (said.contains("fail")) throw nova::Error(NOVA_UNAVAILABLE, "in no mood");
    for (const auto& row : said.at("offers")) {
      nova::Offer o;
      o.provider = "moody";
      o.region = "r";
      o.zone = row.value("zone", "");
      o.machine_type = row.at("type").get<std::string>();
      o.os = "linux";
      o.purchase = row.value("spot", false) ? NOVA_SPOT : NOVA_ON_DEMAND;
      o.vcpus = 2;
      o.memory_bytes = 8.0 * (1 << 30);
      o.quality = NOVA_PRICE_LIST;
      o.nanos_per_hour = nova::to_nanos(row.at("usd").get<double>());
      if (row.contains("as_of_s")) o.as_of_ns = row["as_of_s"].get<std::int64_t>() * 1'000'000'000;
      o.offer_id = nova::make_offer_id(o);
      out.add(std::move(o));
    }
  }
  void quote(const nova::Call&, nova::Quote&) {}

 private:
  std::string file_;
};

struct MoodySink {
  static constexpr auto id = "com.example.moody_sink", name = "Moody sink", version = "1.0.0",
                        description = "Takes events when it likes";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false, "required": ["file"],
    "properties": { "file": { "type": "string" } } })";

  explicit MoodySink(nova::Context context) : file_(context.text("file")) {}

  void write(const nova::Call&, const nova::Events& events) {
    if (std::ifstream(file_ + ".forbidden")) throw nova::Error(NOVA_UNAVAILABLE, "in no mood");
    std::ofstream out(file_, std::ios::app);
    for (std::size_t i = 0; i < events.count(); ++i) out << events.sequence(i) << '\n';
  }

 private:
  std::string file_;
};

}  // namespace

NOVA_PLUGIN("com.example.moody", "Example", "1.0.0", nova::cost_component<Moody>,
            nova::sink_component<MoodySink>)
