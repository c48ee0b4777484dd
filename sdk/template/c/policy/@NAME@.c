/* @ID@: as many machines as bring the utilisation to its target.

   A function of what is given and of nothing else, so that a decision can be replayed. */
#include <novascale/sdk.h>

#include <novascale/draft/policy.h>

enum { DEMAND = 1, UTILISATION = 2 }; /* signal_role */

struct nova_instance {
  double target; /* utilisation to aim at where a signal names none */
};

/* Newest value of signal s. */
static double newest(const nova_series_view *y, uint64_t s) {
  if (y->values == NULL || y->point_count == 0 || (NOVA_HAS(y, lengths) && y->lengths[s] == 0))
    return NAN;
  return y->values[(int64_t)s * y->series_stride + (int64_t)(y->point_count - 1) * y->time_stride];
}

/* Machines that signal s asks for; NaN = it has no say. */
static double machines(const nova_instance *self, const nova_proposal *io, uint64_t s) {
  const double value = newest(io->signals, s);
  const double own = NOVA_HAS(io, target_utilisation) ? io->target_utilisation[s] : NAN;
  const double aim = own > 0 ? own : self->target;
  const int32_t role = NOVA_HAS(io, signal_role) ? io->signal_role[s] : 0;
  if (role == UTILISATION) return io->serving[io->signal_group[s]] * value / aim;
  if (role == DEMAND && NOVA_HAS(io, per_machine) && io->per_machine[s] > 0)
    return value / (io->per_machine[s] * aim);
  return NAN;
}

static nova_status propose(nova_instance *self, const nova_call *call, const nova_proposal *io,
                           nova_error *err) {
  uint64_t g, s;
  const nova_status status = nova_enter(call, io->flags, err);
  if (status != NOVA_OK) return status;
  for (g = 0; g < io->count; ++g) {
    io->proposed[g] = NOVA_NONE;
    if (NOVA_HAS(io, item_status)) nova_set_status(io->item_status, g, NOVA_OK);
  }
  for (s = 0; io->signals != NULL && s < io->signals->series_count; ++s) {
    double n;
    int64_t whole;
    if (s % 1024 == 0 && nova_stop(call)) return nova_fail_stop(call, err);
    g = io->signal_group[s];
    if (g >= io->count) continue;
    n = machines(self, io, s);
    if (isnan(n)) continue;
    whole = (int64_t)fmin(fmax(ceil(n - 1e-9), 0), 1e6);
    if (whole > io->proposed[g]) io->proposed[g] = whole; /* the largest; NOVA_NONE is below all */
  }
  for (g = 0; g < io->count; ++g) { /* the reason that is told */
    char why[80] = "no signal has a value";
    if (io->proposed[g] != NOVA_NONE)
      snprintf(why, sizeof why, "%ld machines bring utilisation to its target", (long)io->proposed[g]);
    nova_note(call, g, NOVA_OK, why);
  }
  return NOVA_OK;
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
  status = nova_config_number(config, "target", 0.65, &self->target, err);
  if (status == NOVA_OK && !(self->target >= 0.01 && self->target <= 1))
    status = nova_fail(err, NOVA_INVALID_ARGUMENT, "/target: must be in [0.01, 1]");
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
  snprintf(text, sizeof text, "{\"config\":{\"target\":%.17g}}", self->target);
  return nova_put(json, text);
}

/* A function that is not there is null: the host has a fallback for each but the mandatory ones. */
static const nova_policy_ops kOps = {sizeof(nova_policy_ops), 0, propose, NULL, NULL};

static const nova_component kComponent = {
    sizeof(nova_component), 0,
    NOVA_POLICY, "@ID@", "@CLASS@", "1.0.0", "Machines in proportion to the load",
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"target\":{\"type\":\"number\",\"minimum\":0.01,\"maximum\":1,\"default\":0.65}}}",
    &kOps, create, destroy, describe, NULL, NULL, NULL};

static const nova_component *const kComponents[] = {&kComponent};

static const nova_plugin kPlugin = {
    sizeof(nova_plugin), NOVA_ABI_MAJOR, NOVA_ABI_MINOR,
    "@ID@", "Example", "1.0.0", "", "", "", kComponents, 1};

NOVA_EXPORT const nova_plugin *nova_plugin_entry_v1(void) { return &kPlugin; }
