/* What @NAME@ promises, checked without a host. */
#include <novascale/fake_host.h>

#include <novascale/model.h>

int main(void) {
  const nova_component *component = nova_plugin_entry_v1()->components[0];
  const nova_model_ops *ops = (const nova_model_ops *)component->ops;
  int64_t now = 0;
  const nova_host host = nova_fake_host(&now);
  nova_call call = nova_fake_call();
  nova_error err = nova_fake_error();
  nova_instance *self = NULL;
  const double values[] = {0, 1, 2, 3, NAN, NAN, NAN, NAN}, levels[] = {0.1, 0.5, 0.9};
  const uint64_t keys[] = {1, 2};
  const int32_t stop = 1;
  double mean[4], quantiles[12];
  int32_t status[2] = {0, 0};
  nova_series_view y;
  nova_forecast io;

  NOVA_CHECK(component->create(component, &call, &host, nova_text("{\"damping\": 7}"), &self, &err) ==
             NOVA_INVALID_ARGUMENT);
  NOVA_CHECK(component->create(component, &call, &host, nova_text("{\"damping\": 1}"), &self, &err) ==
             NOVA_OK);
  memset(&y, 0, sizeof y);
  y.struct_size = sizeof y;
  y.series_count = 2;
  y.point_count = 4;
  y.keys = keys;
  y.values = values;
  y.series_stride = 4;
  y.time_stride = 1;
  memset(&io, 0, sizeof io);
  io.struct_size = sizeof io;
  io.history = &y;
  io.lead_count = 2;
  io.levels = levels;
  io.level_count = 3;
  io.mean = mean;
  io.mean_series_stride = 2;
  io.quantiles = quantiles;
  io.q_series_stride = 6;
  io.q_level_stride = 2;
  io.item_status = status;
  NOVA_CHECK(ops->forecast(self, &call, &io, &err) == NOVA_OK);
  NOVA_CHECK(mean[0] == 4 && mean[1] == 5 && status[0] == NOVA_OK);
  NOVA_CHECK(quantiles[1] <= quantiles[3] && quantiles[3] <= quantiles[5]);
  NOVA_CHECK(status[1] == NOVA_FAILED_PRECONDITION); /* all missing: the other series is not touched */

  call.cancel = &stop;
  NOVA_CHECK(ops->forecast(self, &call, &io, &err) == NOVA_CANCELLED);
  call.cancel = NULL;
  io.flags = 0x80000000u; /* a feature of the future that must not be overlooked */
  NOVA_CHECK(ops->forecast(self, &call, &io, &err) == NOVA_UNIMPLEMENTED);
  component->destroy(self);
  return nova_fake_failures != 0;
}
