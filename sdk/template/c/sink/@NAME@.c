/* @ID@: events as lines of JSON in a file. It takes events and answers no queries. */
#include <novascale/sdk.h>

#include <novascale/sink.h>

#include <errno.h>
#include <unistd.h>

typedef struct writer_seen {
  nova_uuid writer;
  uint64_t sequence; /* the highest stored: the host writes a writer's events in order */
} writer_seen;

struct nova_instance {
  char path[1024];
  FILE *file; /* opened when the first event comes */
  writer_seen *writers;
  uint64_t writer_count;
};

static nova_status fail_file(const nova_instance *self, nova_error *err) {
  char text[1200];
  snprintf(text, sizeof text, "%s: %s", self->path, strerror(errno));
  return nova_fail(err, NOVA_UNAVAILABLE, text);
}

/* A JSON text of any bytes. */
static nova_status put_text(const nova_writer *out, const char *text, size_t length) {
  size_t i;
  nova_status status = nova_put(out, "\"");
  for (i = 0; i < length && status == NOVA_OK; ++i) {
    const unsigned char c = (unsigned char)text[i];
    char escape[8];
    if (c == '"' || c == '\\' || c < 0x20) {
      snprintf(escape, sizeof escape, "\\u%04x", (unsigned)c);
      status = nova_put(out, escape);
    } else {
      status = out->write(out, text + i, 1);
    }
  }
  return status == NOVA_OK ? nova_put(out, "\"") : status;
}
static nova_status to_file(const nova_writer *w, const void *data, uint64_t length) {
  return fwrite(data, 1, (size_t)length, (FILE *)w->ctx) == length ? NOVA_OK : NOVA_UNAVAILABLE;
}

static nova_status put_member(const nova_writer *out, const char *name, const nova_str *column,
                              uint64_t i) {
  nova_status status = nova_put(out, name);
  if (status != NOVA_OK) return status;
  return put_text(out, column != NULL ? column[i].ptr : "", column != NULL ? (size_t)column[i].len : 0);
}
static nova_status put_event(const nova_writer *out, const nova_event_batch *b, uint64_t i) {
  char text[128];
  nova_status status;
  size_t n;
  for (n = 0; n < sizeof b->writer->b; ++n)
    snprintf(text + 2 * n, 3, "%02x", (unsigned)(b->writer != NULL ? b->writer[i].b[n] : 0));
  status = nova_put(out, "{\"writer\":\"");
  if (status == NOVA_OK) status = nova_put(out, text);
  snprintf(text, sizeof text, "\",\"sequence\":%llu,\"time_ns\":%lld",
           (unsigned long long)(b->sequence != NULL ? b->sequence[i] : 0),
           (long long)(b->time_ns != NULL ? b->time_ns[i] : 0));
  if (status == NOVA_OK) status = nova_put(out, text);
  if (status == NOVA_OK) status = put_member(out, ",\"tenant\":", b->tenant, i);
  if (status == NOVA_OK) status = put_member(out, ",\"type\":", b->type, i);
  if (status == NOVA_OK) status = put_member(out, ",\"subject\":", b->subject, i);
  if (status == NOVA_OK) status = put_member(out, ",\"event\":", b->event_json, i);
  return status == NOVA_OK ? nova_put(out, "}\n") : status;
}

/* Where the writer's highest sequence is kept; null = out of memory. */
static uint64_t *seen(nova_instance *self, const nova_uuid *writer) {
  writer_seen *grown;
  uint64_t i;
  for (i = 0; i < self->writer_count; ++i)
    if (memcmp(&self->writers[i].writer, writer, sizeof *writer) == 0)
      return &self->writers[i].sequence;
  grown = (writer_seen *)realloc(self->writers, (size_t)(self->writer_count + 1) * sizeof *grown);
  if (grown == NULL) return NULL;
  self->writers = grown;
  grown[self->writer_count].writer = *writer;
  grown[self->writer_count].sequence = 0;
  return &grown[self->writer_count++].sequence;
}

