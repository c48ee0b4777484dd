// Sinks: each event once, pages complete, tenants apart.
#include <set>

#include "host/loader/verify/rig.hpp"

namespace nova::verify {
namespace {

using loader::Kind;

struct Stored {
  std::uint64_t sequence = 0, position = 0;
  std::int64_t time = 0;
  std::string tenant, type, subject, json;
};

struct Filter {
  std::string tenant = "acme", type{}, subject{};
  std::int64_t from = NOVA_NONE, to = NOVA_NONE;
  std::uint64_t after = 0, limit = 0;
  std::uint32_t flags = 0;
};

class Store {
 public:
  explicit Store(Rig& rig) : ops_(rig.ops<nova_sink_ops>()), object_(rig.make()) {}
  const nova_sink_ops& ops() const { return ops_; }
  nova_instance* raw() const { return object_.get(); }

  void write(const std::vector<Stored>& events, std::uint8_t host = 1) {
    const auto n = events.size();
    nova_uuid id{};
    id.b[0] = host;
    std::vector<std::uint64_t> numbers;
    std::vector<std::int64_t> times;
    std::vector<nova_str> tenants, types, subjects, texts;
    for (const auto& event : events) {
      numbers.push_back(event.sequence);
      times.push_back(event.time);
      tenants.push_back(str(event.tenant));
      types.push_back(str(event.type));
      subjects.push_back(str(event.subject));
      texts.push_back(str(event.json));
    }
    const Column<nova_uuid> writer("event.writer", std::vector<nova_uuid>(n, id));
    const Column<std::uint64_t> sequence("event.sequence", numbers);
    const Column<std::int64_t> time("event.time_ns", times);
    const Column<nova_str> tenant("event.tenant", tenants), type("event.type", types),
        subject("event.subject", subjects), bodies("event.event_json", texts);
    nova_event_batch io{};
    io.struct_size = sizeof io;
    io.count = n;
    io.writer = writer.data(), io.sequence = sequence.data(), io.time_ns = time.data();
    io.tenant = tenant.data(), io.type = type.data(), io.subject = subject.data(),
    io.event_json = bodies.data();
    CallBox box;
    box.expect_ok(ops_.write(raw(), &box.call, &io, &box.error), "write");
  }

  void flush() {
    if (!ops_.flush) return;
    CallBox box;
    box.expect_ok(ops_.flush(raw(), &box.call, &box.error), "flush");
  }

  std::vector<Stored> query(const Filter& filter) {
    if (!ops_.query) throw Skipped{"no query"};
    nova_event_query q{};
    q.struct_size = sizeof q;
    q.flags = filter.flags;
    const auto text = [](const std::string& t) {
      return t.empty() ? nova_str{nullptr, 0} : str(t);
    };
    q.tenant = text(filter.tenant), q.type = text(filter.type), q.subject = text(filter.subject);
    q.from_ns = filter.from, q.to_ns = filter.to;
    q.after = filter.after, q.limit = filter.limit;
    std::vector<Stored> found;
    const nova_event_sink sink{
        sizeof sink, 0, &found, [](const nova_event_sink* s, const nova_event_batch* b) {
          const auto text_of = [](const nova_str* c, std::uint64_t i) {
            return c && c[i].ptr ? std::string(c[i].ptr, c[i].len) : std::string();
          };
          for (std::uint64_t i = 0; i < b->count; ++i)
            static_cast<std::vector<Stored>*>(s->ctx)->push_back(
                {b->sequence ? b->sequence[i] : 0, b->position ? b->position[i] : 0,
                 b->time_ns ? b->time_ns[i] : 0, text_of(b->tenant, i), text_of(b->type, i),
                 text_of(b->subject, i), text_of(b->event_json, i)});
          return nova_status{NOVA_OK};
        }};
    CallBox box;
    box.expect_ok(ops_.query(raw(), &box.call, &q, &sink, &box.error), "query");
    return found;
  }

