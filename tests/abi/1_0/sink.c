/* A sink of ABI 1.0 in C99: the last events in memory, a ring; (writer, sequence) is taken once.

   Each writer's events come in order of sequence, so the highest one seen tells what is new. There
   is no flush: what is taken is as durable as it gets here. */
#include "common.h"

struct event {
  nova_uuid writer;
  uint64_t sequence, position;
  int64_t time_ns;
  char* texts; /* one block that tenant, type, subject and body point into */
  nova_str tenant, type, subject, body;
};

struct writer {
  nova_uuid id;
  uint64_t highest;
};

struct nova_instance {
  struct event* ring;
  uint64_t size, written; /* slots; events ever taken: the position of the last one */
  struct writer* writers;
  uint64_t writer_count;
};

static struct writer* find_writer(nova_instance* s, const nova_uuid* id) {
  for (uint64_t i = 0; i < s->writer_count; ++i)
    if (memcmp(&s->writers[i].id, id, sizeof *id) == 0) return &s->writers[i];
  struct writer* larger = realloc(s->writers, (s->writer_count + 1) * sizeof *larger);
  if (!larger) return NULL;
  s->writers = larger;
  larger += s->writer_count++;
  larger->id = *id;
  larger->highest = 0;
  return larger;
}

static nova_str put(char** at, nova_str from) {
  nova_str out = {*at, from.len};
  if (from.len) memcpy(*at, from.ptr, from.len);
  *at += from.len;
  return out;
}

static nova_str cell(const nova_str* column, uint64_t i) {
  const nova_str empty = {NULL, 0};
  return column ? column[i] : empty;
}

static int take(nova_instance* s, const nova_event_batch* b, uint64_t i) {
  const nova_str tenant = cell(b->tenant, i), type = cell(b->type, i);
  const nova_str subject = cell(b->subject, i), body = cell(b->event_json, i);
  char* texts = malloc(tenant.len + type.len + subject.len + body.len + 1);
  if (!texts) return 0;
  struct event* e = &s->ring[s->written % s->size];
  char* at = texts;
  free(e->texts);
  e->texts = texts;
  e->tenant = put(&at, tenant);
  e->type = put(&at, type);
  e->subject = put(&at, subject);
  e->body = put(&at, body);
  e->writer = b->writer[i];
  e->sequence = b->sequence[i];
  e->time_ns = b->time_ns[i];
  e->position = ++s->written;
  return 1;
}

static nova_status write_events(nova_instance* s, const nova_call* c, const nova_event_batch* b,
                                nova_error* err) {
  (void)c;
  if (MUST_REFUSE(b)) return refuse_flags(err);
  if (b->count > 0 && !(NOVA_HAS(b, writer) && NOVA_HAS(b, sequence) && NOVA_HAS(b, time_ns)))
    return fail(err, NOVA_INVALID_ARGUMENT, "writer, sequence and time_ns: must be given");
  if (b->count > 0 && !NOVA_HAS(b, event_json))
    return fail(err, NOVA_INVALID_ARGUMENT, "event_json: must be given");
  for (uint64_t i = 0; i < b->count; ++i) {
    struct writer* w = find_writer(s, &b->writer[i]);
    if (w && b->sequence[i] <= w->highest) continue;
    if (!w || !take(s, b, i)) return fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
    w->highest = b->sequence[i];
  }
  return NOVA_OK;
}

static int begins(nova_str whole, nova_str prefix) {
  return whole.len >= prefix.len && (prefix.len == 0 || !memcmp(whole.ptr, prefix.ptr, prefix.len));
}

static int matches(const struct event* e, const nova_event_query* q) {
  if (NOVA_HAS(q, tenant.ptr) && !equal(e->tenant, q->tenant)) return 0;
  if (NOVA_HAS(q, type.ptr) && !begins(e->type, q->type)) return 0;
  if (NOVA_HAS(q, subject.ptr) && !equal(e->subject, q->subject)) return 0;
  if (NOVA_HAS(q, from_ns) && q->from_ns != NOVA_NONE && e->time_ns < q->from_ns) return 0;
  if (q->struct_size >= offsetof(nova_event_query, to_ns) + sizeof q->to_ns &&
      q->to_ns != NOVA_NONE && e->time_ns >= q->to_ns)
    return 0;
  return 1;
}

