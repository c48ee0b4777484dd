/* @ID@: a straight line through the first and the last point of each series.

   Quantiles are those of a random walk with the steps seen: normal, with a standard deviation that grows
   by the square root of the lead. */
#include <novascale/sdk.h>

#include <novascale/model.h>

struct nova_instance {
  double damping; /* share of the slope that is believed */
};

/* Sample t of series s; missing before its valid points, which are the last ones. */
static double sample(const nova_series_view *y, uint64_t s, uint64_t t) {
  const uint64_t length =
      NOVA_HAS(y, lengths) && y->lengths[s] < y->point_count ? y->lengths[s] : y->point_count;
  if (y->values == NULL || t < y->point_count - length) return NAN;
  return y->values[(int64_t)s * y->series_stride + (int64_t)t * y->time_stride];
}

/* z with P(Z <= z) = p, by bisection: plain, and quick enough for a few levels a call. */
static double normal_quantile(double p) {
  double low = -40, high = 40;
  int i;
  for (i = 0; i < 80; ++i) {
    const double middle = 0.5 * (low + high);
    if (0.5 * erfc(-middle / sqrt(2.0)) < p)
      low = middle;
    else
      high = middle;
  }
  return 0.5 * (low + high);
}

typedef struct line {
  double last, slope, step_sd; /* newest value, change a step, spread of the steps around it */
  uint64_t missed;             /* steps since the newest value */
} line;

/* Returns 0 when fewer than two points are there. */
static int fit(const nova_instance *self, const nova_series_view *y, uint64_t s, line *out) {
  double first = NAN, before = NAN, squares = 0;
  uint64_t t, first_at = 0, last_at = 0, points = 0;
  for (t = 0; t < y->point_count; ++t) {
    const double v = sample(y, s, t);
    if (!isfinite(v)) continue;
    if (points++ == 0) first = v, first_at = t;
    out->last = v;
    last_at = t;
  }
  if (points < 2) return 0;
  out->slope = self->damping * (out->last - first) / (double)(last_at - first_at);
  out->missed = y->point_count - 1 - last_at;
  for (t = first_at; t <= last_at; ++t) {
    const double v = sample(y, s, t), e = v - before - out->slope;
    if (isfinite(e)) squares += e * e;
    before = v;
  }
  out->step_sd = sqrt(squares / (double)(points - 1));
  return 1;
}

static void answer(const nova_forecast *io, const nova_call *call, uint64_t s, const line *fitted,
                   const double *z) {
  const uint64_t n = io->lead_count;
  const double far = (n == 0 ? 0 : NOVA_HAS(io, leads) ? (double)io->leads[n - 1] : (double)n) +
                     (fitted != NULL ? (double)fitted->missed : 0);
  /* No quantile lies farther than 40 standard deviations out: if this is finite, all answers are. */
  const int good = fitted != NULL && isfinite(fabs(fitted->last) + fabs(fitted->slope) * far +
                                              40 * fitted->step_sd * sqrt(far));
  uint64_t h, q;
  for (h = 0; h < n; ++h) {
    const double lead = NOVA_HAS(io, leads) ? (double)io->leads[h] : (double)(h + 1);
    const double ahead = good ? lead + (double)fitted->missed : 0;
    const double mean = good ? fitted->last + fitted->slope * ahead : NAN;
    if (NOVA_HAS(io, mean)) io->mean[(int64_t)s * io->mean_series_stride + (int64_t)h] = mean;
    for (q = 0; NOVA_HAS(io, quantiles) && q < io->level_count; ++q)
      io->quantiles[(int64_t)s * io->q_series_stride + (int64_t)q * io->q_level_stride +
                    (int64_t)h] = good ? mean + z[q] * fitted->step_sd * sqrt(ahead) : NAN;
  }
  if (NOVA_HAS(io, item_status))
    nova_set_status(io->item_status, s, good ? NOVA_OK : NOVA_FAILED_PRECONDITION);
  if (!good) nova_note(call, s, NOVA_FAILED_PRECONDITION, "nothing finite can be said: two points are needed");
}

static nova_status forecast(nova_instance *self, const nova_call *call, const nova_forecast *io,
                            nova_error *err) {
  const uint64_t levels = NOVA_HAS(io, levels) && NOVA_HAS(io, quantiles) ? io->level_count : 0;
  double *z;
  uint64_t s, q;
  nova_status status = nova_enter(call, io->flags, err);
  if (status == NOVA_OK && io->history != NULL) status = nova_enter(call, io->history->flags, err);
  if (status != NOVA_OK) return status;
  if (io->history == NULL) return nova_fail(err, NOVA_INVALID_ARGUMENT, "no series are named");
  z = (double *)malloc((size_t)(levels + 1) * sizeof *z);
  if (z == NULL) return nova_fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
  for (q = 0; q < levels; ++q) z[q] = normal_quantile(io->levels[q]);
  for (s = 0; s < io->history->series_count && status == NOVA_OK; ++s) {
    line fitted;
    if (s % 64 == 0 && nova_stop(call))
      status = nova_fail_stop(call, err);
    else
      answer(io, call, s, fit(self, io->history, s, &fitted) ? &fitted : NULL, z);
  }
  free(z);
  return status;
}

static void destroy(nova_instance *self) {
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
  status = nova_config_number(config, "damping", 1, &self->damping, err);
  if (status == NOVA_OK && !(self->damping >= 0 && self->damping <= 1))
    status = nova_fail(err, NOVA_INVALID_ARGUMENT, "/damping: must be in [0, 1]");
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
  char text[128];
  const nova_status status = nova_enter(call, 0, err);
  if (status != NOVA_OK) return status;
  snprintf(text, sizeof text, "{\"config\":{\"damping\":%.17g},\"capabilities\":{\"min_history\":2}}",
           self->damping);
  return nova_put(json, text);
}

/* A function that is not there is null: the host has a fallback for each but the mandatory ones. */
static const nova_model_ops kOps = {
    sizeof(nova_model_ops), NOVA_MODEL_STATELESS | NOVA_MODEL_DETERMINISTIC,
    NULL, NULL, forecast, NULL, NULL};

static const nova_component kComponent = {
    sizeof(nova_component), NOVA_COMPONENT_CONCURRENT,
    NOVA_MODEL, "@ID@", "@CLASS@", "1.0.0", "A straight line through the first and the last point",
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"damping\":{\"type\":\"number\",\"minimum\":0,\"maximum\":1,\"default\":1}}}",
    &kOps, create, destroy, describe, NULL, NULL, NULL};

static const nova_component *const kComponents[] = {&kComponent};

static const nova_plugin kPlugin = {
    sizeof(nova_plugin), NOVA_ABI_MAJOR, NOVA_ABI_MINOR,
    "@ID@", "Example", "1.0.0", "", "", "", kComponents, 1};

NOVA_EXPORT const nova_plugin *nova_plugin_entry_v1(void) { return &kPlugin; }
