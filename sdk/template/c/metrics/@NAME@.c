/* @ID@: one series, a sine over the host's clock. */
#include <novascale/sdk.h>

#include <novascale/metrics.h>

struct nova_instance {
  const nova_host *host;
  double base, amplitude, period_s;
  uint64_t *keys; /* bound to "sine" */
  uint64_t key_count;
};

static double value(const nova_instance *self, int64_t time_ns) {
  return self->base +
         self->amplitude * sin(6.283185307179586 * fmod((double)time_ns * 1e-9, self->period_s) / self->period_s);
}

/* Index of a bound key, or key_count. */
static uint64_t find(const nova_instance *self, uint64_t key) {
  uint64_t i = 0;
  while (i < self->key_count && self->keys[i] != key) ++i;
  return i;
}

static nova_status bind(nova_instance *self, const nova_call *call, const nova_binding *io,
                        nova_error *err) {
  uint64_t i, *grown;
  const nova_status status = nova_enter(call, io->flags, err);
  if (status != NOVA_OK) return status;
  grown = (uint64_t *)realloc(self->keys, (size_t)(self->key_count + io->count + 1) * sizeof *grown);
  if (grown == NULL) return nova_fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
  self->keys = grown;
  for (i = 0; i < io->count; ++i) {
    const int known = nova_is(io->name[i], "sine");
    if (NOVA_HAS(io, item_status))
      nova_set_status(io->item_status, i, known ? NOVA_OK : NOVA_NOT_FOUND);
    if (!known)
      nova_note(call, i, NOVA_NOT_FOUND, "no such series, only \"sine\"");
    else if (find(self, io->keys[i]) == self->key_count)
      self->keys[self->key_count++] = io->keys[i];
  }
  return NOVA_OK;
}

static nova_status forget(nova_instance *self, const nova_call *call, const uint64_t *keys,
                          uint64_t n, nova_error *err) {
  uint64_t i;
  const nova_status status = nova_enter(call, 0, err);
  if (status != NOVA_OK) return status;
  for (i = 0; i < n; ++i) {
    const uint64_t at = find(self, keys[i]);
    if (at < self->key_count) self->keys[at] = self->keys[--self->key_count];
  }
  return NOVA_OK;
}

static nova_status latest(nova_instance *self, const nova_call *call, const nova_latest *io,
                          nova_error *err) {
  const int64_t now = self->host->now_ns(self->host, NOVA_CLOCK_TIME);
  uint64_t i;
  const nova_status status = nova_enter(call, io->flags, err);
  if (status != NOVA_OK) return status;
  for (i = 0; i < io->count; ++i) {
    const int known = find(self, io->keys[i]) < self->key_count;
    if (NOVA_HAS(io, item_status))
      nova_set_status(io->item_status, i, known ? NOVA_OK : NOVA_NOT_FOUND);
    if (known && NOVA_HAS(io, values)) io->values[i] = value(self, now);
    if (known && NOVA_HAS(io, times_ns)) io->times_ns[i] = now;
  }
  return NOVA_OK;
}

static nova_status query_range(nova_instance *self, const nova_call *call, const nova_range *io,
                               nova_error *err) {
  const int64_t now = self->host->now_ns(self->host, NOVA_CLOCK_TIME);
  uint64_t s, t;
  const nova_status status = nova_enter(call, io->flags, err);
  if (status != NOVA_OK) return status;
  for (s = 0; s < io->series_count; ++s) {
    const int known = find(self, io->keys[s]) < self->key_count;
    if (nova_stop(call)) return nova_fail_stop(call, err);
    if (NOVA_HAS(io, item_status))
      nova_set_status(io->item_status, s, known ? NOVA_OK : NOVA_NOT_FOUND);
    for (t = 0; known && t < io->point_count; ++t) {
      const int64_t time = io->t0_ns + (int64_t)t * io->step_ns;
      if (time > now) break;   /* nothing is known of the future: the caller's NaN stays */
      if (time < 0) continue;  /* nor of the time before the wave began, in 1970 */
      io->values[(int64_t)s * io->series_stride + (int64_t)t] = value(self, time);
      if (NOVA_HAS(io, newest_ns)) io->newest_ns[s] = time;
    }
  }
  return NOVA_OK;
}

static nova_status list_series(nova_instance *self, const nova_call *call, nova_str filter_json,
                               const nova_series_sink *out, nova_error *err) {
  const nova_str query = nova_text("sine"), labels = nova_text("{}"), unit = nova_text("1/s"),
                 description = nova_text("A sine wave");
  const int32_t gauge = 1;
  nova_series_info b;
  const nova_status status = nova_enter(call, 0, err);
  (void)self;
  (void)filter_json;
  if (status != NOVA_OK) return status;
  memset(&b, 0, sizeof b);
  b.struct_size = sizeof b;
  b.count = 1;
  b.query = &query;
  b.labels_json = &labels;
  b.unit = &unit;
  b.description = &description;
  b.kind = &gauge;
  return out->emit(out, &b);
}

static void destroy(nova_instance *self) {
  free(self->keys);
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
  self->host = host;
  status = nova_config_number(config, "base", 100, &self->base, err);
  if (status == NOVA_OK) status = nova_config_number(config, "amplitude", 50, &self->amplitude, err);
  if (status == NOVA_OK) status = nova_config_number(config, "period_s", 86400, &self->period_s, err);
  if (status == NOVA_OK && !(self->period_s >= 1))
    status = nova_fail(err, NOVA_INVALID_ARGUMENT, "/period_s: must be >= 1");
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
  char text[256];
  const nova_status status = nova_enter(call, 0, err);
  if (status != NOVA_OK) return status;
  snprintf(text, sizeof text, "{\"config\":{\"base\":%.17g,\"amplitude\":%.17g,\"period_s\":%.17g}}",
           self->base, self->amplitude, self->period_s);
  return nova_put(json, text);
}

/* A function that is not there is null: the host has a fallback for each but the mandatory ones. */
static const nova_metrics_ops kOps = {sizeof(nova_metrics_ops), 0, latest, query_range, list_series, NULL, NULL};

static const nova_component kComponent = {
    sizeof(nova_component), NOVA_COMPONENT_VIRTUAL_TIME,
    NOVA_METRICS, "@ID@", "@CLASS@", "1.0.0", "A sine wave named sine",
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"base\":{\"type\":\"number\",\"default\":100},"
    "\"amplitude\":{\"type\":\"number\",\"default\":50},"
    "\"period_s\":{\"type\":\"number\",\"minimum\":1,\"default\":86400}}}",
    &kOps, create, destroy, describe, bind, forget, NULL};

static const nova_component *const kComponents[] = {&kComponent};

static const nova_plugin kPlugin = {
    sizeof(nova_plugin), NOVA_ABI_MAJOR, NOVA_ABI_MINOR,
    "@ID@", "Example", "1.0.0", "", "", "", kComponents, 1};

NOVA_EXPORT const nova_plugin *nova_plugin_entry_v1(void) { return &kPlugin; }