 private:
  nova_sink_ops ops_;
  Object object_;
};

constexpr std::int64_t kSecond = 1'000'000'000;

// Events 1 .. n of one tenant, a second apart.
std::vector<Stored> events(std::size_t n, const std::string& tenant, std::uint64_t first = 1) {
  std::vector<Stored> out;
  for (std::size_t i = 0; i < n; ++i)
    out.push_back(
        {first + i, 0, static_cast<std::int64_t>(first + i) * kSecond, tenant,
         i % 2 ? "decision.out" : "operation", i % 3 ? "web" : "api",
         "{\"n\":" + std::to_string(first + i) + ",\"text\":\"caf\u00e9 \\\"quoted\\\"\"}"});
  return out;
}

void events_round_trip(Rig& rig) {
  Store store(rig);
  const auto wanted = events(20, "acme");
  store.write(wanted);
  store.write({});
  store.flush();
  const auto found = store.query({});
  require(found.size() == 20, "wrote 20 events, query finds " + std::to_string(found.size()));
  for (std::size_t i = 0; i < 20; ++i) {
    const auto &a = wanted[i], &b = found[i];
    require(
        a.sequence == b.sequence && a.time == b.time && a.tenant == b.tenant && a.type == b.type &&
            a.subject == b.subject && a.json == b.json,
        "event " + std::to_string(a.sequence) + " comes back otherwise: " + b.json.substr(0, 60));
    require(b.position > (i ? found[i - 1].position : 0), "positions must ascend from 1");
  }
}

void written_twice(Rig& rig) {
  Store store(rig);
  store.write(events(10, "acme"));
  store.write(events(10, "acme"));
  store.write(events(12, "acme"));  // ten known, two new
  require(store.query({}).size() == 12,
          "(writer, sequence) must be stored once; wrote 12 different events, found " +
              std::to_string(store.query({}).size()));
  store.write(events(3, "acme"), 2);  // the same numbers of another host
  require(store.query({}).size() == 15, "events of another writer with the same numbers are lost");
}

void pages(Rig& rig) {
  Store store(rig);
  store.write(events(53, "acme"));
  for (const std::uint32_t flags : {0u, std::uint32_t{NOVA_QUERY_NEWEST_FIRST}}) {
    std::set<std::uint64_t> seen;
    Filter filter{.limit = 10, .flags = flags};
    for (int page = 0; page < 20; ++page) {
      const auto found = store.query(filter);
      require(found.size() <= 10, "a page of 10 holds " + std::to_string(found.size()));
      if (found.empty()) break;
      for (const auto& event : found)
        require(seen.insert(event.sequence).second, "a page repeats an event");
      filter.after = found.back().position;
    }
    require(seen.size() == 53, "pages of 10 give " + std::to_string(seen.size()) + " of 53 events" +
                                   (flags ? ", newest first" : ""));
  }
}

void tenants(Rig& rig) {
  Store store(rig);
  store.write(events(10, "acme"));
  store.write(events(10, "globex", 100));
  store.write(events(1, "acme-2", 200));
  for (const std::string tenant : {"acme", "globex", "acme-2"})
    for (const auto& event : store.query({.tenant = tenant}))
      require(event.tenant == tenant,
              "asked for tenant " + tenant + ", got an event of " + event.tenant);
  require(store.query({.tenant = "acme"}).size() == 10, "not all events of a tenant are found");
  require(store.query({.tenant = "nobody"}).empty(), "a tenant without events has some");
  require(store.query({.tenant = "acme' OR '1'='1"}).empty(),
          "a tenant's name is taken for a query");
}

void filters(Rig& rig) {
  Store store(rig);
  store.write(events(30, "acme"));
  for (const auto& event : store.query({.type = "decision"}))
    require(event.type.starts_with("decision"), "type is a prefix: got " + event.type);
  require(store.query({.type = "decision"}).size() == 15,
          "type is a prefix: \"decision\" must find \"decision.out\"");
  require(store.query({.subject = "api"}).size() == 10, "subject must match exactly");
  require(store.query({.subject = "ap"}).empty(), "subject is exact, no prefix");
  require(store.query({.type = "%"}).empty() && store.query({.type = "decision_out"}).empty(),
          "wildcards in a filter are taken for wildcards");
  const auto between = store.query({.from = 5 * kSecond, .to = 9 * kSecond});
  require(between.size() == 4 && between.front().time == 5 * kSecond,
          "[from, to) of 5 s to 9 s must hold 4 events, holds " + std::to_string(between.size()));
}

void refusal(Rig& rig) {
  Store store(rig);
  if (!store.ops().query) throw Skipped{"no query"};
  store.write(events(3, "acme"));
  nova_event_query q{};
  q.struct_size = sizeof q;
  q.tenant = str("acme");
  q.from_ns = q.to_ns = NOVA_NONE;
  const nova_event_sink refusing{
      sizeof refusing, 0, nullptr,
      [](const nova_event_sink*, const nova_event_batch*) { return nova_status{NOVA_CANCELLED}; }};
  CallBox box;
  require(store.ops().query(store.raw(), &box.call, &q, &refusing, &box.error) == NOVA_CANCELLED,
          "a sink's refusal is not passed on by query");
}

void many(Rig& rig) {
  Store store(rig);
  store.write(events(10'000, "acme"));
  store.flush();
  require(store.query({}).size() == 10'000, "10000 events in one batch: not all are found");
}

constexpr Check kSinkChecks[] = {
    {"events", Kind::sink, "what was written comes back, in order", events_round_trip},
    {"written-twice", Kind::sink, "a repeated write changes nothing", written_twice},
    {"pages", Kind::sink, "pages are complete and do not overlap", pages},
    {"tenants", Kind::sink, "no tenant sees another's events", tenants},
    {"filters", Kind::sink, "type by prefix, subject exactly, [from, to)", filters},
    {"query-refusal", Kind::sink, "a sink's refusal is passed on", refusal},
    {"many-events", Kind::sink, "10000 events in one batch", many},
};

}  // namespace

std::span<const Check> sink_checks() { return kSinkChecks; }

}  // namespace nova::verify
