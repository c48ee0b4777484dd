/* A controller of ABI 1.0 in C99: groups in memory, one kind of machine, boot time by the host's
   clock.

   Groups come with bind. Every rule of acting holds: a token is an operation, looked up first; the
   fence only grows; the generation is compared once per group and call; can_scale has no effect. */
#include "common.h"

#define ID_MAX 256

struct group {
  char id[ID_MAX];
  uint64_t key, generation, fence;
  int64_t changed_ns, ready_ns; /* ready: when what is booting will serve */
  uint32_t desired, settled;    /* settled: machines that serve before ready_ns */
  uint64_t last_call;           /* of scale or can_scale that compared the generation ... */
  int stale;                    /* ... and what it found */
};

struct operation {
  nova_uuid token;
  int64_t started_ns, ready_ns;
  uint32_t machines; /* that it adds or removes */
  int32_t nothing;   /* it was so already */
};

struct nova_instance {
  const nova_host* host;
  int64_t boot_ns;
  struct group* groups;
  uint64_t group_count;
  struct operation* operations;
  uint64_t operation_count, calls;
};

static struct group* find_group(nova_instance* v, nova_str id) {
  for (uint64_t i = 0; i < v->group_count; ++i)
    if (equal(text(v->groups[i].id), id)) return &v->groups[i];
  return NULL;
}

static struct operation* find_operation(nova_instance* v, const nova_uuid* token) {
  for (uint64_t i = 0; i < v->operation_count; ++i)
    if (memcmp(&v->operations[i].token, token, sizeof *token) == 0) return &v->operations[i];
  return NULL;
}

static uint32_t serving(const struct group* g, int64_t now) {
  return now >= g->ready_ns || g->settled > g->desired ? g->desired : g->settled;
}

static int32_t state_of(const struct operation* o, int64_t now) {
  return o->nothing ? NOVA_OP_NOTHING : now >= o->ready_ns ? NOVA_OP_DONE : NOVA_OP_RUNNING;
}

static nova_status emit_group(nova_instance* v, const struct group* g, nova_str id,
                              const nova_group_sink* out) {
  const int64_t now = now_of(v->host);
  const nova_str offer = text("");
  const int32_t status = g ? NOVA_OK : NOVA_NOT_FOUND;
  const uint32_t zero = 0, serve = g ? serving(g, now) : 0;
  const uint32_t desired = g ? g->desired : 0, booting = desired - serve, max = UINT32_MAX;
  const uint64_t generation = g ? g->generation : 0;
  const int64_t changed = g ? g->changed_ns : NOVA_NONE;
  const nova_group_batch batch = {.struct_size = sizeof batch,
                                  .count = 1,
                                  .group_id = &id,
                                  .offer_id = &offer,
                                  .generation = &generation,
                                  .changed_ns = &changed,
                                  .status = &status,
                                  .min = &zero,
                                  .max = &max,
                                  .desired = &desired,
                                  .booting = &booting,
                                  .serving = &serve,
                                  .unhealthy = &zero,
                                  .draining = &zero};
  return out->emit(out, &batch);
}

static nova_status list_groups(nova_instance* v, const nova_call* c, const nova_str* ids,
                               uint64_t n, const nova_group_sink* out, nova_error* err) {
  nova_status status = NOVA_OK;
  (void)c;
  for (uint64_t i = 0; status == NOVA_OK && i < (ids ? n : v->group_count); ++i) {
    const struct group* g = ids ? find_group(v, ids[i]) : &v->groups[i];
    status = emit_group(v, g, ids ? ids[i] : text(g->id), out);
  }
  return status == NOVA_OK ? NOVA_OK : fail(err, status, "the caller took no more groups");
}

/* What scale would say to row i, without effect; *why is for people. Not for known tokens. */
static nova_status judge(nova_instance* v, const nova_scale* io, uint64_t i, const char** why) {
  struct group* g = find_group(v, io->group_id[i]);
  *why = "no such group";
  if (!g) return NOVA_NOT_FOUND;
  *why = "offer_id: this controller knows one kind of machine, \"\"";
  if (NOVA_HAS(io, offer_id) && io->offer_id[i].len != 0) return NOVA_INVALID_ARGUMENT;
  *why = "fence: another host has taken this group";
  if (NOVA_HAS(io, fence) && io->fence[i] < g->fence) return NOVA_ABORTED;
  *why = "generation: somebody else has changed this group";
  if (g->last_call != v->calls) {
    g->last_call = v->calls;
    g->stale = NOVA_HAS(io, expected_generation) && io->expected_generation[i] != g->generation;
  }
  return g->stale ? NOVA_ABORTED : NOVA_OK;
}

