/* What @NAME@ promises, checked without a host. */
#include <novascale/fake_host.h>

#include <novascale/sink.h>

#include <unistd.h>

int main(void) {
  const nova_component *component = nova_plugin_entry_v1()->components[0];
  const nova_sink_ops *ops = (const nova_sink_ops *)component->ops;
  int64_t now = 0;
  const nova_host host = nova_fake_host(&now);
  const nova_call call = nova_fake_call();
  nova_error err = nova_fake_error();
  nova_instance *self = NULL;
  char path[64] = "/tmp/@NAME@_test_XXXXXX", config[128], line[512];
  const int fd = mkstemp(path);
  nova_uuid writers[2];
  const uint64_t sequence[] = {1, 2};
  const int64_t times[] = {10, 20};
  nova_str tenant[2], type[2], subject[2], json[2];
  int lines = 0, i;
  FILE *written;
  nova_event_batch b;

  NOVA_CHECK(fd >= 0);
  snprintf(config, sizeof config, "{\"file\": \"%s\"}", path);
  NOVA_CHECK(component->create(component, &call, &host, nova_text(config), &self, &err) == NOVA_OK);
  memset(writers, 0, sizeof writers);
  for (i = 0; i < 2; ++i) {
    tenant[i] = nova_text("acme");
    type[i] = nova_text("decision");
    subject[i] = nova_text("a \"quoted\" one");
    json[i] = nova_text("{}");
  }
  memset(&b, 0, sizeof b);
  b.struct_size = sizeof b;
  b.count = 2;
  b.writer = writers;
  b.sequence = sequence;
  b.time_ns = times;
  b.tenant = tenant;
  b.type = type;
  b.subject = subject;
  b.event_json = json;
  NOVA_CHECK(ops->write(self, &call, &b, &err) == NOVA_OK);
  NOVA_CHECK(ops->write(self, &call, &b, &err) == NOVA_OK); /* a repeat is harmless */
  NOVA_CHECK(ops->flush(self, &call, &err) == NOVA_OK);
  written = fopen(path, "r");
  while (written != NULL && fgets(line, sizeof line, written) != NULL) {
    NOVA_CHECK(strstr(line, "\"tenant\":\"acme\"") != NULL);
    NOVA_CHECK(nova_config_check(nova_text(line), &err) == NOVA_OK); /* one JSON object */
    ++lines;
  }
  NOVA_CHECK(lines == 2);
  if (written != NULL) fclose(written);
  component->destroy(self);
  close(fd);
  unlink(path);
  return nova_fake_failures != 0;
}
