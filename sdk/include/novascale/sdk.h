/* sdk.h: small helpers for plugins in C. Static inline, C99, no library but libc.

   return nova_fail(err, NOVA_INVALID_ARGUMENT, "/damping: must be in [0, 1]");
   if (nova_stop(call)) return nova_fail_stop(call, err);
   status = nova_config_number(config, "damping", 1.0, &self->damping, err);

   The config is the final JSON text: the host has validated it and filled in the defaults. The readers
   below look only at the members of the outermost object; a nested object is read by cutting it out with
   nova_config_find and reading that. [any-thread] */
#ifndef NOVASCALE_SDK_H
#define NOVASCALE_SDK_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* clock_gettime; needs this header before all others */
#endif

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef CLOCK_MONOTONIC
#error "include <novascale/sdk.h> before all other headers, or define _POSIX_C_SOURCE 200809L"
#endif

#include <novascale/base.h>

#define NOVA_MUST_UNDERSTAND 0xFFFF0000u /* flag bits that must not be overlooked */

/* ---- errors ------------------------------------------------------------------------------------ */

/* Fills err as far as its writer knew the fields; text is cut to fit. Returns status, for `return`. */
static inline nova_status nova_fail(nova_error *err, nova_status status, const char *text) {
  size_t room, n;
  if (err == NULL || err->struct_size < offsetof(nova_error, message) + 2) return status;
  err->code = status;
  room = err->struct_size - offsetof(nova_error, message);
  if (room > sizeof err->message) room = sizeof err->message;
  n = strlen(text);
  if (n >= room)
    for (n = room - 1; n > 0 && ((unsigned char)text[n] & 0xC0u) == 0x80u; --n) {
    } /* not within a UTF-8 character */
  memcpy(err->message, text, n);
  err->message[n] = '\0';
  return status;
}

/* Non-zero when the call was cancelled or its deadline has passed; about 30 ns. */
static inline int nova_stop(const nova_call *call) {
  struct timespec now;
  if (NOVA_HAS(call, cancel) && __atomic_load_n(call->cancel, __ATOMIC_RELAXED) != 0) return 1;
  if (!NOVA_HAS(call, deadline_ns)) return 0;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec >= call->deadline_ns;
}
static inline nova_status nova_fail_stop(const nova_call *call, nova_error *err) {
  if (NOVA_HAS(call, cancel) && __atomic_load_n(call->cancel, __ATOMIC_RELAXED) != 0)
    return nova_fail(err, NOVA_CANCELLED, "cancelled by the caller");
  return nova_fail(err, NOVA_DEADLINE_EXCEEDED, "the deadline of the call has passed");
}
/* What every function begins with: flags of the call and of its argument that we do not know. */
static inline nova_status nova_enter(const nova_call *call, uint32_t flags, nova_error *err) {
  if (((call->flags | flags) & NOVA_MUST_UNDERSTAND) != 0)
    return nova_fail(err, NOVA_UNIMPLEMENTED, "the call needs a feature this plugin does not know");
  return NOVA_OK;
}

/* ---- texts, notes, writers ----------------------------------------------------------------------- */

static inline nova_str nova_text(const char *text) {
  nova_str s;
  s.ptr = text;
  s.len = strlen(text);
  return s;
}
static inline int nova_same(nova_str a, nova_str b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, (size_t)a.len) == 0);
}
static inline int nova_is(nova_str a, const char *b) { return nova_same(a, nova_text(b)); }

/* Why an item failed, or with NOVA_OK a remark on it. */
static inline void nova_note(const nova_call *call, uint64_t item, nova_status status,
                             const char *text) {
  if (NOVA_HAS(call, note)) call->note(call, item, status, nova_text(text));
}
static inline nova_status nova_put(const nova_writer *out, const char *text) {
  return out->write(out, text, strlen(text));
}

/* ---- config -------------------------------------------------------------------------------------- */

static inline const char *nova_json_space(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')) ++p;
  return p;
}
static inline const char *nova_json_string(const char *p, const char *end) {
  if (p >= end || *p != '"') return NULL;
  for (++p; p < end && *p != '"'; ++p)
    if (*p == '\\') ++p;
  return p < end ? p + 1 : NULL;
}
/* Behind the value that starts at p, or null when there is none. */
static inline const char *nova_json_skip(const char *p, const char *end, int depth) {
  p = nova_json_space(p, end);
  if (p >= end || depth > 64) return NULL;
  if (*p == '"') return nova_json_string(p, end);
  if (*p == '{' || *p == '[') {
    const char close = *p == '{' ? '}' : ']';
    int first = 1;
    for (++p;; first = 0) {
      p = nova_json_space(p, end);
      if (p >= end) return NULL;
      if (*p == close && first) return p + 1;
      if (!first) {
        if (*p == close) return p + 1;
        if (*p != ',') return NULL;
        p = nova_json_space(p + 1, end);
      }
      if (close == '}') {
        p = nova_json_string(p, end);
        if (p == NULL) return NULL;
        p = nova_json_space(p, end);
        if (p >= end || *p != ':') return NULL;
        ++p;
      }
      p = nova_json_skip(p, end, depth + 1);
      if (p == NULL) return NULL;
    }
  }
  {
    const char *begin = p;
    while (p < end && strchr(",]} \t\n\r", *p) == NULL) ++p;
    return p > begin ? p : NULL;
  }
}

