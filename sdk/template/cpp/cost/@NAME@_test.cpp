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
  const nova_component& component = *nova_plugin_entry_v1()->components[0];
  nova::FakeHost host;
  nova::FakeComponent cost(component, host, R"({"prices": [
      {"machine_type": "m", "vcpus": 4, "memory_gib": 16, "usd_per_hour": 0.192}]})");
  CHECK(cost.status == NOVA_OK);
  const auto& ops = cost.ops<nova_cost_ops>();

  std::vector<std::string> ids;
  const nova_offer_sink sink{sizeof sink, 0, &ids,
                             [](const nova_offer_sink* s, const nova_offer_batch* b) -> nova_status {
                               for (std::uint64_t i = 0; i < b->count; ++i)
                                 static_cast<std::vector<std::string>*>(s->ctx)->emplace_back(
                                     nova::view(b->offer_id[i]));
                               return NOVA_OK;
                             }};
  cost.invoke(ops.list_offers, nova::str("{}"), &sink);
  CHECK(ids.size() == 1 && ids[0] == "example/here//m/linux/on-demand");

  const nova_str asked[] = {nova::str(ids[0]), nova::str("nothing")};
  const std::uint64_t machines[] = {3, 1};
  const std::int64_t seconds[] = {1800, 1800};
  std::int64_t total[] = {NOVA_NONE, NOVA_NONE};
  std::int32_t status[] = {NOVA_OK, NOVA_OK};
  nova_quote io{};
  io.struct_size = sizeof io;
  io.count = 2;
  io.offer_id = asked, io.machines = machines, io.duration_s = seconds;
  io.total_nanos = total, io.item_status = status;
  cost.invoke(ops.quote, &io);
  CHECK(total[0] == 288'000'000);  // 0.192 USD x 3 machines x half an hour
  CHECK(status[1] == NOVA_NOT_FOUND && total[1] == NOVA_NONE);

  nova::FakeComponent bad(component, host, R"({"prices": [{"machine_type": "m"}]})");
  CHECK(bad.status == NOVA_INVALID_ARGUMENT);
  return failures != 0;
}
