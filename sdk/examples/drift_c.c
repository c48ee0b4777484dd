/* The drift model in C99: a straight line through the first and the last point of the window.

   What drift.cpp leaves to the C++ layer is done by hand here: the tables, the argument checks, and one
   status a series. */
#include <novascale/sdk.h>

#include <novascale/model.h>

struct nova_instance {
  double damping;
};

/* Points of series s that count: the last ones of its row. */
static uint64_t length(const nova_series_view *y, uint64_t s) {
  if (y->values == NULL) return 0;
  return NOVA_HAS(y, lengths) && y->lengths[s] < y->point_count ? y->lengths[s] : y->point_count;
}
static double sample(const nova_series_view *y, uint64_t s, uint64_t t) {
  return y->values[(int64_t)s * y->series_stride + (int64_t)t * y->time_stride];
}

static void answer(const nova_instance *self, const nova_call *call, const nova_forecast *io,
                   uint64_t s) {
  const nova_series_view *y = io->history;
  const uint64_t n = length(y, s), m = y->point_count;
  const double last = n == 0 ? NAN : sample(y, s, m - 1);
  const double slope = n < 2 ? NAN : self->damping * (last - sample(y, s, m - n)) / (double)(n - 1);
  uint64_t h, q;
  /* The farthest step is the largest: if it is finite, all are. */
  const uint64_t far = io->lead_count == 0 ? 0
                       : NOVA_HAS(io, leads) ? io->leads[io->lead_count - 1] : io->lead_count;
  const int good = isfinite(last + slope * (double)far);
  for (h = 0; h < io->lead_count; ++h) {
    const double lead = NOVA_HAS(io, leads) ? (double)io->leads[h] : (double)(h + 1);
    const double value = good ? last + slope * lead : NAN;
    if (NOVA_HAS(io, mean)) io->mean[(int64_t)s * io->mean_series_stride + (int64_t)h] = value;
    for (q = 0; NOVA_HAS(io, quantiles) && q < io->level_count; ++q)
      io->quantiles[(int64_t)s * io->q_series_stride + (int64_t)q * io->q_level_stride +
                    (int64_t)h] = value;
  }
  if (NOVA_HAS(io, item_status))
    nova_set_status(io->item_status, s, good ? NOVA_OK : NOVA_FAILED_PRECONDITION);
  if (!good) nova_note(call, s, NOVA_FAILED_PRECONDITION, "drift needs a first and a last point");
}

static nova_status forecast(nova_instance *self, const nova_call *call, const nova_forecast *io,
                            nova_error *err) {
  uint64_t s;
  nova_status status = nova_enter(call, io->flags, err);
  if (status != NOVA_OK) return status;
  if (io->history == NULL) return nova_fail(err, NOVA_INVALID_ARGUMENT, "no series are named");
  for (s = 0; s < io->history->series_count; ++s) {
    if (s % 256 == 0 && nova_stop(call)) return nova_fail_stop(call, err);
    answer(self, call, io, s);
  }
  return NOVA_OK;
}

static nova_status create(const nova_component *component, const nova_call *call,
                          const nova_host *host, nova_str config, nova_instance **out,
                          nova_error *err) {
  nova_instance *self;
  nova_status status = nova_enter(call, host->flags, err);
  (void)component;
  *out = NULL;
  if (status == NOVA_OK) status = nova_config_check(config, err);
  if (status != NOVA_OK) return status;
  self = (nova_instance *)malloc(sizeof *self);
  if (self == NULL) return nova_fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
  status = nova_config_number(config, "damping", 1, &self->damping, err);
  if (status != NOVA_OK) {
    free(self);
    return status;
  }
  *out = self;
  return NOVA_OK;
}

static void destroy(nova_instance *self) { free(self); }

static const nova_model_ops kOps = {
    sizeof(nova_model_ops), NOVA_MODEL_STATELESS | NOVA_MODEL_DETERMINISTIC,
    NULL, NULL, forecast, NULL, NULL};

static const nova_component kDrift = {
    sizeof(nova_component), NOVA_COMPONENT_CONCURRENT,
    NOVA_MODEL, "com.example.drift_c", "Drift in C", "1.0.0", "",
    "{\"type\":\"object\",\"additionalProperties\":false,"
    "\"properties\":{\"damping\":{\"type\":\"number\",\"default\":1}}}",
    &kOps, create, destroy, NULL, NULL, NULL, NULL};

static const nova_component *const kComponents[] = {&kDrift};

static const nova_plugin kPlugin = {
    sizeof(nova_plugin), NOVA_ABI_MAJOR, NOVA_ABI_MINOR,
    "com.example.drift_c", "Example", "1.0.0", "MIT", "", "", kComponents, 1};

NOVA_EXPORT const nova_plugin *nova_plugin_entry_v1(void) { return &kPlugin; }
