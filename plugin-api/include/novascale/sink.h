/* sink.h: an event sink: keeps copies of what happened, for audit and analytics.

   The journal is the host's; losing a sink loses nothing. The host writes each writer's events in
   order of sequence and may write a batch again: a sink stores (writer, sequence) once. One
   instance may serve several tenants: each row names its own, and none is ever answered to another.

   Usage:
     for (uint64_t i = 0; i < b->count; ++i)
       if (!seen(self, b->writer[i], b->sequence[i]))
         append(self, b->tenant[i], b->type[i], b->subject[i], b->time_ns[i], b->event_json[i]); */
#ifndef NOVASCALE_SINK_H
#define NOVASCALE_SINK_H

#include <novascale/event.h>
#include <novascale/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NOVA_SINK "nova.sink/1"

/* Flags of nova_event_query. */
#define NOVA_QUERY_NEWEST_FIRST 1 /* answer in descending order of position */

typedef struct nova_event_query {
  uint32_t struct_size;
  uint32_t flags;   /* NOVA_QUERY_* */
  nova_str tenant;  /* exact; ptr null = any. Never answer for another tenant */
  nova_str type;    /* by prefix; ptr null = any */
  nova_str subject; /* exact; ptr null = any */
  int64_t from_ns;  /* [from, to) of time_ns; NOVA_NONE = open */
  int64_t to_ns;
  uint64_t after; /* page on behind this position, 0 = from the start of the chosen order */
  uint64_t limit; /* at most so many, 0 = all */
  /* grows here */
} nova_event_query;

typedef struct nova_sink_ops {
  uint32_t struct_size;
  uint32_t flags; /* none defined */

  /* Takes events. NOVA_OK = taken, not yet durable. NOVA_ERROR_PARTIAL: the first rows were taken;
     all may be written again. Mandatory.
     [serial] */
  nova_status (*write)(nova_instance* s, const nova_call* c, const nova_event_batch* b,
                       nova_error* err);

  /* Returns NOVA_OK when all that was taken is durable. Null: what is taken is as durable as it
     gets.
     [serial] */
  nova_status (*flush)(nova_instance* s, const nova_call* c, nova_error* err);

  /* Sends what was taken and matches, in order of position, with the position column set. Null: the
     host answers from its journal. Not called yet.
     [concurrent] */
  nova_status (*query)(nova_instance* s, const nova_call* c, const nova_event_query* q,
                       const nova_event_sink* out, nova_error* err);
  /* grows here */
} nova_sink_ops;

#ifdef __cplusplus
}
#endif

#endif