static nova_status write_events(nova_instance *self, const nova_call *call,
                                const nova_event_batch *b, nova_error *err) {
  nova_writer out;
  uint64_t i;
  const nova_status status = nova_enter(call, b->flags, err);
  if (status != NOVA_OK) return status;
  if (self->file == NULL) self->file = fopen(self->path, "a");
  if (self->file == NULL) return fail_file(self, err);
  memset(&out, 0, sizeof out);
  out.struct_size = sizeof out;
  out.ctx = self->file;
  out.write = to_file;
  for (i = 0; i < b->count; ++i) {
    static const nova_uuid kNone;
    uint64_t *highest = seen(self, b->writer != NULL ? &b->writer[i] : &kNone);
    if (highest == NULL) return nova_fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
    if (b->sequence != NULL && b->sequence[i] <= *highest) continue; /* a repeat: harmless */
    if (put_event(&out, b, i) != NOVA_OK) return fail_file(self, err);
    if (b->sequence != NULL) *highest = b->sequence[i];
  }
  return NOVA_OK;
}

static nova_status flush(nova_instance *self, const nova_call *call, nova_error *err) {
  const nova_status status = nova_enter(call, 0, err);
  if (status != NOVA_OK || self->file == NULL) return status;
  if (fflush(self->file) != 0 || fsync(fileno(self->file)) != 0) return fail_file(self, err);
  return NOVA_OK;
}

static void destroy(nova_instance *self) {
  if (self->file != NULL) fclose(self->file);
  free(self->writers);
  free(self);
}

static nova_status create(const nova_component *component, const nova_call *call,
                          const nova_host *host, nova_str config, nova_instance **out,
                          nova_error *err) {
  nova_instance *self;
  nova_status status = nova_enter(call, host->flags, err);
  (void)component;
  *out = NULL;
  if (status == NOVA_OK) status = nova_config_check(config, err);
  if (status == NOVA_OK && nova_stop(call)) status = nova_fail_stop(call, err);
  if (status != NOVA_OK) return status;
  self = (nova_instance *)calloc(1, sizeof *self);
  if (self == NULL) return nova_fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
  status = nova_config_text(config, "file", "events.jsonl", self->path, sizeof self->path, err);
  if (status == NOVA_OK && self->path[0] == 0)
    status = nova_fail(err, NOVA_INVALID_ARGUMENT, "/file: must not be empty");
  if (status != NOVA_OK) {
    destroy(self);
    return status;
  }
  *out = self;
  return NOVA_OK;
}

/* What the instance runs with. */
static nova_status describe(nova_instance *self, const nova_call *call, const nova_writer *json,
                            nova_error *err) {
  nova_status status = nova_enter(call, 0, err);
  if (status == NOVA_OK) status = nova_put(json, "{\"config\":{\"file\":");
  if (status == NOVA_OK) status = put_text(json, self->path, strlen(self->path));
  return status == NOVA_OK ? nova_put(json, "}}") : status;
}

/* A function that is not there is null: the host has a fallback for each but the mandatory ones. */
static const nova_sink_ops kOps = {sizeof(nova_sink_ops), 0, write_events, flush, NULL};

static const nova_component kComponent = {
    sizeof(nova_component), NOVA_COMPONENT_VIRTUAL_TIME,
    NOVA_SINK, "@ID@", "@CLASS@", "1.0.0", "Events as lines of JSON in a file",
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"file\":{\"type\":\"string\",\"minLength\":1,\"default\":\"events.jsonl\",\"x-path\":true}}}",
    &kOps, create, destroy, describe, NULL, NULL, NULL};

static const nova_component *const kComponents[] = {&kComponent};

static const nova_plugin kPlugin = {
    sizeof(nova_plugin), NOVA_ABI_MAJOR, NOVA_ABI_MINOR,
    "@ID@", "Example", "1.0.0", "", "", "", kComponents, 1};

NOVA_EXPORT const nova_plugin *nova_plugin_entry_v1(void) { return &kPlugin; }
