// Sinks: where events go for audit and analytics, and sink_component<T>.
//
// Methods of T: write(Call, const Events&) is mandatory; flush(Call) makes durable what was taken;
// query(Call, const EventQuery&, EventOut&) answers pages. A repeated (writer, sequence) is stored
// once.
#pragma once

#include <novascale/sink.h>

#include <novascale/component.hpp>
#include <novascale/events.hpp>

namespace nova {
inline namespace sdk_v1 {

// What a reader asks for. An unset field (nullopt) means any.
struct EventQuery {
  std::optional<std::string_view> tenant, type, subject;  // exact; type is a prefix
  std::int64_t from_ns = NOVA_NONE, to_ns = NOVA_NONE;    // [from, to); NOVA_NONE = open
  std::uint64_t after = 0;                                // only what lies behind this position
  std::uint64_t limit = 0;                                // 0 = all
  bool newest_first = false;

  EventQuery() = default;
  explicit EventQuery(const nova_event_query& q) {
    const auto text = [&](nova_str nova_event_query::*m) -> std::optional<std::string_view> {
      const nova_str s = detail::field(q, m);
      if (s.ptr == nullptr) return std::nullopt;
      return view(s);
    };
    tenant = text(&nova_event_query::tenant);
    type = text(&nova_event_query::type);
    subject = text(&nova_event_query::subject);
    if (detail::reaches(q, &nova_event_query::to_ns)) from_ns = q.from_ns, to_ns = q.to_ns;
    after = detail::field(q, &nova_event_query::after);
    limit = detail::field(q, &nova_event_query::limit);
    newest_first = (q.flags & NOVA_QUERY_NEWEST_FIRST) != 0;
  }
  bool matches(const Event& e) const {
    return (!tenant || *tenant == e.tenant) && (!subject || *subject == e.subject) &&
           (!type || std::string_view(e.type).substr(0, type->size()) == *type) &&
           (from_ns == NOVA_NONE || e.time_ns >= from_ns) &&
           (to_ns == NOVA_NONE || e.time_ns < to_ns);
  }
};

namespace detail {

NOVA_SDK_DETECT(write, (T & t, const Call& call, const Events& events), (call, events))
NOVA_SDK_DETECT(flush, (T & t, const Call& call), (call))
NOVA_SDK_DETECT(query, (T & t, const Call& call, const EventQuery& query, EventOut& out),
                (call, query, out))

template <class T>
struct SinkThunks {
  static nova_status write(nova_instance* s, const nova_call* c, const nova_event_batch* b,
                           nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c, b);
      const Events events(*b);
      return answer([&] { return self<T>(s).write(call, events); });
    });
  }
  static nova_status flush(nova_instance* s, const nova_call* c, nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c);
      return answer([&] { return self<T>(s).flush(call); });
    });
  }
  static nova_status query(nova_instance* s, const nova_call* c, const nova_event_query* q,
                           const nova_event_sink* out, nova_error* err) noexcept {
    return guard(err, [&] {
      const Call call = enter(c, q);
      EventOut answers(out);
      const auto status = answer([&] { return self<T>(s).query(call, EventQuery(*q), answers); });
      if (status == NOVA_OK) answers.flush();
      return status;
    });
  }
};

template <class T>
constexpr nova_sink_ops make_sink_ops() {
  static_assert(has_write<T>(), "a sink needs write(nova::Call, const nova::Events&)");
  nova_sink_ops ops{};
  ops.struct_size = sizeof ops;
  ops.write = &SinkThunks<T>::write;
  if constexpr (has_flush<T>()) ops.flush = &SinkThunks<T>::flush;
  if constexpr (has_query<T>()) ops.query = &SinkThunks<T>::query;
  return ops;
}
template <class T>
inline constexpr nova_sink_ops sink_ops = make_sink_ops<T>();

}  // namespace detail

template <class T>
inline constexpr nova_component sink_component =
    detail::make_component<T>(NOVA_SINK, &detail::sink_ops<T>, detail::extension_of<T>());

}  // namespace sdk_v1
}  // namespace nova
