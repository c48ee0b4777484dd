/* Libraries that lie about themselves. One source, compiled once per lie: -DLIE_<name>. With no lie
   it is a well-formed model that forecasts the last value it was given. */
#define _POSIX_C_SOURCE 200809L
#include <novascale/novascale.h>

struct nova_instance { int unused; };
static struct nova_instance the_instance;

static nova_status forecast(nova_instance *m, const nova_call *c, const nova_forecast *io, nova_error *err) {
  uint64_t s, h, q;
  (void)m; (void)c;
  if (io->flags & 0xFFFF0000u) {
    err->message[0] = '?';
    err->message[1] = 0;
    return NOVA_UNIMPLEMENTED;
  }
  for (s = 0; s < io->history->series_count; ++s) {
    const nova_series_view *y = io->history;
    const uint64_t points = y->lengths ? y->lengths[s] : y->point_count;
    const double last =
        points ? y->values[(int64_t)s * y->series_stride + (int64_t)(y->point_count - 1) * y->time_stride] : 0;
    if (points == 0 || !(last - last == 0)) { /* nothing, NaN or infinite */
      if (NOVA_HAS(io, item_status)) io->item_status[s] = NOVA_FAILED_PRECONDITION;
      continue;
    }
    for (h = 0; h < io->lead_count; ++h) {
      if (io->mean) io->mean[(int64_t)s * io->mean_series_stride + (int64_t)h] = last;
      for (q = 0; io->quantiles && q < io->level_count; ++q)
        io->quantiles[(int64_t)s * io->q_series_stride + (int64_t)q * io->q_level_stride + (int64_t)h] = last;
    }
  }
  return NOVA_OK;
}

static nova_status create(const nova_component *self, const nova_call *c, const nova_host *host, nova_str config,
                          nova_instance **out, nova_error *err) {
  (void)self; (void)c; (void)host; (void)config; (void)err;
#ifdef LIE_no_instance
  (void)out;
#else
  *out = &the_instance;
#endif
  return NOVA_OK;
}
static void destroy(nova_instance *inst) { (void)inst; }

/* A page-aligned hole in the address space that nothing maps. */
#define NOWHERE ((const char *)0x10000)

#if defined LIE_lying_ops_size
#define OPS_SIZE 0x7ffffff8u
#elif defined LIE_small_ops
#define OPS_SIZE 16u
#elif defined LIE_odd_ops_size
#define OPS_SIZE 47u
#else
#define OPS_SIZE (uint32_t)sizeof(nova_model_ops)
#endif
static const nova_model_ops ops = {OPS_SIZE, NOVA_MODEL_STATELESS | NOVA_MODEL_DETERMINISTIC, 0, 0,
#if defined LIE_null_mandatory
                                   0,
#elif defined LIE_wild_function
                                   (nova_status(*)(nova_instance *, const nova_call *, const nova_forecast *, nova_error *))0x10000,
#else
                                   forecast,
#endif
                                   0, 0};

#ifdef LIE_unterminated_id
static char unterminated[70000];
__attribute__((constructor)) static void fill(void) { int i; for (i = 0; i < 70000; ++i) unterminated[i] = 'a'; }
#endif

static const nova_component component = {
#if defined LIE_lying_component_size
    0xfffffff8u,
#elif defined LIE_small_component
    24u,
#else
    (uint32_t)sizeof(nova_component),
#endif
#ifdef LIE_must_understand
    0x00010000u,
#else
    NOVA_COMPONENT_CONCURRENT,
#endif
#ifdef LIE_unknown_interface
    "nova.teapot/1",
#else
    NOVA_MODEL,
#endif
#if defined LIE_null_id
    0,
#elif defined LIE_unmapped_id
    NOWHERE,
#elif defined LIE_unterminated_id
    unterminated,
#elif defined LIE_bad_id
    "No Such/Id",
#elif defined LIE_not_utf8
    "org.novacron.test.honest",
#else
    "org.novacron.test.honest",
#endif
#ifdef LIE_not_utf8
    "caf\xe9",
#else
    "Honest",
#endif
#ifdef LIE_version
    "latest",
#else
    "1.0.0",
#endif
    "the last value for ever",
#if defined LIE_schema_not_json
    "{ type: object",
#elif defined LIE_schema_not_object
    "[]",
#elif defined LIE_schema
    "{\"type\":\"object\",\"patternProperties\":{\"a\":{}}}",
#elif defined LIE_default
    "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"number\",\"minimum\":1,\"default\":0}}}",
#else
    "{\"type\":\"object\",\"properties\":{}}",
#endif
#ifdef LIE_null_ops
    0,
#else
    &ops,
#endif
#ifdef LIE_null_create
    0,
#else
    create,
#endif
    destroy, 0, 0, 0, 0};

