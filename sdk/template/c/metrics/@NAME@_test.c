/* What @NAME@ promises, checked without a host. */
#include <novascale/fake_host.h>

#include <novascale/metrics.h>

int main(void) {
  const nova_component *component = nova_plugin_entry_v1()->components[0];
  const nova_metrics_ops *ops = (const nova_metrics_ops *)component->ops;
  int64_t now = 3000000000;
  const nova_host host = nova_fake_host(&now);
  const nova_call call = nova_fake_call();
  nova_error err = nova_fake_error();
  nova_instance *self = NULL;
  const uint64_t keys[] = {7, 8};
  nova_str names[2];
  double values[8] = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
  int64_t newest[] = {NOVA_NONE, NOVA_NONE};
  int32_t status[] = {0, 0};
  nova_binding binding;
  nova_range io;

  NOVA_CHECK(component->create(component, &call, &host, nova_text("{\"period_s\": 0}"), &self, &err) ==
             NOVA_INVALID_ARGUMENT);
  NOVA_CHECK(component->create(component, &call, &host,
                               nova_text("{\"base\": 10, \"amplitude\": 4, \"period_s\": 4}"), &self,
                               &err) == NOVA_OK);
  names[0] = nova_text("sine");
  names[1] = nova_text("cosine");
  memset(&binding, 0, sizeof binding);
  binding.struct_size = sizeof binding;
  binding.count = 2;
  binding.keys = keys;
  binding.name = names;
  binding.item_status = status;
  NOVA_CHECK(component->bind(self, &call, &binding, &err) == NOVA_OK);
  NOVA_CHECK(status[0] == NOVA_OK && status[1] == NOVA_NOT_FOUND);

  memset(&io, 0, sizeof io);
  io.struct_size = sizeof io;
  io.keys = keys;
  io.series_count = 2;
  io.point_count = 4;
  io.t0_ns = io.step_ns = 1000000000;
  io.values = values;
  io.series_stride = 4;
  io.newest_ns = newest;
  io.item_status = status;
  NOVA_CHECK(ops->query_range(self, &call, &io, &err) == NOVA_OK);
  NOVA_CHECK(fabs(values[0] - 14) < 1e-9); /* a quarter of the wave */
  NOVA_CHECK(fabs(values[2] - 6) < 1e-9);
  NOVA_CHECK(isnan(values[3]) && newest[0] == now); /* nothing after now */
  NOVA_CHECK(status[1] == NOVA_NOT_FOUND && isnan(values[4]));
  NOVA_CHECK(component->forget(self, &call, keys, 2, &err) == NOVA_OK);
  NOVA_CHECK(ops->query_range(self, &call, &io, &err) == NOVA_OK && status[0] == NOVA_NOT_FOUND);
  component->destroy(self);
  return nova_fake_failures != 0;
}
