/* What @NAME@ promises, checked without a host. */
#include <novascale/fake_host.h>

#include <novascale/draft/policy.h>

static char told[128]; /* of group 0 */
static void on_note(const nova_call *c, uint64_t item, nova_status status, nova_str text) {
  (void)c;
  (void)status;
  if (item == 0) snprintf(told, sizeof told, "%.*s", (int)text.len, text.ptr);
}

int main(void) {
  const nova_component *component = nova_plugin_entry_v1()->components[0];
  const nova_policy_ops *ops = (const nova_policy_ops *)component->ops;
  int64_t now = 0;
  const nova_host host = nova_fake_host(&now);
  nova_call call = nova_fake_call();
  nova_error err = nova_fake_error();
  nova_instance *self = NULL;
  /* Group 0 has load and utilisation, group 1 lost its signal. */
  const uint64_t keys[] = {0, 1}, signal_keys[] = {0, 1, 2}, signal_group[] = {0, 0, 1};
  const uint32_t serving[] = {4, 4};
  const double values[] = {600, 0.9, NAN}, per_machine[] = {100, NAN, 100};
  const int32_t role[] = {1, 2, 1};
  int64_t proposed[] = {NOVA_NONE, 7};
  int32_t status[] = {0, 0};
  nova_series_view signals;
  nova_proposal io;

  NOVA_CHECK(component->create(component, &call, &host, nova_text("{\"target\": 2}"), &self, &err) ==
             NOVA_INVALID_ARGUMENT);
  NOVA_CHECK(component->create(component, &call, &host, nova_text("{\"target\": 0.5}"), &self, &err) ==
             NOVA_OK);
  memset(&signals, 0, sizeof signals);
  signals.struct_size = sizeof signals;
  signals.series_count = 3;
  signals.point_count = 1;
  signals.keys = signal_keys;
  signals.values = values;
  signals.series_stride = signals.time_stride = 1;
  memset(&io, 0, sizeof io);
  io.struct_size = sizeof io;
  io.count = 2;
  io.keys = keys;
  io.serving = serving;
  io.signals = &signals;
  io.signal_group = signal_group;
  io.signal_role = role;
  io.per_machine = per_machine;
  io.proposed = proposed;
  io.item_status = status;
  call.note = on_note;
  NOVA_CHECK(ops->propose(self, &call, &io, &err) == NOVA_OK);
  NOVA_CHECK(proposed[0] == 12); /* 600 / (100 x 0.5), more than 4 x 0.9 / 0.5 */
  NOVA_CHECK(proposed[1] == NOVA_NONE);
  NOVA_CHECK(strcmp(told, "12 machines bring utilisation to its target") == 0);
  component->destroy(self);
  return nova_fake_failures != 0;
}
