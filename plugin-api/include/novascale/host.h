/* host.h: what the host does for an instance: log, clock, secrets, figures, threads.

   A nova_host is given to create() and stays valid until destroy() returns; each instance has its
   own. Extensions are asked for by id and are null when this host has none: do without then.
   No service ever calls back into a plugin, save nova_host_parallel, which runs a body.

   Usage:
     if (NOVA_HAS(h, log) && *h->log_threshold <= NOVA_LOG_INFO)
       h->log(h, NOVA_LOG_INFO, text, fields);
     int64_t now = h->now_ns(h, NOVA_CLOCK_TIME);    (never time(2): in a replay it is simulated)
     const nova_host_secrets* s =
         NOVA_HAS(h, get_extension) ? h->get_extension(h, NOVA_HOST_SECRETS) : NULL;
     if (s) status = s->get(h, reference, &writer, err); */
#ifndef NOVASCALE_HOST_H
#define NOVASCALE_HOST_H

#include <novascale/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NOVA_CLOCK_TIME 0      /* ns since 1970-01-01 UTC, the host's "now": simulated in replay */
#define NOVA_CLOCK_MONOTONIC 1 /* ns, CLOCK_MONOTONIC: for deadlines; never simulated */

#define NOVA_LOG_TRACE 0
#define NOVA_LOG_DEBUG 1
#define NOVA_LOG_INFO 2
#define NOVA_LOG_WARN 3
#define NOVA_LOG_ERROR 4
#define NOVA_LOG_CRITICAL 5

/* Texts are NUL-terminated and never null. */
typedef struct nova_host {
  uint32_t struct_size;
  uint32_t flags;       /* none defined */
  void* host_data;      /* the host's own */
  const char* name;     /* of the host program: "novascale" */
  const char* version;  /* of the host program */
  const char* instance; /* name of this instance in the configuration */
  const char* tenant;   /* whom it serves; "" = shared, the tenant is in each row */
  const char* data_dir; /* private folder for caches; "" = keep nothing on disk */
  const volatile int32_t* log_threshold; /* skip formatting what lies below it: NOVA_LOG_* */

  /* Writes one log line. msg: a sentence without a line break. fields_json: a JSON object, or
     empty. Both are copied. Mandatory.
     [any-thread] */
  void (*log)(const struct nova_host* h, int32_t level, nova_str msg, nova_str fields_json);

  /* Reads a clock (NOVA_CLOCK_*), in nanoseconds; NOVA_NONE for a clock it does not know.
     Mandatory.
     [any-thread] */
  int64_t (*now_ns)(const struct nova_host* h, int32_t clock);

  /* The service with this id (a NOVA_HOST_* text), or null. Borrowed; valid as long as h.
     Mandatory.
     [any-thread] */
  const void* (*get_extension)(const struct nova_host* h, const char* id);
  /* grows here */
} nova_host;

/* Secrets. A config holds "secret:env:NAME" or "secret:file:PATH", never the value. */
#define NOVA_HOST_SECRETS "nova.host.secrets/1"
typedef struct nova_host_secrets {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */

  /* Writes the value behind a reference to out. Answers only for references that stand in this
     instance's own config; ask when needed and keep it short, the value may be rotated.
     NOVA_PERMISSION_DENIED: not in the config. NOVA_NOT_FOUND: no such variable or file.
     [any-thread] */
  nova_status (*get)(const nova_host* h, nova_str reference, const nova_writer* out,
                     nova_error* err);
  /* grows here */
} nova_host_secrets;

/* The plugin's own figures. The host adds the labels: component, instance, tenant. No host offers
   this yet. */
#define NOVA_HOST_TELEMETRY "nova.host.telemetry/1"
#define NOVA_METRIC_GAUGE 1
#define NOVA_METRIC_COUNTER 2
#define NOVA_METRIC_HISTOGRAM 3
typedef struct nova_host_telemetry {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */

  /* Names a figure once and answers its number for record; the same name and kind again answers the
     same number; 0 = refused. kind: NOVA_METRIC_*. unit: "s", "By", "1" ... Texts are copied.
     [any-thread] */
  uint64_t (*metric)(const nova_host* h, const char* name, int32_t kind, const char* unit);

  /* Gauge: its new value. Counter: the increase. Histogram: one observation. Metric 0 is ignored.
     [any-thread] */
  void (*record)(const nova_host* h, uint64_t metric, double value);
  /* grows here */
} nova_host_telemetry;

/* Borrow the host's threads for the length of one call into the plugin. */
#define NOVA_HOST_PARALLEL "nova.host.parallel/1"
typedef struct nova_host_parallel {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */

  /* Runs body over [0, n) in pieces of about grain items, on several threads and on the caller's;
     returns when all are done. Only from inside a call of the contract, and never from a body. A
     body does not fail: it keeps its findings in ctx. Which thread runs which piece is not fixed,
     so results must not depend on it.
     [any-thread] */
  nova_status (*run)(const nova_host* h, uint64_t n, uint64_t grain,
                     void (*body)(void* ctx, uint64_t begin, uint64_t end), void* ctx);
  /* grows here */
} nova_host_parallel;

#ifdef __cplusplus
}
#endif

#endif