/* Begins the operation of row i; null = out of memory. */
static struct operation* begin(nova_instance* v, const nova_scale* io, uint64_t i) {
  struct operation* larger =
      realloc(v->operations, (v->operation_count + 1) * sizeof *v->operations);
  if (!larger) return NULL;
  v->operations = larger;

  struct group* g = find_group(v, io->group_id[i]);
  struct operation* o = &v->operations[v->operation_count++];
  const int64_t now = now_of(v->host);
  const uint32_t want = io->desired[i], have = g->desired, serve = serving(g, now);
  o->token = io->token[i];
  o->started_ns = now;
  o->nothing = want == have;
  o->machines = want > have ? want - have : have - want;
  o->ready_ns = want > have ? now + v->boot_ns : want > serve ? g->ready_ns : now;
  if (o->nothing) return o;
  g->settled = serve < want ? serve : want;
  g->ready_ns = o->ready_ns;
  g->desired = want;
  g->changed_ns = now;
  ++g->generation;
  return o;
}

static nova_status check_columns(const nova_scale* io, nova_error* err) {
  if (MUST_REFUSE(io)) return refuse_flags(err);
  if (NOVA_HAS(io, group_id) && NOVA_HAS(io, desired) && NOVA_HAS(io, token)) return NOVA_OK;
  return fail(err, NOVA_INVALID_ARGUMENT, "group_id, desired and token: must be given");
}

static nova_status can_scale(nova_instance* v, const nova_call* c, const nova_scale* io,
                             nova_error* err) {
  nova_status status = check_columns(io, err);
  if (status != NOVA_OK) return status;
  ++v->calls;
  for (uint64_t i = 0; i < io->count; ++i) {
    const char* why;
    if (find_operation(v, &io->token[i])) continue;
    nova_status verdict = judge(v, io, i, &why);
    if (verdict != NOVA_OK) SET_STATUS(io, c, i, verdict, why);
  }
  return NOVA_OK;
}

static nova_status scale(nova_instance* v, const nova_call* c, const nova_scale* io,
                         nova_error* err) {
  static const nova_uuid none = {{0}};
  nova_status status = check_columns(io, err);
  if (status != NOVA_OK) return status;
  ++v->calls;
  for (uint64_t i = 0; i < io->count; ++i) {
    const char* why = "token: must not be all zero";
    struct operation* o = find_operation(v, &io->token[i]);
    if (!o) {
      struct group* g = find_group(v, io->group_id[i]);
      if (g && NOVA_HAS(io, fence) && io->fence[i] > g->fence) g->fence = io->fence[i];
      nova_status verdict = memcmp(&io->token[i], &none, sizeof none) == 0 ? NOVA_INVALID_ARGUMENT
                                                                           : judge(v, io, i, &why);
      if (verdict == NOVA_OK && !(o = begin(v, io, i))) {
        verdict = NOVA_RESOURCE_EXHAUSTED;
        why = "out of memory";
      }
      if (verdict != NOVA_OK) {
        SET_STATUS(io, c, i, verdict, why);
        continue;
      }
    }
    if (NOVA_HAS(io, state)) io->state[i] = state_of(o, now_of(v->host));
    if (NOVA_HAS(io, item_status)) io->item_status[i] = NOVA_OK;
  }
  return NOVA_OK;
}

