// What @NAME@ promises, checked without a host.
#include <cstdio>
#include <novascale/fake_host.hpp>

static int failures = 0;
#define CHECK(claim)                                                       \
  do {                                                                     \
    if (!(claim)) {                                                        \
      std::fprintf(stderr, "%s:%d: %s\\n", __FILE__, __LINE__, #claim);     \
      ++failures;                                                          \
    }                                                                      \
  } while (0)

int main() {
  nova::FakeHost host;
  nova::FakeComponent policy(*nova_plugin_entry_v1()->components[0], host, R"({"target": 0.5})");
  CHECK(policy.status == NOVA_OK);

  // Group 0 has load and utilisation, group 1 lost its signal.
  const std::uint64_t keys[] = {0, 1}, signal_keys[] = {0, 1, 2}, signal_group[] = {0, 0, 1};
  const std::uint32_t serving[] = {4, 4};
  const double values[] = {600, 0.9, nova::kNaN};
  const std::int32_t role[] = {1, 2, 1};
  const double per_machine[] = {100, nova::kNaN, 100};
  nova_series_view signals{};
  signals.struct_size = sizeof signals;
  signals.series_count = 3, signals.point_count = 1, signals.keys = signal_keys;
  signals.values = values, signals.series_stride = 1, signals.time_stride = 1;
  std::int64_t proposed[] = {NOVA_NONE, 7};
  std::int32_t status[] = {NOVA_OK, NOVA_OK};
  nova_proposal io{};
  io.struct_size = sizeof io;
  io.count = 2, io.keys = keys, io.serving = serving, io.signals = &signals;
  io.signal_group = signal_group, io.signal_role = role, io.per_machine = per_machine;
  io.proposed = proposed, io.item_status = status;
  policy.invoke(policy.ops<nova_policy_ops>().propose, &io);
  CHECK(policy.status == NOVA_OK);
  CHECK(proposed[0] == 12);  // 600 / (100 x 0.5), more than 4 x 0.9 / 0.5
  CHECK(host.noted(0, "12 machines bring utilisation to its target"));
  CHECK(proposed[1] == NOVA_NONE && host.noted(1, "no signal"));
  return failures != 0;
}
