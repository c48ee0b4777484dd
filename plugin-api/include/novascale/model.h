/* model.h: a forecasting model: learns from windows of many series, answers means and quantiles.

   One call serves all series of an instance (up to max_batch); rows are independent, and one bad
   row never costs the others: it gets an item_status, and a note says why. A short history is no
   error: forecast with what there is and note it; NOVA_FAILED_PRECONDITION when nothing can be
   said. One fit serves all horizons: leads names just the steps wanted.

   Usage, a naive model:
     for (uint64_t s = 0; s < io->history->series_count; ++s) {
       double y = last_sample(io->history, s);
       for (uint64_t h = 0; h < io->lead_count; ++h)
         if (NOVA_HAS(io, mean)) io->mean[(int64_t)s * io->mean_series_stride + (int64_t)h] = y;
     } */
#ifndef NOVASCALE_MODEL_H
#define NOVASCALE_MODEL_H

#include <novascale/plugin.h>
#include <novascale/series.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NOVA_MODEL "nova.model/1"

/* Flags of nova_model_ops. */
#define NOVA_MODEL_STATELESS 1     /* forecast needs only history */
#define NOVA_MODEL_NEEDS_FIT 2     /* forecast before the first fit fails */
#define NOVA_MODEL_DETERMINISTIC 4 /* same input and seed, same bits */
#define NOVA_MODEL_EXOGENOUS 8     /* reads exog and future_exog; no host gives them yet */

/* Flags of nova_fit. */
#define NOVA_FIT_WARM 1 /* start from the present parameters */

/* What a model learns from. n = history->series_count. */
typedef struct nova_fit {
  uint32_t struct_size;
  uint32_t flags;                  /* NOVA_FIT_* */
  const nova_series_view* history; /* fit: the window. observe: new points only; those not newer
                                      than the state are skipped */
  const nova_series_view* exog;    /* causes, same grid; exog_count rows shared by all series, or as
                                      many per series (row s * exog_count + j); may be null */
  uint64_t exog_count;
  const uint32_t* seasons; /* [n][season_count] season lengths in steps, 0 = none; null = not
                              known. A model may use, reduce or ignore them */
  uint64_t season_count;
  const uint32_t* leads; /* [lead_count] steps ahead that will be asked for; null = not known */
  uint64_t lead_count;
  int64_t budget_ns;    /* CPU time for the whole call, 0 = free; rows come in order of need */
  uint64_t seed;        /* of all randomness in this call */
  int32_t* item_status; /* [n] NOVA_DEADLINE_EXCEEDED = out of budget, former parameters kept */
  /* grows here */
} nova_fit;

/* What is asked. n = history->series_count; the unit of the answers is that of the history. */
typedef struct nova_forecast {
  uint32_t struct_size;
  uint32_t flags;                      /* none defined */
  const nova_series_view* history;     /* names the series by keys, ends at the origin; values may
                                          be null if the model is stateful */
  const nova_series_view* future_exog; /* point t is step t+1 after the origin; rows as in nova_fit;
                                          may be null */
  uint64_t exog_count;
  int64_t origin_ns;     /* last instant the model may know, since 1970-01-01 UTC */
  const uint32_t* leads; /* [lead_count] steps ahead, ascending, from 1; null = 1 ... lead_count */
  uint64_t lead_count;
  const double* levels; /* [level_count] quantile levels in (0,1), ascending: .5 .9 .99 */
  uint64_t level_count;
  double* mean;               /* [n][lead]; may be null; NaN = no answer */
  int64_t mean_series_stride; /* elements from one series to the next */
  double* quantiles;       /* [n][level][lead]; may be null; ascending with the level, or the host
                              sorts and counts it; NaN = no answer */
  int64_t q_series_stride; /* elements from one series to the next */
  int64_t q_level_stride;  /* elements from one level to the next; leads are adjacent */
  uint64_t seed;           /* of all randomness in this call */
  int32_t* item_status;    /* [n] */
  /* grows here */
} nova_forecast;

typedef struct nova_model_ops {
  uint32_t struct_size;
  uint32_t flags; /* NOVA_MODEL_* */

  /* Learns parameters from the window of each series, replacing (or with NOVA_FIT_WARM improving)
     what it knew. May be slow: budget_ns, deadline and cancel are polled. What is not reached keeps
     its former parameters. Null: nothing to learn; the host does not schedule fits.
     [serial] */
  nova_status (*fit)(nova_instance* m, const nova_call* c, const nova_fit* io, nova_error* err);

  /* Takes new points, in O(1) a point, without re-estimating. Null: the host gives the whole window
     at the next fit or forecast.
     [serial] */
  nova_status (*observe)(nova_instance* m, const nova_call* c, const nova_fit* io, nova_error* err);

  /* Answers mean and quantiles at the leads; writes nothing else, changes no state. Each row is
     independent of which other rows are in the batch. NOVA_FAILED_PRECONDITION in item_status: too
     little known of this series. Mandatory.
     [concurrent] */
  nova_status (*forecast)(nova_instance* m, const nova_call* c, const nova_forecast* io,
                          nova_error* err);

  /* Writes the state of n series (keys null = of all) as the model's own bytes; the host adds
     a frame with component, version, watermark and checksum. Null: state is rebuilt by fit. Not
     called of models yet, nor is load.
     [serial] */
  nova_status (*save)(nova_instance* m, const nova_call* c, const uint64_t* keys, uint64_t n,
                      const nova_writer* out, nova_error* err);

  /* Adds or replaces the series in a saved state, of this or an older version, all or none.
     NOVA_FAILED_PRECONDITION: not understood or damaged; the host then fits. The host's frame
     guards what it keeps, but who kept these bytes is not known here: they carry a checksum of
     their own, and what does not match it is refused. Null as save.
     [serial] */
  nova_status (*load)(nova_instance* m, const nova_call* c, nova_bytes state, nova_error* err);
  /* grows here */
} nova_model_ops;

#ifdef __cplusplus
}
#endif

#endif