static const nova_component *const components[] = {
#ifdef LIE_null_component
    0,
#elif defined LIE_unmapped_component
    (const nova_component *)NOWHERE,
#else
    &component,
#endif
#ifdef LIE_duplicate_id
    &component,
#endif
};

static const nova_plugin plugin = {
#ifdef LIE_lying_plugin_size
    0xfffffff8u,
#else
    (uint32_t)sizeof(nova_plugin),
#endif
#ifdef LIE_wrong_major
    7,
#else
    NOVA_ABI_MAJOR,
#endif
    NOVA_ABI_MINOR, "org.novacron.test", "novascale", "1.0.0", "MIT", 0, 0,
#ifdef LIE_null_components
    0,
#else
    components,
#endif
#if defined LIE_too_many
    100000,
#elif defined LIE_none
    0,
#elif defined LIE_count_beyond
    200, /* far more than there are */
#else
    sizeof components / sizeof components[0],
#endif
};

/* Rude: well-formed, but with an effect while being loaded. */
#ifdef LIE_prints
#include <stdio.h>
__attribute__((constructor)) static void greet(void) { printf("hello\n"); fflush(stdout); }
#endif
#ifdef LIE_chdir
#include <unistd.h>
__attribute__((constructor)) static void move(void) { if (chdir("/usr")) { } }
#endif
#ifdef LIE_thread
#include <pthread.h>
#include <time.h>
static void *forever(void *p) { struct timespec t = {1000, 0}; nanosleep(&t, 0); return p; }
__attribute__((constructor)) static void begin(void) { pthread_t t; pthread_create(&t, 0, forever, 0); }
#endif
#ifdef LIE_waits
#include <time.h>
__attribute__((constructor)) static void wait(void) { struct timespec t = {2, 100000000}; nanosleep(&t, 0); }
#endif
#ifdef LIE_exports
int helper(void);
NOVA_EXPORT int helper(void) { return 1; }
#endif

#ifdef LIE_missing_symbol
extern int nobody_defines_this(void);
#endif
#ifdef LIE_constructor
/* Has no entry: its constructor must never run, because the exports are read first. */
#include <stdio.h>
__attribute__((constructor)) static void proof(void) { FILE *f = fopen(PROOF_FILE, "w"); if (f) fclose(f); }
int other_symbol(void);
NOVA_EXPORT int other_symbol(void) { return plugin.abi_major; }
#elif defined LIE_two_descriptors
NOVA_EXPORT const nova_plugin *nova_plugin_entry_v1(void) {
  static nova_plugin copies[2];
  static int calls;
  copies[calls & 1] = plugin;
  return &copies[calls++ & 1];
}
#elif defined LIE_null_descriptor
NOVA_EXPORT const nova_plugin *nova_plugin_entry_v1(void) { return plugin.id ? 0 : &plugin; }
#elif defined LIE_unmapped_descriptor
NOVA_EXPORT const nova_plugin *nova_plugin_entry_v1(void) { return plugin.id ? (const nova_plugin *)NOWHERE : &plugin; }
#else
NOVA_EXPORT const nova_plugin *nova_plugin_entry_v1(void) {
#ifdef LIE_missing_symbol
  if (nobody_defines_this()) return 0;
#endif
  return &plugin;
}
#endif
