/* event.h: what happened: written to sinks by the host, sent to watchers by controllers.

   Events are rows of columns. The host identifies each by (writer, sequence); a sink stores that
   pair once, so writing a batch again is harmless.

   Types of a controller's events: machine.state, machine.health, machine.interruption (with at_ns),
   machine.rebalance, machine.lost, group.changed; subject = machine or group id. Each only speeds
   up what the next list_groups or list_machines would show.

   Usage:
     nova_event_batch b = {.struct_size = sizeof b, .count = 2, .time_ns = times, .type = types,
         .subject = ids, .event_json = bodies};
     watcher->on_events(watcher, &b); */
#ifndef NOVASCALE_EVENT_H
#define NOVASCALE_EVENT_H

#include <novascale/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nova_event_batch {
  uint32_t struct_size;
  uint32_t flags; /* none defined */
  uint64_t count;
  const nova_uuid* writer;    /* the host that made it; null in a controller's events */
  const uint64_t* sequence;   /* the writer's own running number; null in a controller's events */
  const uint64_t* position;   /* set by a sink in answers: its own order, ascending, from 1 */
  const int64_t* time_ns;     /* since 1970-01-01 UTC */
  const nova_str* tenant;     /* whose it is; null in a controller's events: its instance's */
  const nova_str* type;       /* dotted, general part first: "machine.interruption" */
  const nova_str* subject;    /* machine, group, decision or instance it is about */
  const nova_str* event_json; /* a JSON object, schema/event.json */
  /* grows here */
} nova_event_batch;

/* Where a sink's query sends its answers. Made by the caller, valid until the call returns. */
typedef struct nova_event_sink {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  void* ctx;         /* the caller's own */

  /* Takes one batch, of any size; copies what it keeps. If it answers other than NOVA_OK, stop and
     return that. Called on the thread of the call, before that call returns.
     [serial] */
  nova_status (*emit)(const struct nova_event_sink* s, const nova_event_batch* b);
  /* grows here */
} nova_event_sink;

#ifdef __cplusplus
}
#endif

#endif
