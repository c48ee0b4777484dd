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
  {
    nova::FakeComponent model(component, host, R"({"damping": 0.5})");
    const auto a = model.forecast({{0, 1, 2, 3, 4, 5, 6, 7}}, 2, {0.1, 0.5, 0.9});
    CHECK(a.status == NOVA_OK && a.item_status[0] == NOVA_OK);
    CHECK(a.mean[0][0] == 7.5 && a.mean[0][1] == 8);
    CHECK(a.quantiles[0][0][1] < a.mean[0][1] && a.mean[0][1] < a.quantiles[0][2][1]);
  }
  {
    nova::FakeComponent model(component, host);
    const auto a = model.forecast({{nova::kNaN, nova::kNaN}, {1, 2}}, 1);
    CHECK(a.item_status[0] == NOVA_FAILED_PRECONDITION);  // one bad series ...
    CHECK(a.item_status[1] == NOVA_OK);                   // ... does not cost the others
  }
  {
    nova::FakeComponent model(component, host, R"({"damping": 7})");
    CHECK(model.status == NOVA_INVALID_ARGUMENT);
  }
  host.cancel_now = true;
  nova::FakeComponent model(component, host);
  CHECK(model.status == NOVA_CANCELLED);
  return failures != 0;
}
