// What @NAME@ promises, checked without a host.
#include <cmath>
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
  const nova_component& component = *nova_plugin_entry_v1()->components[0];
  nova::FakeHost host;
  host.now_ns = 3'000'000'000;
  nova::FakeComponent source(component, host, R"({"base": 10, "amplitude": 4, "period": "4s"})");
  CHECK(source.status == NOVA_OK);
  const auto bound = source.bind({"sine", "cosine"});
  CHECK(bound[0] == NOVA_OK && bound[1] == NOVA_NOT_FOUND);
  const auto& ops = source.ops<nova_metrics_ops>();

  const std::uint64_t keys[] = {0, 1};
  double values[8];
  std::int64_t newest[] = {NOVA_NONE, NOVA_NONE};
  std::int32_t status[] = {NOVA_OK, NOVA_OK};
  for (double& v : values) v = nova::kNaN;
  nova_range io{};
  io.struct_size = sizeof io;
  io.keys = keys, io.series_count = 2, io.point_count = 4;
  io.t0_ns = 1'000'000'000, io.step_ns = 1'000'000'000;
  io.values = values, io.series_stride = 4, io.newest_ns = newest, io.item_status = status;
  source.invoke(ops.query_range, &io);
  CHECK(std::fabs(values[0] - 14) < 1e-9);  // a quarter of the wave
  CHECK(std::fabs(values[1] - 10) < 1e-9);
  CHECK(std::fabs(values[2] - 6) < 1e-9);
  CHECK(std::isnan(values[3]));  // after now
  CHECK(newest[0] == 3'000'000'000);
  CHECK(status[1] == NOVA_NOT_FOUND && std::isnan(values[4]));

  nova::FakeComponent bad(component, host, R"({"period": "soon"})");
  CHECK(bad.status == NOVA_INVALID_ARGUMENT);
  return failures != 0;
}
