// Events written to a sink through the contract, for tests.
#pragma once

#include <string>
#include <vector>

#include "tests/plugins/plugin_file.hpp"

namespace nova_test {

inline nova::Event event(std::uint64_t sequence, const std::string& type, const std::string& json,
                         std::int64_t time_ns = 1'700'000'000'000'000'000) {
  nova::Event e;
  e.writer.b[0] = 0xab;
  e.sequence = sequence;
  e.time_ns = time_ns;
  e.tenant = "default";
  e.type = type;
  e.subject = "web";
  e.json = json;
  return e;
}

inline nova_status write(nova::FakeComponent& c, const std::vector<nova::Event>& events) {
  nova::as_batch(events,
                 [&](const nova_event_batch& b) { c.invoke(c.ops<nova_sink_ops>().write, &b); });
  return c.status;
}
inline nova_status flush(nova::FakeComponent& c) { return c.invoke(c.ops<nova_sink_ops>().flush); }

}  // namespace nova_test
