/* A metric source of ABI 1.0 in C99: a load that rises and falls in a day, and a constant.

   Both are functions of time alone, one sample a minute: whoever asks, the same answer. */
#include "common.h"

#define MINUTE INT64_C(60000000000)
#define DAY (1440 * MINUTE)

enum { kLoad = 1, kConstant = 2 };

struct bound {
  uint64_t key;
  int series;
};

struct nova_instance {
  const nova_host* host;
  struct bound* bound;
  uint64_t count, capacity;
};

/* The sample taken at time t, a whole minute: 100 at midnight, 200 at noon, straight lines between.
 */
static double value_at(int series, int64_t t) {
  if (series == kConstant) return 42;
  int64_t of_day = ((t % DAY) + DAY) % DAY;
  int64_t from_noon = of_day < DAY / 2 ? DAY / 2 - of_day : of_day - DAY / 2;
  return 200 - 100 * ((double)from_noon / (double)(DAY / 2));
}

/* The whole minute at or before t. */
static int64_t minute_of(int64_t t) { return t - ((t % MINUTE) + MINUTE) % MINUTE; }

static struct bound* find(nova_instance* s, uint64_t key) {
  for (uint64_t i = 0; i < s->count; ++i)
    if (s->bound[i].key == key) return &s->bound[i];
  return NULL;
}

static nova_status latest(nova_instance* s, const nova_call* c, const nova_latest* io,
                          nova_error* err) {
  if (MUST_REFUSE(io)) return refuse_flags(err);
  const int64_t newest = minute_of(now_of(s->host));
  for (uint64_t i = 0; i < io->count; ++i) {
    const struct bound* b = find(s, io->keys[i]);
    if (!b) {
      SET_STATUS(io, c, i, NOVA_NOT_FOUND, "this key was not bound");
      continue;
    }
    if (NOVA_HAS(io, values)) io->values[i] = value_at(b->series, newest);
    if (NOVA_HAS(io, times_ns)) io->times_ns[i] = newest;
    if (NOVA_HAS(io, item_status)) io->item_status[i] = NOVA_OK;
  }
  return NOVA_OK;
}

/* Mean of the samples in (from, to] from 1970 to now; 0 = there is none. */
static int mean_of(int series, int64_t from, int64_t to, int64_t now, double* out) {
  double sum = 0;
  int64_t n = 0;
  if (to > now) to = now;
  int64_t first = from < 0 ? 0 : minute_of(from) + MINUTE;
  for (int64_t t = first; t <= to; t += MINUTE, ++n) sum += value_at(series, t);
  if (n > 0) *out = sum / (double)n;
  return n > 0;
}

static nova_status query_range(nova_instance* s, const nova_call* c, const nova_range* io,
                               nova_error* err) {
  if (MUST_REFUSE(io)) return refuse_flags(err);
  if (!NOVA_HAS(io, values) || io->step_ns <= 0)
    return fail(err, NOVA_INVALID_ARGUMENT, "values and a step above 0: must be given");
  const int64_t now = now_of(s->host);
  for (uint64_t i = 0; i < io->series_count; ++i) {
    const struct bound* b = find(s, io->keys[i]);
    if (cancelled(c)) return fail(err, NOVA_CANCELLED, "cancelled");
    if (!b) {
      SET_STATUS(io, c, i, NOVA_NOT_FOUND, "this key was not bound");
      continue;
    }
    for (uint64_t t = 0; t < io->point_count; ++t) {
      const int64_t end = io->t0_ns + (int64_t)t * io->step_ns;
      double y;
      if (mean_of(b->series, end - io->step_ns, end, now, &y))
        io->values[(int64_t)i * io->series_stride + (int64_t)t] = y;
    }
    if (NOVA_HAS(io, newest_ns)) io->newest_ns[i] = minute_of(now);
    if (NOVA_HAS(io, item_status)) io->item_status[i] = NOVA_OK;
  }
  return NOVA_OK;
}

static nova_status bind(nova_instance* s, const nova_call* c, const nova_binding* io,
                        nova_error* err) {
  if (MUST_REFUSE(io)) return refuse_flags(err);
  for (uint64_t i = 0; i < io->count; ++i) {
    int series = equal(io->name[i], text("load"))       ? kLoad
                 : equal(io->name[i], text("constant")) ? kConstant
                                                        : 0;
    struct bound* b = find(s, io->keys[i]);
    if (series == 0) {
      SET_STATUS(io, c, i, NOVA_INVALID_ARGUMENT, "no such series: there are load and constant");
      continue;
    }
    if (!b) {
      if (s->count == s->capacity) {
        uint64_t capacity = s->capacity ? 2 * s->capacity : 16;
        struct bound* larger = realloc(s->bound, capacity * sizeof *larger);
        if (!larger) return fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
        s->bound = larger;
        s->capacity = capacity;
      }
      b = &s->bound[s->count++];
      b->key = io->keys[i];
    }
    b->series = series;
    if (NOVA_HAS(io, item_status)) io->item_status[i] = NOVA_OK;
  }
  return NOVA_OK;
}

static nova_status forget(nova_instance* s, const nova_call* c, const uint64_t* keys, uint64_t n,
                          nova_error* err) {
  (void)c, (void)err;
  for (uint64_t i = 0; i < n; ++i) {
    struct bound* b = find(s, keys[i]);
    if (b) *b = s->bound[--s->count];
  }
  return NOVA_OK;
}

static nova_status create(const nova_component* self, const nova_call* c, const nova_host* host,
                          nova_str config_json, nova_instance** out, nova_error* err) {
  (void)self, (void)c;
  if (!is_object(config_json))
    return fail(err, NOVA_INVALID_ARGUMENT, "config: must be a JSON object");
  nova_instance* s = calloc(1, sizeof *s);
  if (!s) return fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
  s->host = host;
  *out = s;
  return NOVA_OK;
}

static void destroy(nova_instance* s) {
  free(s->bound);
  free(s);
}

static const nova_metrics_ops ops = {
    .struct_size = sizeof(nova_metrics_ops), .latest = latest, .query_range = query_range};

static const nova_component component = {
    .struct_size = sizeof(nova_component),
    .flags = NOVA_COMPONENT_CONCURRENT | NOVA_COMPONENT_VIRTUAL_TIME,
    .interface_id = NOVA_METRICS,
    .id = "org.novacron.test.abi_1_0.metrics",
    .name = "Frozen metric source",
    .version = "1.0.0",
    .description = "A daily triangle and a constant.",
    .config_schema = "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}",
    .ops = &ops,
    .create = create,
    .destroy = destroy,
    .bind = bind,
    .forget = forget};

ONE_COMPONENT_PLUGIN(component, "org.novacron.test.abi_1_0")
