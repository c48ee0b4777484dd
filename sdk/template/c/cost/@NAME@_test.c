/* What @NAME@ promises, checked without a host. */
#include <novascale/fake_host.h>

#include <novascale/cost.h>

static nova_status take(const nova_offer_sink *s, const nova_offer_batch *b) {
  const nova_str *id = b->offer_id;
  NOVA_CHECK(b->count == 1);
  snprintf((char *)s->ctx, 128, "%.*s", (int)id->len, id->ptr);
  return NOVA_OK;
}

int main(void) {
  const nova_component *component = nova_plugin_entry_v1()->components[0];
  const nova_cost_ops *ops = (const nova_cost_ops *)component->ops;
  int64_t now = 0;
  const nova_host host = nova_fake_host(&now);
  const nova_call call = nova_fake_call();
  nova_error err = nova_fake_error();
  nova_instance *self = NULL;
  char id[128] = "";
  nova_offer_sink sink;
  nova_str asked[2];
  const uint64_t machines[] = {3, 1};
  const int64_t seconds[] = {1800, 1800};
  int64_t total[] = {NOVA_NONE, NOVA_NONE};
  int32_t status[] = {0, 0};
  nova_quote io;

  NOVA_CHECK(component->create(component, &call, &host, nova_text("{\"usd_per_hour\": \"cheap\"}"),
                               &self, &err) == NOVA_INVALID_ARGUMENT);
  NOVA_CHECK(component->create(component, &call, &host,
                               nova_text("{\"machine_type\": \"m\", \"usd_per_hour\": 0.192}"), &self,
                               &err) == NOVA_OK);
  memset(&sink, 0, sizeof sink);
  sink.struct_size = sizeof sink;
  sink.ctx = id;
  sink.emit = take;
  NOVA_CHECK(ops->list_offers(self, &call, nova_text("{}"), &sink, &err) == NOVA_OK);
  NOVA_CHECK(strcmp(id, "example/here//m/linux/on-demand") == 0);

  asked[0] = nova_text(id);
  asked[1] = nova_text("nothing");
  memset(&io, 0, sizeof io);
  io.struct_size = sizeof io;
  io.count = 2;
  io.offer_id = asked;
  io.machines = machines;
  io.duration_s = seconds;
  io.total_nanos = total;
  io.item_status = status;
  NOVA_CHECK(ops->quote(self, &call, &io, &err) == NOVA_OK);
  NOVA_CHECK(total[0] == 288000000); /* 0.192 USD x 3 machines x half an hour */
  NOVA_CHECK(status[1] == NOVA_NOT_FOUND && total[1] == NOVA_NONE);
  component->destroy(self);
  return nova_fake_failures != 0;
}
