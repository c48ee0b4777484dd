/* A policy of ABI 1.0 (draft) in C99: enough machines for the newest demand at the target
   utilisation.

   n = ceil(demand / (target_utilisation * per_machine)), the largest over a group's demand signals.
 */
#include <math.h>

#include "common.h"

struct nova_instance {
  char nothing; /* no clock, no memory: a proposal is a function of what the call gives */
};

/* Newest present value of row s, NaN if there is none. */
static double newest(const nova_series_view* v, uint64_t s) {
  const uint64_t valid =
      NOVA_HAS(v, lengths) && v->lengths[s] < v->point_count ? v->lengths[s] : v->point_count;
  for (uint64_t t = v->point_count; t-- > v->point_count - valid;) {
    const double y = v->values[(int64_t)s * v->series_stride + (int64_t)t * v->time_stride];
    if (isfinite(y)) return y;
  }
  return NAN;
}

/* Machines that row s of the signals asks for; NaN = it has nothing to say. */
static double need(const nova_proposal* io, uint64_t s) {
  if (io->signal_role[s] != NOVA_SIGNAL_DEMAND) return NAN;
  const double served = io->per_machine[s] * io->target_utilisation[s];
  return served > 0 ? ceil(newest(io->signals, s) / served) : NAN;
}

static nova_status propose(nova_instance* p, const nova_call* c, const nova_proposal* io,
                           nova_error* err) {
  (void)p;
  if (MUST_REFUSE(io)) return refuse_flags(err);
  if (!NOVA_HAS(io, proposed)) return fail(err, NOVA_INVALID_ARGUMENT, "proposed: must be given");
  const int whole = NOVA_HAS(io, signals) && NOVA_HAS(io->signals, values) &&
                    NOVA_HAS(io, signal_group) && NOVA_HAS(io, signal_role) &&
                    NOVA_HAS(io, per_machine) && NOVA_HAS(io, target_utilisation);
  const uint64_t signals = whole ? io->signals->series_count : 0;
  for (uint64_t g = 0; g < io->count; ++g) {
    double most = -1;
    for (uint64_t s = 0; s < signals; ++s) {
      if (io->signal_group[s] != g) continue;
      const double n = need(io, s);
      if (n > most) most = n;
    }
    if (!(most >= 0 && most <= 1e9)) {
      note(c, g, NOVA_OK, "no demand signal with a present value: no opinion");
      continue;
    }
    io->proposed[g] = (int64_t)most;
    note(c, g, NOVA_OK, "newest demand at the target utilisation");
  }
  return NOVA_OK;
}

static nova_status create(const nova_component* self, const nova_call* c, const nova_host* host,
                          nova_str config_json, nova_instance** out, nova_error* err) {
  (void)self, (void)c, (void)host;
  if (!is_object(config_json))
    return fail(err, NOVA_INVALID_ARGUMENT, "config: must be a JSON object");
  *out = calloc(1, sizeof **out);
  return *out ? NOVA_OK : fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
}

static void destroy(nova_instance* p) { free(p); }

static const nova_policy_ops ops = {.struct_size = sizeof(nova_policy_ops), .propose = propose};

static const nova_component component = {
    .struct_size = sizeof(nova_component),
    .interface_id = NOVA_POLICY,
    .id = "org.novacron.test.abi_1_0.policy",
    .name = "Frozen policy",
    .version = "1.0.0",
    .description = "Newest demand at the target utilisation.",
    .config_schema = "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}",
    .ops = &ops,
    .create = create,
    .destroy = destroy};

ONE_COMPONENT_PLUGIN(component, "org.novacron.test.abi_1_0")
