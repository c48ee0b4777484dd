/* A model of ABI 1.0 in C99: the last value stays; quantiles from the spread of the changes.

   The change over h steps has h times the variance of the change over one ("Forecasting: Principles
   and Practice", 3rd ed., section 5.5, naive method), taken as normal. Stateless. */
#include <math.h>

#include "common.h"

struct nova_instance {
  const nova_host* host;
};

static double sample(const nova_series_view* v, uint64_t s, uint64_t t) {
  return v->values[(int64_t)s * v->series_stride + (int64_t)t * v->time_stride];
}

/* The standard normal quantile, by bisection of the distribution function: slow and plainly right.
 */
static double normal_quantile(double level) {
  double low = -40, high = 40;
  for (int i = 0; i < 80; ++i) {
    double middle = 0.5 * (low + high);
    if (0.5 * erfc(-middle * 0.70710678118654752440) < level)
      low = middle;
    else
      high = middle;
  }
  return 0.5 * (low + high);
}

/* Last present value and standard deviation of one step's change; answers how many are present. */
static uint64_t look_back(const nova_series_view* v, uint64_t s, double* last, double* spread) {
  uint64_t present = 0, changes = 0;
  double squares = 0;
  uint64_t first =
      NOVA_HAS(v, lengths) && v->lengths[s] < v->point_count ? v->point_count - v->lengths[s] : 0;
  for (uint64_t t = first; t < v->point_count; ++t) {
    double y = sample(v, s, t);
    if (!isfinite(y)) continue;
    if (present > 0) {
      squares += (y - *last) * (y - *last);
      ++changes;
    }
    *last = y;
    ++present;
  }
  *spread = changes > 0 ? sqrt(squares / (double)changes) : 0;
  return present;
}

static nova_status forecast(nova_instance* m, const nova_call* c, const nova_forecast* io,
                            nova_error* err) {
  (void)m;
  if (MUST_REFUSE(io)) return refuse_flags(err);
  if (!NOVA_HAS(io, history)) return fail(err, NOVA_INVALID_ARGUMENT, "history: must be given");
  const nova_series_view* v = io->history;
  const int has_values = NOVA_HAS(v, values), has_leads = NOVA_HAS(io, leads);
  const uint64_t levels = NOVA_HAS(io, quantiles) && NOVA_HAS(io, levels) ? io->level_count : 0;
  const uint64_t leads = NOVA_HAS(io, lead_count) ? io->lead_count : 0;
  double* z = levels > 0 ? malloc(levels * sizeof *z) : NULL;
  if (levels > 0 && !z) return fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
  for (uint64_t q = 0; q < levels; ++q) z[q] = normal_quantile(io->levels[q]);

  nova_status status = NOVA_OK;
  for (uint64_t s = 0; s < v->series_count; ++s) {
    double last = 0, spread = 0;
    if (s % 256 == 0 && cancelled(c)) {
      status = fail(err, NOVA_CANCELLED, "cancelled");
      break;
    }
    uint64_t present = has_values ? look_back(v, s, &last, &spread) : 0;
    if (present == 0) {
      SET_STATUS(io, c, s, NOVA_FAILED_PRECONDITION, "no sample in the history");
      continue;
    }
    if (!isfinite(last) || !(spread < 1e150)) {
      SET_STATUS(io, c, s, NOVA_FAILED_PRECONDITION, "changes too large to be squared");
      continue;
    }
    if (present == 1) note(c, s, NOVA_OK, "one sample: no spread is known");
    for (uint64_t h = 0; h < leads; ++h) {
      double reach = spread * sqrt(has_leads ? (double)io->leads[h] : (double)(h + 1));
      if (NOVA_HAS(io, mean)) io->mean[(int64_t)s * io->mean_series_stride + (int64_t)h] = last;
      for (uint64_t q = 0; q < levels; ++q)
        io->quantiles[(int64_t)s * io->q_series_stride + (int64_t)q * io->q_level_stride +
                      (int64_t)h] = last + z[q] * reach;
    }
    if (NOVA_HAS(io, item_status)) io->item_status[s] = NOVA_OK;
  }
  free(z);
  return status;
}

static nova_status create(const nova_component* self, const nova_call* c, const nova_host* host,
                          nova_str config_json, nova_instance** out, nova_error* err) {
  (void)self, (void)c;
  if (!is_object(config_json))
    return fail(err, NOVA_INVALID_ARGUMENT, "config: must be a JSON object");
  nova_instance* m = malloc(sizeof *m);
  if (!m) return fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
  m->host = host;
  *out = m;
  return NOVA_OK;
}

static void destroy(nova_instance* m) { free(m); }

static const nova_model_ops ops = {.struct_size = sizeof(nova_model_ops),
                                   .flags = NOVA_MODEL_STATELESS | NOVA_MODEL_DETERMINISTIC,
                                   .forecast = forecast};

static const nova_component component = {
    .struct_size = sizeof(nova_component),
    .flags = NOVA_COMPONENT_CONCURRENT,
    .interface_id = NOVA_MODEL,
    .id = "org.novacron.test.abi_1_0.model",
    .name = "Frozen naive model",
    .version = "1.0.0",
    .description = "The last value, with the spread of the changes.",
    .config_schema = "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}",
    .ops = &ops,
    .create = create,
    .destroy = destroy};

ONE_COMPONENT_PLUGIN(component, "org.novacron.test.abi_1_0")
