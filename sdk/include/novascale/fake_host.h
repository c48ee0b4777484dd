/* fake_host.h: a host for the unit tests of plugins in C. Single thread, static inline.

   int64_t now = 0;
   nova_host host = nova_fake_host(&now);
   nova_call call = nova_fake_call();
   nova_error err = nova_fake_error();
   NOVA_CHECK(component->create(component, &call, &host, nova_text("{}"), &self, &err) == NOVA_OK);
   return nova_fake_failures != 0; */
#ifndef NOVASCALE_FAKE_HOST_H
#define NOVASCALE_FAKE_HOST_H

#include <novascale/sdk.h>

#include <novascale/host.h>
#include <novascale/plugin.h>

static int nova_fake_failures = 0;

#define NOVA_CHECK(claim)                                                  \
  do {                                                                     \
    if (!(claim)) {                                                        \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #claim);          \
      ++nova_fake_failures;                                                \
    }                                                                      \
  } while (0)

static inline int64_t nova_fake_now(const nova_host *h, int32_t clock) {
  return clock == NOVA_CLOCK_TIME ? *(const int64_t *)h->host_data : 1;
}
/* To stderr, whatever the level: a test's own output. */
static inline void nova_fake_log(const nova_host *h, int32_t level, nova_str msg, nova_str fields) {
  (void)h;
  fprintf(stderr, "log %d: %.*s %.*s\n", (int)level, (int)msg.len, msg.len ? msg.ptr : "",
          (int)fields.len, fields.len ? fields.ptr : "");
}
/* None: a plugin does without. */
static inline const void *nova_fake_extension(const nova_host *h, const char *id) {
  (void)h;
  (void)id;
  return NULL;
}
/* The clock is *now_ns, which the test moves. */
static inline nova_host nova_fake_host(int64_t *now_ns) {
  static const volatile int32_t threshold = NOVA_LOG_TRACE;
  nova_host h;
  memset(&h, 0, sizeof h);
  h.struct_size = sizeof h;
  h.host_data = now_ns;
  h.name = "fake host";
  h.version = "1.0.0";
  h.instance = "test";
  h.tenant = "default";
  h.data_dir = "";
  h.log_threshold = &threshold;
  h.log = nova_fake_log;
  h.now_ns = nova_fake_now;
  h.get_extension = nova_fake_extension;
  return h;
}
static inline nova_call nova_fake_call(void) {
  nova_call c;
  memset(&c, 0, sizeof c);
  c.struct_size = sizeof c;
  return c;
}
static inline nova_error nova_fake_error(void) {
  nova_error e;
  memset(&e, 0, sizeof e);
  e.struct_size = sizeof e;
  return e;
}

#endif
