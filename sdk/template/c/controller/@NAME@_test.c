/* What @NAME@ promises, checked without a host. */
#include <novascale/fake_host.h>

#include <novascale/controller.h>

typedef struct seen {
  uint32_t desired;
  uint64_t generation;
} seen;

static nova_status take(const nova_group_sink *s, const nova_group_batch *b) {
  seen *to = (seen *)s->ctx;
  to->desired = b->desired[0];
  to->generation = b->generation[0];
  return NOVA_OK;
}
static seen group(const nova_controller_ops *ops, nova_instance *self) {
  const nova_call call = nova_fake_call();
  nova_error err = nova_fake_error();
  seen g = {0, 0};
  nova_group_sink sink;
  memset(&sink, 0, sizeof sink);
  sink.struct_size = sizeof sink;
  sink.ctx = &g;
  sink.emit = take;
  NOVA_CHECK(ops->list_groups(self, &call, NULL, 0, &sink, &err) == NOVA_OK);
  return g;
}

/* item_status of one row; generation 0 = any. */
static int32_t row(nova_status (*function)(nova_instance *, const nova_call *, const nova_scale *, nova_error *),
                   nova_instance *self, uint32_t desired, uint8_t token, uint64_t generation) {
  const nova_call call = nova_fake_call();
  nova_error err = nova_fake_error();
  const nova_str id = nova_text("web"), offer = nova_text("small");
  nova_uuid uuid;
  int32_t state = 0, status = NOVA_OK;
  nova_scale io;
  memset(&uuid, 0, sizeof uuid);
  uuid.b[0] = token;
  memset(&io, 0, sizeof io);
  io.struct_size = sizeof io;
  io.count = 1;
  io.group_id = &id;
  io.offer_id = &offer;
  io.desired = &desired;
  io.expected_generation = generation == 0 ? NULL : &generation;
  io.token = &uuid;
  io.state = &state;
  io.item_status = &status;
  NOVA_CHECK(function(self, &call, &io, &err) == NOVA_OK);
  return status;
}

int main(void) {
  const nova_component *component = nova_plugin_entry_v1()->components[0];
  const nova_controller_ops *ops = (const nova_controller_ops *)component->ops;
  int64_t now = 5;
  const nova_host host = nova_fake_host(&now);
  const nova_call call = nova_fake_call();
  nova_error err = nova_fake_error();
  nova_instance *self = NULL;
  const uint64_t key = 1;
  const nova_str name = nova_text("web");
  nova_uuid tokens[2];
  int32_t state[2], result[2];
  uint64_t first;
  nova_binding binding;
  nova_operations io;

  NOVA_CHECK(component->create(component, &call, &host, nova_text("{\"max\": 5}"), &self, &err) ==
             NOVA_OK);
  memset(&binding, 0, sizeof binding);
  binding.struct_size = sizeof binding;
  binding.count = 1;
  binding.keys = &key;
  binding.name = &name;
  NOVA_CHECK(component->bind(self, &call, &binding, &err) == NOVA_OK);
  first = group(ops, self).generation;

  NOVA_CHECK(row(ops->can_scale, self, 3, 1, 0) == NOVA_OK && group(ops, self).desired == 0);
  NOVA_CHECK(row(ops->scale, self, 3, 1, first) == NOVA_OK && group(ops, self).desired == 3);
  NOVA_CHECK(row(ops->scale, self, 3, 1, first) == NOVA_OK);      /* the same token */
  NOVA_CHECK(row(ops->scale, self, 4, 2, first) == NOVA_ABORTED); /* an old generation */
  NOVA_CHECK(row(ops->scale, self, 6, 3, 0) == NOVA_INVALID_ARGUMENT);
  NOVA_CHECK(group(ops, self).desired == 3);

  memset(tokens, 0, sizeof tokens);
  tokens[0].b[0] = 1;
  tokens[1].b[0] = 99;
  memset(&io, 0, sizeof io);
  io.struct_size = sizeof io;
  io.count = 2;
  io.token = tokens;
  io.state = state;
  io.result = result;
  NOVA_CHECK(ops->poll(self, &call, &io, &err) == NOVA_OK);
  NOVA_CHECK(state[0] == NOVA_OP_DONE && result[0] == NOVA_OK);
  NOVA_CHECK(state[1] == 0 && result[1] == NOVA_NOT_FOUND);
  component->destroy(self);
  return nova_fake_failures != 0;
}
