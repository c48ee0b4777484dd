/* base.h: the words every interface speaks: strings, status, error, the context of a call, writers.

   Rules that hold in every header and are not repeated there:
   - Growable structs begin with struct_size, set by their writer; a reader tests a field with
     NOVA_HAS, of whatever minor, and takes "absent" as 0; what it cannot do without it refuses
     with a message. New fields are appended only where it says "grows here".
   - No pointer changes owner. What a call is given is borrowed until it returns: copy what you
     keep. Records are columns of `count` rows; a null column = known for no row.
   - Outputs come pre-filled with "no answer" (NaN, NOVA_NONE, 0; item_status with NOVA_OK).
   - Argument structs are const: a callee writes only through their non-const columns.
   - Reserved fields and unknown flags are written 0. A reader ignores unknown flags of the low half
     and answers NOVA_UNIMPLEMENTED to any of NOVA_FLAGS_MUST_UNDERSTAND that it does not know.
   - Nothing unwinds through a function of the contract. Each function's comment ends with its
     thread tag: [any-thread], [serial], [concurrent] or [exclusive]; see THREADS.md.

   Usage, the shape of every function that may fail:
     static nova_status flush(nova_instance* self, const nova_call* c, nova_error* err) {
       if (NOVA_HAS(c, cancel) && __atomic_load_n(c->cancel, __ATOMIC_RELAXED))
         return NOVA_CANCELLED;
       if (write_out(self)) return NOVA_OK;
       err->code = NOVA_UNAVAILABLE;  (and a message)
       return NOVA_UNAVAILABLE;
     } */
#ifndef NOVASCALE_BASE_H
#define NOVASCALE_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NOVA_ABI_MAJOR 1
#define NOVA_ABI_MINOR 0

#ifdef __cplusplus
#define NOVA_EXPORT extern "C" __attribute__((visibility("default")))
#else
#define NOVA_EXPORT __attribute__((visibility("default")))
#endif

/* True if the writer of *p knew field f and set it. For a nova_str write NOVA_HAS(p, field.ptr). */
#define NOVA_HAS(p, f) \
  ((p)->struct_size >= (size_t)((const char*)&(p)->f - (const char*)(p)) + sizeof((p)->f) && (p)->f)

/* No answer, in any int64_t column; NaN says it in a double, an empty nova_str in a text. */
#define NOVA_NONE INT64_MIN

/* UTF-8, not terminated. A null ptr with len 0 is the empty text. Frozen: never grows. */
typedef struct nova_str {
  const char* ptr;
  uint64_t len; /* bytes */
} nova_str;

/* Frozen: never grows. */
typedef struct nova_bytes {
  const void* ptr;
  uint64_t len; /* bytes */
} nova_bytes;

/* Any 16 bytes; all zero = none. Frozen: never grows. */
typedef struct nova_uuid {
  uint8_t b[16];
} nova_uuid;

/* Status. Low byte: the canonical code of gRPC and absl. Above it a refinement: a reader who does
   not know one reads the low byte. Unknown canonical codes count as NOVA_INTERNAL.
   The status a function returns speaks for the whole call (bad arguments, dead backend). One bad
   series, group or offer is reported in item_status, and the call returns NOVA_OK. */
typedef int32_t nova_status;
#define NOVA_CANONICAL(s) ((s)&0xff)
#define NOVA_OK 0
#define NOVA_CANCELLED 1
#define NOVA_INVALID_ARGUMENT 3    /* will never work as asked: do not repeat */
#define NOVA_DEADLINE_EXCEEDED 4   /* time or budget used up; of a request to act: poll it */
#define NOVA_NOT_FOUND 5           /* nobody knows this name */
#define NOVA_PERMISSION_DENIED 7   /* known, and not allowed: tell a human */
#define NOVA_RESOURCE_EXHAUSTED 8  /* out of something; refined by the next three */
#define NOVA_CAPACITY 0x108        /* provider has none of this offer now: try another offer */
#define NOVA_QUOTA 0x208           /* our account may not have more: elsewhere; tell a human */
#define NOVA_THROTTLED 0x308       /* too many calls: the same again after retry_after_ms */
#define NOVA_FAILED_PRECONDITION 9 /* not now: too little history, not ready, foreign state */
#define NOVA_ABORTED 10            /* another writer was here: generation or fence is stale */
#define NOVA_UNIMPLEMENTED 12      /* not offered, or a flag that must be understood */
#define NOVA_INTERNAL 13           /* a bug on the side that answers it */
#define NOVA_UNAVAILABLE 14        /* the backend does not answer; the same again later */
#define NOVA_UNAUTHENTICATED 16    /* not known who asks: credentials are missing or stale */

/* Flags of this half must be understood by the reader of any struct that carries them. */
#define NOVA_FLAGS_MUST_UNDERSTAND 0xFFFF0000u

#define NOVA_ERROR_RETRYABLE 1 /* the same call may succeed later */
#define NOVA_ERROR_PARTIAL 2   /* what was delivered before the error is good */

/* Why a call failed. Allocated by the caller, never null; the callee fills it only when it returns
   other than NOVA_OK. No heap, no release: it can be copied between processes as it is. */
typedef struct nova_error {
  uint32_t struct_size;
  nova_status code;        /* the status that is returned */
  uint32_t flags;          /* NOVA_ERROR_* */
  uint32_t retry_after_ms; /* 0 = not known */
  int64_t vendor_code;     /* of the backend, e.g. an HTTP status; 0 = none */
  char message[488];       /* NUL-terminated UTF-8, truncated to fit: place, rule, finding */
  /* grows here */
} nova_error;

/* Context of one call, valid until the call returns. Made by the host, read by the plugin. */
typedef struct nova_call {
  uint32_t struct_size;
  uint32_t flags;                 /* none defined */
  int64_t deadline_ns;            /* CLOCK_MONOTONIC, 0 = none; never simulated */
  const volatile int32_t* cancel; /* non-zero = stop soon and return NOVA_CANCELLED. May lie in
                                     shared memory: __atomic_load_n, relaxed; never lock it */
  uint8_t trace_id[16];           /* W3C trace context; all zero = none */
  uint8_t span_id[8];             /* as trace_id */
  void* ctx;                      /* the host's own */

  /* Why an item failed, or with NOVA_OK a remark on it ("season dropped: 40 points").
     item: its row; UINT64_MAX = the whole call. The text is copied. The host may drop what goes
     beyond a bound. May be null: then nobody asks. Valid until the call returns.
     [any-thread] */
  void (*note)(const struct nova_call* c, uint64_t item, nova_status status, nova_str text);
  /* grows here */
} nova_call;

/* Where a callee writes JSON text or a state blob. Made by the caller, valid until the call
   returns; the parts are joined in the order they are written. */
typedef struct nova_writer {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  void* ctx;         /* the caller's own */

  /* Takes len bytes: all of them or an error. data is copied. If it answers other than NOVA_OK,
     stop and return that. Called on the thread of the call, before that call returns.
     [serial] */
  nova_status (*write)(const struct nova_writer* w, const void* data, uint64_t len);
  /* grows here */
} nova_writer;

#ifdef __cplusplus
}
#endif

#endif
