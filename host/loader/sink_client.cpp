#include "host/loader/sink_client.hpp"

#include <algorithm>

#include "host/loader/columns.hpp"

namespace nova::loader {
namespace {

constexpr std::size_t kEventCap = 1 << 20;  // bytes of one event

struct Columns {
  std::vector<Event> events;
  std::vector<nova_uuid> writer;
  std::vector<std::uint64_t> sequence, position;
  std::vector<std::int64_t> time;
  std::vector<nova_str> tenant, type, subject, json;

  explicit Columns(const std::vector<Event>& from) : events(from) {
    for (const auto& event : events) {
      nova_uuid id;
      std::copy(event.writer.begin(), event.writer.end(), id.b);
      writer.push_back(id);
      sequence.push_back(event.sequence);
      time.push_back(unix_ns(event.time));
      tenant.push_back(borrow(event.tenant));
      type.push_back(borrow(event.type));
      subject.push_back(borrow(event.subject));
      json.push_back(borrow(event.json));
    }
  }
};

struct EventGathering {
  EventQuery query;
  EventPage page;
  std::uint64_t rows = 0;

  void take(const nova_event_batch& b, std::uint64_t i) {
    Event event;
    if (b.writer) std::copy_n(b.writer[i].b, 16, event.writer.begin());
    event.sequence = cell(b.sequence, i);
    event.position = cell(b.position, i);
    event.time = from_unix_ns(cell(b.time_ns, i));
    event.tenant = text_cell(b.tenant, i);
    event.type = text_cell(b.type, i);
    event.subject = text_cell(b.subject, i);
    event.json = text_cell(b.event_json, i, kEventCap);
    const bool foreign = query.tenant && event.tenant != *query.tenant;
    const bool beyond = query.limit && page.events.size() >= query.limit;
    if (foreign || beyond || event.position == 0) {
      ++page.refused;
      return;
    }
    page.events.push_back(std::move(event));
  }
};

}  // namespace

SinkClient::SinkClient(Instance& instance)
    : instance_(instance), ops_(instance.ops<nova_sink_ops>()) {}

Result<void> SinkClient::write(const std::vector<Event>& events, Duration timeout) {
  const auto frame = std::make_shared<Columns>(events);
  const auto result =
      instance_.call("write", Overlap::serial, timeout,
                     [frame, op = ops_.write](nova_instance* s, const nova_call* c, nova_error* e) {
                       nova_event_batch batch{};
                       batch.struct_size = sizeof batch;
                       batch.count = frame->events.size();
                       batch.writer = frame->writer.data();
                       batch.sequence = frame->sequence.data();
                       batch.time_ns = frame->time.data();
                       batch.tenant = frame->tenant.data();
                       batch.type = frame->type.data();
                       batch.subject = frame->subject.data();
                       batch.event_json = frame->json.data();
                       return op(s, c, &batch, e);
                     });
  if (!result.ok()) return result.error;
  return {};
}

Result<void> SinkClient::flush(Duration timeout) {
  if (!ops_.flush) return {};
  const auto result = instance_.call("flush", Overlap::serial, timeout,
                                     [op = ops_.flush](nova_instance* s, const nova_call* c,
                                                       nova_error* e) { return op(s, c, e); });
  if (!result.ok()) return result.error;
  return {};
}

Result<EventPage> SinkClient::query(const EventQuery& query, Duration timeout) {
  if (!ops_.query) return instance_.without("query");
  const auto frame = std::make_shared<EventGathering>();
  frame->query = query;
  const auto result = instance_.call(
      "query", Overlap::concurrent, timeout,
      [frame, op = ops_.query](nova_instance* s, const nova_call* c, nova_error* e) {
        const auto& ask = frame->query;
        const auto text = [](const std::optional<std::string>& t) {
          return t ? borrow(*t) : nova_str{nullptr, 0};
        };
        nova_event_query q{};
        q.struct_size = sizeof q;
        q.flags = ask.newest_first ? NOVA_QUERY_NEWEST_FIRST : 0;
        q.tenant = text(ask.tenant);
        q.type = text(ask.type);
        q.subject = text(ask.subject);
        q.from_ns = ask.from ? unix_ns(*ask.from) : NOVA_NONE;
        q.to_ns = ask.to ? unix_ns(*ask.to) : NOVA_NONE;
        q.after = ask.after;
        q.limit = ask.limit;
        const nova_event_sink sink{sizeof sink, 0, frame.get(),
                                   [](const nova_event_sink* self, const nova_event_batch* b) {
                                     auto& into = *static_cast<EventGathering*>(self->ctx);
                                     const auto batch = known_part(b);
                                     if (const auto refused = admit(batch.count, into.rows))
                                       return refused;
                                     into.rows += batch.count;
                                     for (std::uint64_t i = 0; i < batch.count; ++i)
                                       into.take(batch, i);
                                     return nova_status{NOVA_OK};
                                   }};
        return op(s, c, &q, &sink, e);
      });
  if (!result.ok()) return result.error;
  return std::move(frame->page);
}

}  // namespace nova::loader
