// Events: what happened. Sinks receive and answer them, controllers send them.
#pragma once

#include <novascale/event.h>

#include <novascale/columns.hpp>

namespace nova {
inline namespace sdk_v1 {

// A borrowed batch of events, as given to a sink.
class Events {
 public:
  explicit Events(const nova_event_batch& b)
      : count_(detail::field(b, &nova_event_batch::count)),
        writer_(detail::field(b, &nova_event_batch::writer)),
        sequence_(detail::field(b, &nova_event_batch::sequence)),
        time_ns_(detail::field(b, &nova_event_batch::time_ns)),
        tenant_(detail::field(b, &nova_event_batch::tenant), count_),
        type_(detail::field(b, &nova_event_batch::type), count_),
        subject_(detail::field(b, &nova_event_batch::subject), count_),
        json_(detail::field(b, &nova_event_batch::event_json), count_) {}

  std::size_t count() const noexcept { return static_cast<std::size_t>(count_); }
  // writer and sequence together are the identity: store each pair once.
  nova_uuid writer(std::size_t i) const noexcept {
    return writer_ == nullptr ? nova_uuid{} : writer_[i];
  }
  std::uint64_t sequence(std::size_t i) const noexcept {
    return sequence_ == nullptr ? 0 : sequence_[i];
  }
  std::int64_t time_ns(std::size_t i) const noexcept {
    return time_ns_ == nullptr ? NOVA_NONE : time_ns_[i];
  }
  std::string_view tenant(std::size_t i) const noexcept { return tenant_[i]; }
  std::string_view type(std::size_t i) const noexcept { return type_[i]; }
  std::string_view subject(std::size_t i) const noexcept { return subject_[i]; }
  std::string_view json(std::size_t i) const noexcept { return json_[i]; }

 private:
  std::uint64_t count_;
  const nova_uuid* writer_;
  const std::uint64_t* sequence_;
  const std::int64_t* time_ns_;
  Strings tenant_, type_, subject_, json_;
};

struct Event {
  nova_uuid writer{};
  std::uint64_t sequence = 0;
  std::uint64_t position = 0;  // a sink's own order, ascending, from 1
  std::int64_t time_ns = NOVA_NONE;
  std::string tenant, type, subject, json;
};

// Rows to columns; `take` gets each batch.
template <class Take>
void as_batch(const std::vector<Event>& rows, Take&& take) {
  using detail::column;
  const auto writer = column(rows, &Event::writer);
  const auto sequence = column(rows, &Event::sequence), position = column(rows, &Event::position);
  const auto time_ns = column(rows, &Event::time_ns);
  const auto tenant = column(rows, &Event::tenant), type = column(rows, &Event::type),
             subject = column(rows, &Event::subject), json = column(rows, &Event::json);
  nova_event_batch b{};
  b.struct_size = sizeof b;
  b.count = rows.size();
  b.writer = writer.data(), b.sequence = sequence.data(), b.position = position.data();
  b.time_ns = time_ns.data(), b.tenant = tenant.data(), b.type = type.data();
  b.subject = subject.data(), b.event_json = json.data();
  take(b);
}

// The answer of a sink's query.
class EventOut {
 public:
  explicit EventOut(const nova_event_sink* sink) : sink_(sink) {}
  void add(Event event) {
    rows_.push_back(std::move(event));
    if (rows_.size() >= detail::kBatch) flush();
  }
  void flush() {
    if (rows_.empty()) return;
    as_batch(rows_, [&](const nova_event_batch& b) { detail::emit(sink_, b); });
    rows_.clear();
  }

 private:
  const nova_event_sink* sink_;
  std::vector<Event> rows_;
};

}  // namespace sdk_v1
}  // namespace nova
