// A cost plugin that lists what a file says at that moment, fails when it says so, and writes down
// what it was asked; a sink that writes down what it took, unless a file forbids it; a controller
// that refuses, hangs and loses machines at the times a file says; a model that is down for a
// while; and a metric source that answers when as many of its kind are asked at once as it likes.
#include <atomic>
#include <chrono>
#include <fstream>
#include <map>
#include <novascale.hpp>
#include <thread>

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

// Machines that serve at once, two at first. The file is a list of moods: {"from_min", "until_min"}
// of the hours since 2001-09-09T01:47:00Z, and "status" and "note" of all requests, or "hangs" with
// "arrives", or "room": the most machines there may be, or "hides": nobody is told of the fleet, or
// "lose", "adopt": ids of machines. What it was asked is written down.
struct MoodyFleet {
  static constexpr auto id = "com.example.moody_fleet", name = "Moody fleet", version = "1.0.0",
                        description = "Machines that are to be had at times";
  static constexpr std::uint32_t flags = NOVA_COMPONENT_VIRTUAL_TIME;
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false, "required": ["file"],
    "properties": { "file": { "type": "string" } } })";

  explicit MoodyFleet(nova::Context context) : context_(context), file_(context.text("file")) {
    std::ifstream in(file_);
    moods_ = nova::Json::parse(in);
    for (int i = 0; i < 2; ++i) add({});
  }

  void bind(const nova::Call&, nova::Binding& io) {
    io.each([&](std::size_t i) { io.set_status(i, NOVA_OK); });
  }
  void list_groups(const nova::Call&, nova::Strings ids, nova::Groups& out) {
    live();
    if (now().contains("hides")) throw nova::Error(NOVA_UNAVAILABLE, "in no mood");
    for (std::size_t i = 0; i < ids.size(); ++i) {
      nova::Group row;
      row.group_id = ids[i];
      row.generation = generation_;
      row.desired = row.serving = static_cast<std::uint32_t>(machines_.size());
      out.add(row);
    }
  }
  void list_machines(const nova::Call&, nova::Strings ids, nova::Machines& out) {
    live();
    for (const auto& [machine, token] : machines_) {
      nova::Machine row;
      row.group_id = ids[0];
      row.machine_id = machine;
      row.token = token;
      row.state = NOVA_MACHINE_RUNNING;
      out.add(row);
    }
  }
  void scale(const nova::Call& call, nova::Scale& io) {
    for (std::size_t i = 0; i < io.count(); ++i) {
      const auto mood = now();
      std::ofstream(file_ + ".asked", std::ios::app)
          << minute() << ' ' << io.desired(i) << ' ' << mood.dump() << '\n';
      if (io.desired(i) > mood.value("room", 1u << 20)) {
        io.fail(i, NOVA_CAPACITY, "no room");
        continue;
      }
      if (mood.contains("status")) {
        io.fail(i, mood["status"].get<std::int32_t>(), mood.value("note", ""));
        continue;
      }
      if (!mood.contains("hangs") || mood.value("arrives", false)) {
        while (machines_.size() < io.desired(i)) add(io.token(i));
        while (machines_.size() > io.desired(i)) machines_.erase(std::prev(machines_.end()));
        ++generation_;
        known_[nova::token(io.token(i))] = true;
      }
      while (mood.contains("hangs")) {
        call.check();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      io.answer(i, NOVA_OP_DONE);
    }
  }
  void poll(const nova::Call&, nova::Operations& io) {
    for (std::size_t i = 0; i < io.count(); ++i) {
      if (now().contains("hangs")) continue;  // nothing is known yet
      nova::Operation op;
      op.state = NOVA_OP_DONE;
      if (known_.count(nova::token(io.token(i))) != 0)
        io.answer(i, op);
      else
        io.unknown(i);
    }
  }

 private:
  std::int64_t minute() const { return (context_.now_ns() / 1'000'000'000 - 1'000'000'020) / 60; }
  nova::Json now() const {
    for (const auto& mood : moods_)
      if (minute() >= mood.value("from_min", 0) && minute() < mood.value("until_min", 1 << 20))
        return mood;
    return nova::Json::object();
  }
  void add(nova_uuid token) {
    const auto number = std::to_string(1000 + ++made_);
    machines_["m" + number.substr(1)] = token;
  }
  void live() {
    auto mood = now();
    if (mood.empty() || mood == lived_) return;
    lived_ = mood;
    for (const auto& machine : mood.value("lose", nova::Json::array()))
      machines_.erase(machine.get<std::string>());
    for (const auto& machine : mood.value("adopt", nova::Json::array()))
      machines_[machine.get<std::string>()] = {{9}};
    ++generation_;
  }

  nova::Context context_;
  std::string file_;
  nova::Json moods_, lived_;
  std::map<std::string, nova_uuid> machines_;
  std::map<nova::Token, bool> known_;
  std::uint64_t generation_ = 1;
  int made_ = 0;
};

// 100, once `meet` instances are asked at the same time.
struct MoodyMeter {
  static constexpr auto id = "com.example.moody_meter", name = "Moody meter", version = "1.0.0",
                        description = "Answers in company";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false, "required": ["meet"],
    "properties": { "meet": { "type": "integer" } } })";

  explicit MoodyMeter(nova::Context context)
      : context_(context), meet_(static_cast<int>(context.integer("meet"))) {}

  void bind(const nova::Call&, nova::Binding& io) {
    io.each([&](std::size_t i) { io.set_status(i, NOVA_OK); });
  }
  void latest(const nova::Call& call, nova::Latest& io) {
    const auto round = ++asked_;
    while (asked_ < (round + meet_ - 1) / meet_ * meet_) {
      call.check();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    for (std::size_t i = 0; i < io.count(); ++i) io.answer(i, 100, context_.now_ns());
  }

 private:
  static inline std::atomic<int> asked_ = 0;
  nova::Context context_;
  int meet_;
};

// The last value, for ever; between two minutes, told as those of the fleet, it does not answer.
struct MoodyModel {
  static constexpr auto id = "com.example.moody_model", name = "Moody model", version = "1.0.0",
                        description = "The last value, at times";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false, "required": ["from_min", "until_min"],
    "properties": { "from_min": { "type": "integer" }, "until_min": { "type": "integer" } } })";

  explicit MoodyModel(nova::Context context) : context_(context) {}

  void forecast(const nova::Call&, nova::Forecast& io) {
    const auto minute = (context_.now_ns() / 1'000'000'000 - 1'000'000'020) / 60;
    if (minute >= context_.integer("from_min") && minute < context_.integer("until_min"))
      throw nova::Error(NOVA_UNAVAILABLE, "in no mood");
    const auto& y = io.history();
    for (std::size_t s = 0; s < y.count(); ++s) {
      for (std::size_t h = 0; h < io.leads(); ++h) {
        io.mean(s, h) = y.at(s, y.points() - 1);
        for (std::size_t q = 0; q < io.levels().size(); ++q) io.quantile(s, q, h) = io.mean(s, h);
      }
      io.ok(s);
    }
  }

 private:
  nova::Context context_;
};

}  // namespace

NOVA_PLUGIN("com.example.moody", "Example", "1.0.0", nova::cost_component<Moody>,
            nova::sink_component<MoodySink>, nova::controller_component<MoodyFleet>,
            nova::model_component<MoodyModel>, nova::metrics_component<MoodyMeter>)