/* Checks that the text is one JSON object; to be called once, in create. "" stands for {}. */
static inline nova_status nova_config_check(nova_str json, nova_error *err) {
  const char *end = json.ptr + json.len, *p;
  if (json.len == 0) return NOVA_OK;
  p = nova_json_space(json.ptr, end);
  if (p < end && *p == '{') {
    p = nova_json_skip(p, end, 0);
    if (p != NULL && nova_json_space(p, end) == end) return NOVA_OK;
  }
  return nova_fail(err, NOVA_INVALID_ARGUMENT, "config: must be a JSON object");
}

/* The text of a member's value, ptr null when the object has no such member. */
static inline nova_str nova_config_find(nova_str json, const char *key) {
  nova_str found = {NULL, 0};
  const char *end = json.ptr + json.len, *p, *name, *value;
  if (json.len == 0) return found;
  p = nova_json_space(json.ptr, end);
  if (p >= end || *p != '{') return found;
  for (++p;; ++p) {
    name = nova_json_space(p, end);
    p = nova_json_string(name, end);
    if (p == NULL) return found;
    value = nova_json_space(p, end);
    if (value >= end || *value != ':') return found;
    value = nova_json_space(value + 1, end);
    {
      nova_str here;
      here.ptr = name + 1;
      here.len = (uint64_t)(p - name - 2);
      p = nova_json_skip(value, end, 0);
      if (p == NULL) return found;
      if (nova_is(here, key)) {
        found.ptr = value;
        found.len = (uint64_t)(p - value);
        return found;
      }
    }
    p = nova_json_space(p, end);
    if (p >= end || *p != ',') return found;
  }
}
static inline nova_status nova_config_wrong(const char *key, const char *rule, nova_error *err) {
  char text[256];
  snprintf(text, sizeof text, "/%s: must be %s", key, rule);
  return nova_fail(err, NOVA_INVALID_ARGUMENT, text);
}
static inline nova_status nova_config_number(nova_str json, const char *key, double absent,
                                             double *out, nova_error *err) {
  const nova_str v = nova_config_find(json, key);
  char buffer[64], *stop;
  *out = absent;
  if (v.ptr == NULL) return NOVA_OK;
  if (v.len >= sizeof buffer || strchr("-0123456789", *v.ptr) == NULL)
    return nova_config_wrong(key, "a number", err);
  memcpy(buffer, v.ptr, (size_t)v.len);
  buffer[v.len] = '\0';
  *out = strtod(buffer, &stop);
  return *stop == '\0' ? NOVA_OK : nova_config_wrong(key, "a number", err);
}
static inline nova_status nova_config_boolean(nova_str json, const char *key, int absent, int *out,
                                              nova_error *err) {
  const nova_str v = nova_config_find(json, key);
  *out = absent;
  if (v.ptr == NULL) return NOVA_OK;
  *out = nova_is(v, "true");
  return *out || nova_is(v, "false") ? NOVA_OK : nova_config_wrong(key, "true or false", err);
}
/* Copies a text, its simple escapes undone (\uXXXX is refused), into room bytes with a closing NUL. */
static inline nova_status nova_config_text(nova_str json, const char *key, const char *absent,
                                           char *out, size_t room, nova_error *err) {
  const nova_str v = nova_config_find(json, key);
  static const char kFrom[] = "\"\\/bfnrt", kTo[] = "\"\\/\b\f\n\r\t";
  size_t i, n = 0;
  if (v.ptr == NULL) {
    if (strlen(absent) >= room) return nova_config_wrong(key, "shorter", err);
    strcpy(out, absent);
    return NOVA_OK;
  }
  if (*v.ptr != '"') return nova_config_wrong(key, "a text", err);
  for (i = 1; i + 1 < v.len; ++i) {
    char c = v.ptr[i];
    if (c == '\\') {
      const char *escape = strchr(kFrom, v.ptr[++i]);
      if (escape == NULL || *escape == '\0') return nova_config_wrong(key, "free of \\u", err);
      c = kTo[escape - kFrom];
    }
    if (n + 1 >= room) return nova_config_wrong(key, "shorter", err);
    out[n++] = c;
  }
  out[n] = '\0';
  return NOVA_OK;
}

/* ---- saved state --------------------------------------------------------------------------------- */

/* What load tells damaged bytes by: save appends it, load computes it again. FNV-1a, 64 bit. */
static inline uint64_t nova_checksum(const void *bytes, size_t size) {
  const unsigned char *p = (const unsigned char *)bytes;
  uint64_t sum = 14695981039346656037u;
  for (; size > 0; --size) sum = (sum ^ *p++) * 1099511628211u;
  return sum;
}

/* ---- columns ------------------------------------------------------------------------------------- */

/* True if the writer of *p knew field f; unlike NOVA_HAS it does not ask for a non-zero value. */
#define NOVA_KNOWS(p, f) \
  ((p)->struct_size >= (size_t)((const char *)&(p)->f - (const char *)(p)) + sizeof((p)->f))

static inline void nova_set_status(int32_t *item_status, uint64_t i, nova_status status) {
  if (item_status != NULL) item_status[i] = status;
}

#endif