static nova_status emit(const struct event* e, const nova_event_sink* out) {
  const nova_event_batch batch = {.struct_size = sizeof batch,
                                  .count = 1,
                                  .writer = &e->writer,
                                  .sequence = &e->sequence,
                                  .position = &e->position,
                                  .time_ns = &e->time_ns,
                                  .tenant = &e->tenant,
                                  .type = &e->type,
                                  .subject = &e->subject,
                                  .event_json = &e->body};
  return out->emit(out, &batch);
}

static nova_status query(nova_instance* s, const nova_call* c, const nova_event_query* q,
                         const nova_event_sink* out, nova_error* err) {
  if (MUST_REFUSE(q)) return refuse_flags(err);
  const int down = (q->flags & NOVA_QUERY_NEWEST_FIRST) != 0;
  const uint64_t held = s->written < s->size ? s->written : s->size;
  const uint64_t after = NOVA_HAS(q, after) ? q->after : 0;
  const uint64_t limit = NOVA_HAS(q, limit) ? q->limit : UINT64_MAX;
  uint64_t sent = 0;
  for (uint64_t i = 0; i < held && sent < limit; ++i) {
    const uint64_t position = down ? s->written - i : s->written - held + 1 + i;
    const struct event* e = &s->ring[(position - 1) % s->size];
    if (after != 0 && (down ? position >= after : position <= after)) continue;
    if (!matches(e, q)) continue;
    if (cancelled(c)) return fail(err, NOVA_CANCELLED, "cancelled");
    nova_status status = emit(e, out);
    if (status != NOVA_OK) return fail(err, status, "the caller took no more events");
    ++sent;
  }
  return NOVA_OK;
}

static nova_status create(const nova_component* self, const nova_call* c, const nova_host* host,
                          nova_str config_json, nova_instance** out, nova_error* err) {
  (void)self, (void)c, (void)host;
  int64_t size;
  if (!is_object(config_json))
    return fail(err, NOVA_INVALID_ARGUMENT, "config: must be a JSON object");
  if (!config_number(config_json, "events", 16384, &size) || size < 1 || size > 1000000)
    return fail(err, NOVA_INVALID_ARGUMENT, "/events: must be a whole number from 1 to 1000000");
  nova_instance* s = calloc(1, sizeof *s);
  struct event* ring = calloc((size_t)size, sizeof *ring);
  if (!s || !ring) {
    free(s);
    free(ring);
    return fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
  }
  s->ring = ring;
  s->size = (uint64_t)size;
  *out = s;
  return NOVA_OK;
}

static void destroy(nova_instance* s) {
  for (uint64_t i = 0; i < s->size; ++i) free(s->ring[i].texts);
  free(s->ring);
  free(s->writers);
  free(s);
}

static const nova_sink_ops ops = {
    .struct_size = sizeof(nova_sink_ops), .write = write_events, .query = query};

static const nova_component component = {
    .struct_size = sizeof(nova_component),
    .flags = NOVA_COMPONENT_VIRTUAL_TIME,
    .interface_id = NOVA_SINK,
    .id = "org.novacron.test.abi_1_0.sink",
    .name = "Frozen sink",
    .version = "1.0.0",
    .description = "The last events, in memory.",
    .config_schema =
        "{\"type\":\"object\",\"properties\":{\"events\":{\"type\":\"integer\","
        "\"minimum\":1,\"maximum\":1000000,\"default\":16384}},\"additionalProperties\":false}",
    .ops = &ops,
    .create = create,
    .destroy = destroy};

ONE_COMPONENT_PLUGIN(component, "org.novacron.test.abi_1_0")
