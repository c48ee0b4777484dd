/* metrics.h: a metric source: the newest samples and the past of series that were bound to it.

   bind (plugin.h) names each series: a key of the host's, a query text of the source's, and
   settings {"labels": {...}, "within": "rate", "aggregate": "sum"}:
   - within: how a step's samples of one series become one value: mean (default), max, min, sum,
     last, or rate (a counter's increase per second; a reset is not negative).
   - aggregate: folds the several series that a key selects: sum, mean or max. Without it a key must
     select exactly one, else NOVA_INVALID_ARGUMENT with a note naming the candidates.
   Missing is NaN, never 0, never filled in. Nothing later than the host's NOVA_CLOCK_TIME is
   answered. Pull is the contract, push an optimisation: both must tell the same.

   Usage:
     for (uint64_t i = 0; i < io->count; ++i) {
       const struct series* s = find(self, io->keys[i]);
       if (!s) { if (NOVA_HAS(io, item_status)) io->item_status[i] = NOVA_NOT_FOUND; continue; }
       io->values[i] = s->newest; io->times_ns[i] = s->newest_ns;
     } */
#ifndef NOVASCALE_METRICS_H
#define NOVASCALE_METRICS_H

#include <novascale/plugin.h>
#include <novascale/series.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NOVA_METRICS "nova.metrics/1"

/* kind of a series; 0 = not known */
#define NOVA_SERIES_GAUGE 1
#define NOVA_SERIES_COUNTER 2

/* What could be bound: for catalogues and "did you mean". */
typedef struct nova_series_info {
  uint32_t struct_size;
  uint32_t flags; /* none defined */
  uint64_t count;
  const nova_str* query;       /* as bind would take it, mandatory */
  const nova_str* labels_json; /* a JSON object of texts */
  const nova_str* unit;        /* "1/s", "1", "s" ... */
  const nova_str* description; /* for people */
  const int32_t* kind;         /* NOVA_SERIES_GAUGE, NOVA_SERIES_COUNTER */
  /* grows here */
} nova_series_info;

/* Where list_series sends its answers. Made by the caller, valid until the call returns. */
typedef struct nova_series_sink {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  void* ctx;         /* the caller's own */

  /* Takes one batch, of any size; copies what it keeps. If it answers other than NOVA_OK, stop and
     return that. Called on the thread of the call, before that call returns.
     [serial] */
  nova_status (*emit)(const struct nova_series_sink* s, const nova_series_info* b);
  /* grows here */
} nova_series_sink;

/* The past on a grid: n series of m points. */
typedef struct nova_range {
  uint32_t struct_size;
  uint32_t flags;        /* none defined */
  const uint64_t* keys;  /* [n] as bound */
  uint64_t series_count; /* n */
  uint64_t point_count;  /* m */
  int64_t t0_ns;         /* grid as in nova_series_view: point t stands for the interval ... */
  int64_t step_ns;       /* ... (t0 + (t-1) * step, t0 + t * step] */
  double* values;        /* [n][m]; points are adjacent */
  int64_t series_stride; /* elements from one series to the next */
  int64_t* newest_ns;    /* [n] time of the newest real sample: tells late from dead */
  int32_t* item_status;  /* [n] NOVA_NOT_FOUND = not bound, or the backend has no such series */
  /* grows here */
} nova_range;

/* The newest sample of each of count series. */
typedef struct nova_latest {
  uint32_t struct_size;
  uint32_t flags; /* none defined */
  uint64_t count;
  const uint64_t* keys; /* as bound */
  double* values;       /* NaN = none */
  int64_t* times_ns;    /* of the sample, since 1970-01-01 UTC; NOVA_NONE = none */
  int32_t* item_status; /* as in nova_range */
  /* grows here */
} nova_latest;

/* Who is told of new samples. Made by the host; valid until on_end has returned, or until
   unsubscribe has. */
typedef struct nova_listener {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  void* ctx;         /* the host's own */

  /* Takes new samples; copies what it keeps. From any thread of the plugin's, one at a time.
     [serial] */
  void (*on_samples)(const struct nova_listener* l, const nova_series_view* batch);

  /* No more will come, and why (null = unsubscribed or finished): comes once, last.
     [serial] */
  void (*on_end)(const struct nova_listener* l, const nova_error* why);
  /* grows here */
} nova_listener;

typedef struct nova_metrics_ops {
  uint32_t struct_size;
  uint32_t flags; /* none defined */

  /* Answers the newest sample of each row; with `within` set, the newest completed step's value.
     Mandatory.
     [concurrent] */
  nova_status (*latest)(nova_instance* s, const nova_call* c, const nova_latest* io,
                        nova_error* err);

  /* Fills a grid with the past. Null: the host keeps its own window from latest, and learning
     starts with nothing.
     [concurrent] */
  nova_status (*query_range)(nova_instance* s, const nova_call* c, const nova_range* io,
                             nova_error* err);

  /* Sends what could be bound. filter_json: {"query": "prefix"} or empty, a hint as in cost.h.
     Null: no catalogue. Not called yet.
     [serial] */
  nova_status (*list_series)(nova_instance* s, const nova_call* c, nova_str filter_json,
                             const nova_series_sink* out, nova_error* err);

  /* Tells l of new samples of n bound keys; *id names the subscription. Null: the host polls.
     Not called yet.
     [serial] */
  nova_status (*subscribe)(nova_instance* s, const nova_call* c, const uint64_t* keys, uint64_t n,
                           const nova_listener* l, uint64_t* id, nova_error* err);

  /* Ends a subscription. Returns when no callback of it is running; never called from one.
     Mandatory beside subscribe.
     [serial] */
  void (*unsubscribe)(nova_instance* s, uint64_t id);
  /* grows here */
} nova_metrics_ops;

/* Extension of an instance that holds recorded history: puts a run on virtual time, which starts at
   the first sample and ends with the last. */
#define NOVA_METRICS_SPAN "nova.metrics.span/1"
typedef struct nova_metrics_span {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */

  /* Time of the first and last sample since 1970-01-01 UTC, and their step; NOVA_NONE = none held.
     May be asked before bind.
     [serial] */
  nova_status (*span)(nova_instance* s, const nova_call* c, int64_t* first_ns, int64_t* last_ns,
                      int64_t* step_ns, nova_error* err);
  /* grows here */
} nova_metrics_span;

#ifdef __cplusplus
}
#endif

#endif
