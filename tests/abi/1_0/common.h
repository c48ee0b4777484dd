/* common.h: what the six frozen plugins share. Frozen with them: DO NOT MODIFY after 1.0. */
#ifndef NOVA_ABI_1_0_COMMON_H
#define NOVA_ABI_1_0_COMMON_H

#include <novascale/all.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* True if a caller of this table of arguments asks for what this plugin cannot know. */
#define MUST_REFUSE(io) (((io)->flags & NOVA_FLAGS_MUST_UNDERSTAND) != 0)

/* Answers code with a message; err may be of an older, shorter form. */
static inline nova_status fail(nova_error* err, nova_status code, const char* message) {
  if (err && err->struct_size >= sizeof(nova_error)) {
    err->code = code;
    err->flags = 0;
    err->retry_after_ms = 0;
    err->vendor_code = 0;
    snprintf(err->message, sizeof err->message, "%s", message);
  }
  return code;
}

static inline nova_status refuse_flags(nova_error* err) {
  return fail(err, NOVA_UNIMPLEMENTED, "a flag that must be understood is not known here");
}

static inline int cancelled(const nova_call* c) {
  return c && NOVA_HAS(c, cancel) && __atomic_load_n(c->cancel, __ATOMIC_RELAXED) != 0;
}

static inline nova_str text(const char* s) {
  nova_str out;
  out.ptr = s;
  out.len = strlen(s);
  return out;
}

static inline int equal(nova_str a, nova_str b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline void note(const nova_call* c, uint64_t item, nova_status status,
                        const char* message) {
  if (c && NOVA_HAS(c, note)) c->note(c, item, status, text(message));
}

/* Sets the status of row i where the caller has such a column, and says why. */
#define SET_STATUS(io, c, i, code, why)                           \
  do {                                                            \
    if (NOVA_HAS(io, item_status)) (io)->item_status[i] = (code); \
    note(c, i, code, why);                                        \
  } while (0)

static inline int64_t now_of(const nova_host* host) { return host->now_ns(host, NOVA_CLOCK_TIME); }

/* Whether a config looks like the JSON object it must be: the host has parsed it, so only what was
   cut off or is something else altogether need be told apart. */
static inline int is_object(nova_str json) {
  uint64_t begin = 0, end = json.len, open = 0, close = 0;
  while (begin < end && strchr(" \t\r\n", json.ptr[begin]) && json.ptr[begin]) ++begin;
  while (end > begin && strchr(" \t\r\n", json.ptr[end - 1]) && json.ptr[end - 1]) --end;
  for (uint64_t i = begin; i < end; ++i) {
    open += json.ptr[i] == '{';
    close += json.ptr[i] == '}';
  }
  return end - begin >= 2 && json.ptr[begin] == '{' && json.ptr[end - 1] == '}' && open == close;
}

/* A whole number of the config, e.g. {"boot_s": 60}; fallback if the key is absent. 0 = it is there
   and no whole number >= 0. The host has checked the config and filled in defaults: no parser
   needed. */
static inline int config_number(nova_str json, const char* key, int64_t fallback, int64_t* out) {
  char quoted[64];
  size_t n = (size_t)snprintf(quoted, sizeof quoted, "\"%s\"", key);
  *out = fallback;
  for (uint64_t i = 0; i + n <= json.len; ++i) {
    if (memcmp(json.ptr + i, quoted, n) != 0) continue;
    uint64_t p = i + n;
    int64_t value = 0;
    while (p < json.len && (json.ptr[p] == ' ' || json.ptr[p] == ':')) ++p;
    if (p == json.len || json.ptr[p] < '0' || json.ptr[p] > '9') return 0;
    for (; p < json.len && json.ptr[p] >= '0' && json.ptr[p] <= '9'; ++p) {
      if (value > (INT64_MAX - 9) / 10) return 0;
      value = value * 10 + (json.ptr[p] - '0');
    }
    *out = value;
    return p == json.len || json.ptr[p] == ' ' || json.ptr[p] == ',' || json.ptr[p] == '}';
  }
  return 1;
}

/* The whole descriptor of a library with one component, and its entry. */
#define ONE_COMPONENT_PLUGIN(component, plugin_id)                       \
  static const nova_component* const components[] = {&(component)};      \
  static const nova_plugin plugin = {.struct_size = sizeof(nova_plugin), \
                                     .abi_major = NOVA_ABI_MAJOR,        \
                                     .abi_minor = NOVA_ABI_MINOR,        \
                                     .id = plugin_id,                    \
                                     .vendor = "novascale tests",        \
                                     .version = "1.0.0",                 \
                                     .license = "MIT",                   \
                                     .url = "",                          \
                                     .build_info = "C99",                \
                                     .components = components,           \
                                     .component_count = 1};              \
  NOVA_EXPORT const nova_plugin* nova_plugin_entry_v1(void) { return &plugin; }

#endif
