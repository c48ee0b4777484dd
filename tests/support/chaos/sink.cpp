// A sink that keeps its events in memory.
#include <algorithm>
#include <set>

#include "chaos.hpp"

namespace chaos {
namespace {

struct Event {
  nova_uuid writer;
  std::uint64_t sequence, position;
  std::int64_t time;
  std::string tenant, type, subject, json;
};

struct Store : Base {
  std::vector<Event> events;
  std::set<std::pair<std::string, std::uint64_t>> seen;
};

nova_status write(nova_instance* i, const nova_call* c, const nova_event_batch* b,
                  nova_error* err) {
  auto& s = as<Store>(i);
  if (const auto status = misbehave(i, c, b->flags, b->struct_size, sizeof *b, err)) return status;
  for (std::uint64_t k = 0; k < b->count; ++k) {
    const std::string writer =
        s.is("one_writer") ? "" : std::string(reinterpret_cast<const char*>(b->writer[k].b), 16);
    if (!s.seen.emplace(writer, b->sequence[k]).second && !s.is("stores_twice")) continue;
    if (s.is("loses_some") && k % 100 == 99) continue;
    s.events.push_back({b->writer[k], b->sequence[k], s.events.size() + 1, b->time_ns[k],
                        text(b->tenant[k]), text(b->type[k]), text(b->subject[k]),
                        s.is("changes_json") ? "{}" : text(b->event_json[k])});
  }
  return NOVA_OK;
}

nova_status flush(nova_instance*, const nova_call*, nova_error*) { return NOVA_OK; }

bool fits(const Store& s, const Event& e, const nova_event_query& q) {
  const auto type = text(q.type);
  if (q.tenant.ptr && e.tenant != text(q.tenant) && !s.is("mixes_tenants")) return false;
  if (q.type.ptr && (s.is("type_exact") ? e.type != type : e.type.rfind(type, 0) != 0))
    return false;
  if (q.subject.ptr && e.subject != text(q.subject)) return false;
  if (q.from_ns != NOVA_NONE && e.time < q.from_ns) return false;
  return q.to_ns == NOVA_NONE || e.time < q.to_ns || (s.is("closed_range") && e.time == q.to_ns);
}

nova_status query(nova_instance* i, const nova_call*, const nova_event_query* q,
                  const nova_event_sink* out, nova_error*) {
  auto& s = as<Store>(i);
  std::vector<const Event*> found;
  const bool newest_first = q->flags & NOVA_QUERY_NEWEST_FIRST;
  for (const auto& e : s.events) {
    const bool behind =
        q->after == 0 ||
        (newest_first ? e.position < q->after : e.position > q->after + s.is("page_skips"));
    if (behind && fits(s, e, *q)) found.push_back(&e);
  }
  if (newest_first) std::reverse(found.begin(), found.end());
  if (q->limit && found.size() > q->limit && !s.is("ignores_limit")) found.resize(q->limit);
  for (const auto* e : found) {
    const nova_str tenant{e->tenant.data(), e->tenant.size()}, type{e->type.data(), e->type.size()},
        subject{e->subject.data(), e->subject.size()}, json{e->json.data(), e->json.size()};
    const nova_event_batch b{sizeof b, 0,       1,     &e->writer, &e->sequence, &e->position,
                             &e->time, &tenant, &type, &subject,   &json};
    if (const auto status = out->emit(out, &b)) return s.is("ignores_sink") ? NOVA_OK : status;
  }
  return NOVA_OK;
}

const nova_sink_ops kOps = {sizeof kOps, 0, write, flush, query};

}  // namespace

const nova_component kSink = {sizeof(nova_component),
                              NOVA_COMPONENT_VIRTUAL_TIME,
                              NOVA_SINK,
                              "org.novacron.test.chaos.sink",
                              "Chaos sink",
                              "1.0.0",
                              "events in memory",
                              kSchema,
                              &kOps,
                              create<Store>,
                              destroy,
                              describe,
                              nullptr,
                              nullptr,
                              get_extension};

}  // namespace chaos