static nova_status poll(nova_instance* v, const nova_call* c, const nova_operations* io,
                        nova_error* err) {
  (void)c;
  if (MUST_REFUSE(io)) return refuse_flags(err);
  const int64_t now = now_of(v->host);
  for (uint64_t i = 0; i < io->count; ++i) {
    const struct operation* o = find_operation(v, &io->token[i]);
    const int done = o && now >= o->ready_ns;
    if (NOVA_HAS(io, state)) io->state[i] = o ? state_of(o, now) : 0;
    if (NOVA_HAS(io, result)) io->result[i] = o ? NOVA_OK : NOVA_NOT_FOUND;
    if (!o) continue;
    if (NOVA_HAS(io, machines)) io->machines[i] = done ? o->machines : 0;
    if (NOVA_HAS(io, progress)) io->progress[i] = done ? 1 : 0;
    if (NOVA_HAS(io, started_ns)) io->started_ns[i] = o->started_ns;
    if (NOVA_HAS(io, ended_ns)) io->ended_ns[i] = done ? o->ready_ns : NOVA_NONE;
    if (NOVA_HAS(io, eta_ns)) io->eta_ns[i] = o->ready_ns;
  }
  return NOVA_OK;
}

static nova_status bind(nova_instance* v, const nova_call* c, const nova_binding* io,
                        nova_error* err) {
  if (MUST_REFUSE(io)) return refuse_flags(err);
  for (uint64_t i = 0; i < io->count; ++i) {
    if (io->name[i].len == 0 || io->name[i].len >= ID_MAX) {
      SET_STATUS(io, c, i, NOVA_INVALID_ARGUMENT, "group id: must have 1 to 255 bytes");
      continue;
    }
    struct group* g = find_group(v, io->name[i]);
    if (!g) {
      struct group* larger = realloc(v->groups, (v->group_count + 1) * sizeof *v->groups);
      if (!larger) return fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
      v->groups = larger;
      g = &v->groups[v->group_count++];
      memset(g, 0, sizeof *g);
      memcpy(g->id, io->name[i].ptr, io->name[i].len);
      g->generation = 1;
      g->changed_ns = now_of(v->host);
    }
    g->key = io->keys[i];
    if (NOVA_HAS(io, item_status)) io->item_status[i] = NOVA_OK;
  }
  return NOVA_OK;
}

static nova_status forget(nova_instance* v, const nova_call* c, const uint64_t* keys, uint64_t n,
                          nova_error* err) {
  (void)c, (void)err;
  for (uint64_t i = 0; i < n; ++i)
    for (uint64_t j = 0; j < v->group_count; ++j)
      if (v->groups[j].key == keys[i]) v->groups[j--] = v->groups[--v->group_count];
  return NOVA_OK;
}

static nova_status create(const nova_component* self, const nova_call* c, const nova_host* host,
                          nova_str config_json, nova_instance** out, nova_error* err) {
  (void)self, (void)c;
  int64_t boot_s;
  if (!is_object(config_json))
    return fail(err, NOVA_INVALID_ARGUMENT, "config: must be a JSON object");
  if (!config_number(config_json, "boot_s", 60, &boot_s) || boot_s > 86400)
    return fail(err, NOVA_INVALID_ARGUMENT, "/boot_s: must be a whole number from 0 to 86400");
  nova_instance* v = calloc(1, sizeof *v);
  if (!v) return fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
  v->host = host;
  v->boot_ns = boot_s * INT64_C(1000000000);
  *out = v;
  return NOVA_OK;
}

static void destroy(nova_instance* v) {
  free(v->groups);
  free(v->operations);
  free(v);
}

static const nova_controller_ops ops = {.struct_size = sizeof(nova_controller_ops),
                                        .list_groups = list_groups,
                                        .can_scale = can_scale,
                                        .scale = scale,
                                        .poll = poll};

static const nova_component component = {
    .struct_size = sizeof(nova_component),
    .flags = NOVA_COMPONENT_VIRTUAL_TIME,
    .interface_id = NOVA_CONTROLLER,
    .id = "org.novacron.test.abi_1_0.controller",
    .name = "Frozen controller",
    .version = "1.0.0",
    .description = "Groups in memory.",
    .config_schema =
        "{\"type\":\"object\",\"properties\":{\"boot_s\":{\"type\":\"integer\","
        "\"minimum\":0,\"maximum\":86400,\"default\":60}},\"additionalProperties\":false}",
    .ops = &ops,
    .create = create,
    .destroy = destroy,
    .bind = bind,
    .forget = forget};

ONE_COMPONENT_PLUGIN(component, "org.novacron.test.abi_1_0")
