/* draft/policy.h: a scaling policy: proposes machine counts. DRAFT: may change in any minor.

   Bounds, merging, budgets and the mix stay with the host: a policy proposes and never acts. A
   proposal is a function of what the instance was given since create or load, with no clock, I/O or
   chance, so that decisions replay from the journal. Groups are named by the keys they were bound
   under; why a count is proposed is said by note, with NOVA_OK and the row.

   Usage, keep what serves:
     for (uint64_t g = 0; g < io->count; ++g) {
       io->proposed[g] = io->serving[g];
       if (NOVA_HAS(c, note)) c->note(c, g, NOVA_OK, reason);
     } */
#ifndef NOVASCALE_DRAFT_POLICY_H
#define NOVASCALE_DRAFT_POLICY_H

#include <novascale/model.h>
#include <novascale/plugin.h>
#include <novascale/series.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NOVA_POLICY "nova.policy/1"

/* signal_role; 0 = not known */
#define NOVA_SIGNAL_DEMAND 1
#define NOVA_SIGNAL_UTILISATION 2
#define NOVA_SIGNAL_LATENCY 3
#define NOVA_SIGNAL_CUSTOM 4

/* One tick: count groups with S = signals->series_count signals among them. A row of signals holds
   its newest steps up to now_ns, in the unit of its role; of a utilisation, what the load of each
   step is for the machines that serve now: so the past compares. Forecasts have that unit, too.
   bind gives each key with name = group id, settings_json = "settings" of the group's policy. */
typedef struct nova_proposal {
  uint32_t struct_size;
  uint32_t flags;       /* none defined */
  uint64_t count;       /* groups */
  int64_t now_ns;       /* the tick's time, since 1970-01-01 UTC: the only clock */
  const uint64_t* keys; /* [count] as bound, so are the next seven */
  const uint32_t* min;
  const uint32_t* max;
  const uint32_t* desired;
  const uint32_t* booting;
  const uint32_t* serving;
  const int64_t* lead_time_ns;           /* request to serving */
  const int64_t* nanos_per_machine_hour; /* of one more machine of the best mix, in USD nanos */
  const nova_series_view* signals;       /* one row per signal */
  const uint64_t* signal_group;          /* [S] row of its group */
  const int32_t* signal_role;            /* [S] NOVA_SIGNAL_* */
  const double* per_machine;             /* [S] demand one machine serves; NaN = not known, or not
                                            of role demand */
  const double* target_utilisation;      /* [S] [0,1] */
  const double* max_utilisation;         /* [S] [0,1] */
  const nova_forecast* forecast;         /* read only, rows as signals, calibrated, as the group's
                                            predictive policy has them; null = none is trusted,
                                            NaN = not this one */
  int64_t* proposed;                     /* [count] machines, at most a million; NOVA_NONE = no
                                            opinion */
  double* confidence;   /* [count] probability that the proposal is warranted; NaN = not known */
  int32_t* item_status; /* [count] */
  /* grows here */
} nova_proposal;

typedef struct nova_policy_ops {
  uint32_t struct_size;
  uint32_t flags; /* none defined */

  /* Answers a count for each group. Mandatory.
     [serial] */
  nova_status (*propose)(nova_instance* p, const nova_call* c, const nova_proposal* io,
                         nova_error* err);

  /* As save of nova_model_ops, by group keys. Null: the policy keeps no state.
     [serial] */
  nova_status (*save)(nova_instance* p, const nova_call* c, const uint64_t* keys, uint64_t n,
                      const nova_writer* out, nova_error* err);

  /* As load of nova_model_ops. Null as save.
     [serial] */
  nova_status (*load)(nova_instance* p, const nova_call* c, nova_bytes state, nova_error* err);
  /* grows here */
} nova_policy_ops;

#ifdef __cplusplus
}
#endif

#endif
