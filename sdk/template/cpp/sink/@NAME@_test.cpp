// What @NAME@ promises, checked without a host.
#include <cstdio>
#include <filesystem>
#include <novascale/fake_host.hpp>

#include <unistd.h>

static int failures = 0;
#define CHECK(claim)                                                       \
  do {                                                                     \
    if (!(claim)) {                                                        \
      std::fprintf(stderr, "%s:%d: %s\\n", __FILE__, __LINE__, #claim);     \
      ++failures;                                                          \
    }                                                                      \
  } while (0)

static std::vector<std::string> query(nova::FakeComponent& sink, const nova_event_query& q) {
  std::vector<std::string> subjects;
  const nova_event_sink out{sizeof out, 0, &subjects,
                            [](const nova_event_sink* s, const nova_event_batch* b) -> nova_status {
                              for (std::uint64_t i = 0; i < b->count; ++i)
                                static_cast<std::vector<std::string>*>(s->ctx)->emplace_back(
                                    nova::view(b->subject[i]));
                              return NOVA_OK;
                            }};
  sink.invoke(sink.ops<nova_sink_ops>().query, &q, &out);
  return subjects;
}

int main() {
  const auto file = std::filesystem::temp_directory_path() / ("@NAME@_test_" + std::to_string(::getpid()));
  const std::string config = nova::Json{{"file", file.string()}}.dump();
  nova::FakeHost host;
  std::vector<nova::Event> events(3);
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i].sequence = i + 1;
    events[i].time_ns = static_cast<std::int64_t>(i);
    events[i].tenant = i == 2 ? "other" : "acme";
    events[i].type = "decision";
    events[i].subject = "s" + std::to_string(i);
    events[i].json = "{}";
  }
  nova_event_query acme{};
  acme.struct_size = sizeof acme;
  acme.tenant = nova::str("acme");
  acme.from_ns = acme.to_ns = NOVA_NONE;
  {
    nova::FakeComponent sink(*nova_plugin_entry_v1()->components[0], host, config);
    nova::as_batch(events, [&](const nova_event_batch& b) {
      CHECK(sink.invoke(sink.ops<nova_sink_ops>().write, &b) == NOVA_OK);
      CHECK(sink.invoke(sink.ops<nova_sink_ops>().write, &b) == NOVA_OK);  // harmless
    });
    CHECK(sink.invoke(sink.ops<nova_sink_ops>().flush) == NOVA_OK);
    CHECK((query(sink, acme) == std::vector<std::string>{"s0", "s1"}));  // and nobody else's
  }
  {
    nova::FakeComponent again(*nova_plugin_entry_v1()->components[0], host, config);
    acme.after = 1;
    CHECK((query(again, acme) == std::vector<std::string>{"s1"}));
  }
  std::filesystem::remove(file);
  return failures != 0;
}
