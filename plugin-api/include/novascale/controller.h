/* controller.h: a VM controller: what runs, and the one door through which it is changed.

   Counts are absolute ("be 12"), a mix is several rows, and each request carries a token: the same
   token again is the same operation without a second effect. Keep the token with the machines where
   the backend can (tag, metadata, name). Requests return at once; operations are polled.
   After a lost answer the host polls the token; only when that answers state 0 and NOVA_NOT_FOUND
   it reads the group and sends the same request with the same token.

   item_status is what policy acts on: NOVA_CAPACITY blocks the offer and takes the next best mix,
   NOVA_QUOTA blocks and alerts, NOVA_THROTTLED and NOVA_UNAVAILABLE back off, NOVA_ABORTED re-reads
   the group, NOVA_UNAUTHENTICATED and NOVA_PERMISSION_DENIED alert, NOVA_INVALID_ARGUMENT is
   never repeated.

   Usage, one row of scale:
     if ((op = find_token(self, io->token[i]))) { io->state[i] = op->state; continue; }
     if (NOVA_HAS(io, expected_generation) && io->expected_generation[i] != g->generation)
       { if (NOVA_HAS(io, item_status)) io->item_status[i] = NOVA_ABORTED; continue; }
     io->state[i] = begin(self, g, io->desired[i], io->token[i]); */
#ifndef NOVASCALE_CONTROLLER_H
#define NOVASCALE_CONTROLLER_H

#include <novascale/event.h>
#include <novascale/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NOVA_CONTROLLER "nova.controller/1"

/* One row per group and offer it holds. A group's rows are adjacent, in one batch, and repeat what
   is the group's. booting, serving, unhealthy and draining count each machine once. */
typedef struct nova_group_batch {
  uint32_t struct_size;
  uint32_t flags; /* none defined */
  uint64_t count;
  const nova_str* group_id;    /* mandatory */
  const nova_str* offer_id;    /* "" = it knows but one kind of machine, or the group holds none */
  const nova_str* labels_json; /* group: a JSON object of texts */
  const uint64_t* generation;  /* group: changes whenever its desired state does, by whomever */
  const int64_t* changed_ns;   /* group: when that was last */
  const int32_t* status; /* group: NOVA_OK, or why it must not be scaled now; NOT_FOUND = none */
  const uint32_t* min;   /* group: limits of the controller itself */
  const uint32_t* max;
  const uint32_t* desired; /* offer: machines wanted; mandatory */
  const uint32_t* booting;
  const uint32_t* serving; /* mandatory */
  const uint32_t* unhealthy;
  const uint32_t* draining;
  /* grows here */
} nova_group_batch;

/* Where list_groups sends its answers. Made by the caller, valid until the call returns. */
typedef struct nova_group_sink {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  void* ctx;         /* the caller's own */

  /* Takes one batch, of any size; copies what it keeps. If it answers other than NOVA_OK, stop and
     return that. Called on the thread of the call, before that call returns.
     [serial] */
  nova_status (*emit)(const struct nova_group_sink* s, const nova_group_batch* b);
  /* grows here */
} nova_group_sink;

/* state of a machine; 0 = not known */
#define NOVA_MACHINE_BOOTING 1
#define NOVA_MACHINE_RUNNING 2
#define NOVA_MACHINE_DRAINING 3
#define NOVA_MACHINE_STOPPING 4
#define NOVA_MACHINE_GONE 5
#define NOVA_MACHINE_FAILED 6

/* health; 0 = not known */
#define NOVA_HEALTHY 1
#define NOVA_UNHEALTHY 2

/* marks, a set of bits */
#define NOVA_MARK_PROTECTED 1   /* must not be chosen as a victim */
#define NOVA_MARK_INTERRUPTED 2 /* its end has been announced */

typedef struct nova_machine_batch {
  uint32_t struct_size;
  uint32_t flags; /* none defined */
  uint64_t count;
  const nova_str* group_id;   /* mandatory */
  const nova_str* machine_id; /* mandatory */
  const nova_str* node;       /* where it runs */
  const nova_str* offer_id;
  const nova_uuid* token;    /* of the request that made it: so an operation's machines are known */
  const int32_t* state;      /* NOVA_MACHINE_*, mandatory */
  const int32_t* health;     /* NOVA_HEALTHY, NOVA_UNHEALTHY */
  const uint32_t* marks;     /* NOVA_MARK_* */
  const int64_t* created_ns; /* charged from */
  const int64_t* serving_ns; /* first healthy: lead time is learned from it; NOVA_NONE = not yet */
  /* grows here */
} nova_machine_batch;

/* Where list_machines sends its answers; as nova_group_sink. */
typedef struct nova_machine_sink {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  void* ctx;         /* the caller's own */

  /* As emit of nova_group_sink.
     [serial] */
  nova_status (*emit)(const struct nova_machine_sink* s, const nova_machine_batch* b);
  /* grows here */
} nova_machine_sink;

/* state of an operation; 0 = not known. Its id is the caller's token, so it can be asked for even
   when the answer was lost. The last four are its end. */
#define NOVA_OP_NOTHING 1 /* it is so already; starts no cooldown */
#define NOVA_OP_PENDING 2
#define NOVA_OP_RUNNING 3
#define NOVA_OP_DONE 4
#define NOVA_OP_PARTIAL 5 /* ended with fewer machines than asked for; result says why */
#define NOVA_OP_FAILED 6
#define NOVA_OP_CANCELLED 7

/* "Be desired": the absolute number of one offer in one group; offers not named keep theirs. Each
   row succeeds or fails alone. */
typedef struct nova_scale {
  uint32_t struct_size;
  uint32_t flags; /* none defined */
  uint64_t count;
  const nova_str* group_id;
  const nova_str* offer_id; /* "" = the one kind of machine */
  const nova_str* reason;   /* for people and audit trails; null = none */
  const uint32_t* desired;
  const uint64_t* expected_generation; /* null = any; compared once per group, before its first row;
                                          stale: NOVA_ABORTED */
  const uint64_t* fence; /* null = one host; below the highest seen for the group: NOVA_ABORTED. Who
                            can store it refuses lower ones also after a restart */
  const nova_uuid* token; /* looked up first, before generation; known: the same operation */
  int32_t* state;         /* NOVA_OP_* */
  int32_t* item_status;
  /* grows here */
} nova_scale;

/* action on one machine */
#define NOVA_ACT_DRAIN 1
#define NOVA_ACT_UNDRAIN 2
#define NOVA_ACT_REMOVE 3  /* and the group's desired falls with it: scale-in of a chosen victim */
#define NOVA_ACT_REPLACE 4 /* desired stays */
#define NOVA_ACT_MIGRATE 5 /* target = node */
#define NOVA_ACT_RESIZE 6  /* target = offer id */
#define NOVA_ACT_PROTECT 7
#define NOVA_ACT_UNPROTECT 8

/* Columns that nova_scale has too mean the same here. */
typedef struct nova_machine_action {
  uint32_t struct_size;
  uint32_t flags; /* none defined */
  uint64_t count;
  const int32_t* action; /* NOVA_ACT_* */
  const nova_str* group_id;
  const nova_str* machine_id;
  const nova_str* target; /* as the action says; null = none */
  const nova_str* reason;
  const nova_str* params_json; /* a JSON object; null = {} */
  const uint64_t* fence;
  const nova_uuid* token;
  int32_t* state; /* NOVA_OP_* */
  int32_t* item_status;
  /* grows here */
} nova_machine_action;

typedef struct nova_operations {
  uint32_t struct_size;
  uint32_t flags; /* none defined */
  uint64_t count;
  const nova_uuid* token;
  int32_t* state;      /* NOVA_OP_* */
  int32_t* result;     /* nova_status of the operation; NOT_FOUND with state 0 = it never arrived */
  uint32_t* machines;  /* done so far */
  double* progress;    /* [0,1]; NaN = not known */
  int64_t* started_ns; /* since 1970-01-01 UTC, as the next two; NOVA_NONE = not yet or not known */
  int64_t* ended_ns;
  int64_t* eta_ns; /* when it may end */
  /* grows here */
} nova_operations;

/* Who is told of events. Made by the host; valid until on_end or unwatch has returned. */
typedef struct nova_watcher {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  void* ctx;         /* the host's own */

  /* Takes events (event.h names the types); copies what it keeps. From any thread of the plugin's,
     one at a time.
     [serial] */
  void (*on_events)(const struct nova_watcher* w, const nova_event_batch* b);

  /* No more will come, and why (null = unwatched or finished): comes once, last.
     [serial] */
  void (*on_end)(const struct nova_watcher* w, const nova_error* why);
  /* grows here */
} nova_watcher;

typedef struct nova_controller_ops {
  uint32_t struct_size;
  uint32_t flags; /* none defined */

  /* Sends the state of n groups (ids null = all it knows). A group it does not know gets one row
     with status NOVA_NOT_FOUND. Mandatory.
     [serial] */
  nova_status (*list_groups)(nova_instance* v, const nova_call* c, const nova_str* ids, uint64_t n,
                             const nova_group_sink* out, nova_error* err);

  /* Sends the machines of n groups (null = of all). Null: the host knows counts only; no chosen
     victims, and lead time is learned from operations.
     [serial] */
  nova_status (*list_machines)(nova_instance* v, const nova_call* c, const nova_str* group_ids,
                               uint64_t n, const nova_machine_sink* out, nova_error* err);

  /* Fills item_status as scale would now, with no effect whatever. Null: the host's own checks.
     [serial] */
  nova_status (*can_scale)(nova_instance* v, const nova_call* c, const nova_scale* io,
                           nova_error* err);

  /* Takes requests and returns; what it began is told by poll. On NOVA_DEADLINE_EXCEEDED the
     outcome is unknown, and the host polls the tokens. Mandatory.
     [serial] */
  nova_status (*scale)(nova_instance* v, const nova_call* c, const nova_scale* io, nova_error* err);

  /* Acts on single machines, as scale does on groups. Null: victims are the controller's choice.
     [serial] */
  nova_status (*act)(nova_instance* v, const nova_call* c, const nova_machine_action* io,
                     nova_error* err);

  /* Tells how operations stand; remembers ended ones for an hour at least. Mandatory.
     [serial] */
  nova_status (*poll)(nova_instance* v, const nova_call* c, const nova_operations* io,
                      nova_error* err);

  /* Stops operations where that is possible, and tells how they stand. Null: they run to their end.
     Not called yet.
     [serial] */
  nova_status (*cancel)(nova_instance* v, const nova_call* c, const nova_operations* io,
                        nova_error* err);

  /* Tells w of events; *id names the watch. Null: the host polls. Not called yet.
     [serial] */
  nova_status (*watch)(nova_instance* v, const nova_call* c, const nova_watcher* w, uint64_t* id,
                       nova_error* err);

  /* Ends a watch. Returns when no callback of it is running; never called from one. Mandatory
     beside watch.
     [serial] */
  void (*unwatch)(nova_instance* v, uint64_t id);
  /* grows here */
} nova_controller_ops;

#ifdef __cplusplus
}
#endif

#endif
