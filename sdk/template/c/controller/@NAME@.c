/* @ID@: groups of machines that exist in memory only, one kind of machine each.

   What a controller of a real cloud has, too: requests are absolute and known by their token, a token seen
   before is answered before anything is checked, the generation is compared once per group, and an old
   fence is refused. */
#include <novascale/sdk.h>

#include <novascale/controller.h>

typedef struct group {
  char *id;
  char offer_id[128]; /* of the machines it holds; "" = any */
  uint64_t key, generation, fence;
  int64_t changed_ns;
  uint32_t desired;
} group;

typedef struct request {
  nova_uuid token;
  int64_t started_ns;
  uint32_t desired;
  int32_t state;
} request;

struct nova_instance {
  const nova_host *host;
  double max; /* machines a group may have */
  group *groups;
  request *requests;
  uint64_t group_count, request_count;
};

static void clear(nova_instance *self) {
  uint64_t i;
  for (i = 0; i < self->group_count; ++i) free(self->groups[i].id);
  free(self->groups);
  free(self->requests);
}

static group *find_group(const nova_instance *self, nova_str id) {
  uint64_t i;
  for (i = 0; i < self->group_count; ++i)
    if (nova_is(id, self->groups[i].id)) return &self->groups[i];
  return NULL;
}
static request *find_request(const nova_instance *self, const nova_uuid *token) {
  uint64_t i;
  for (i = 0; i < self->request_count; ++i)
    if (memcmp(&self->requests[i].token, token, sizeof *token) == 0) return &self->requests[i];
  return NULL;
}

/* A group is what was bound. */
static nova_status bind(nova_instance *self, const nova_call *call, const nova_binding *io,
                        nova_error *err) {
  uint64_t i;
  group *grown;
  const nova_status status = nova_enter(call, io->flags, err);
  if (status != NOVA_OK) return status;
  grown = (group *)realloc(self->groups, (size_t)(self->group_count + io->count + 1) * sizeof *grown);
  if (grown == NULL) return nova_fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
  self->groups = grown;
  for (i = 0; i < io->count; ++i) {
    group *g = find_group(self, io->name[i]);
    if (NOVA_HAS(io, item_status)) nova_set_status(io->item_status, i, NOVA_OK);
    if (g == NULL) {
      g = &self->groups[self->group_count];
      memset(g, 0, sizeof *g);
      g->id = (char *)calloc((size_t)io->name[i].len + 1, 1);
      if (g->id == NULL) return nova_fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
      if (io->name[i].len != 0) memcpy(g->id, io->name[i].ptr, (size_t)io->name[i].len);
      g->generation = 1;
      ++self->group_count;
    }
    g->key = io->keys[i];
  }
  return NOVA_OK;
}

static nova_status forget(nova_instance *self, const nova_call *call, const uint64_t *keys,
                          uint64_t n, nova_error *err) {
  uint64_t i, g;
  const nova_status status = nova_enter(call, 0, err);
  if (status != NOVA_OK) return status;
  for (i = 0; i < n; ++i)
    for (g = 0; g < self->group_count; ++g)
      if (self->groups[g].key == keys[i]) {
        free(self->groups[g].id);
        self->groups[g] = self->groups[--self->group_count];
        break;
      }
  return NOVA_OK;
}

/* g null: there is no group of that id. */
static nova_status emit(const nova_instance *self, const nova_group_sink *out, const group *g,
                        nova_str id) {
  const nova_str offer = nova_text(g != NULL ? g->offer_id : "");
  const uint64_t generation = g != NULL ? g->generation : 0;
  const int64_t changed = g != NULL ? g->changed_ns : NOVA_NONE;
  const int32_t status = g != NULL ? NOVA_OK : NOVA_NOT_FOUND;
  const uint32_t desired = g != NULL ? g->desired : 0, none = 0, max = (uint32_t)self->max;
  nova_group_batch b;
  memset(&b, 0, sizeof b);
  b.struct_size = sizeof b;
  b.count = 1;
  b.group_id = &id;
  b.offer_id = &offer;
  b.generation = &generation;
  b.changed_ns = &changed;
  b.status = &status;
  b.min = &none;
  b.max = &max;
  b.desired = b.serving = &desired; /* machines of this fleet serve at once */
  b.booting = b.unhealthy = b.draining = &none;
  return out->emit(out, &b);
}

static nova_status list_groups(nova_instance *self, const nova_call *call, const nova_str *ids,
                               uint64_t n, const nova_group_sink *out, nova_error *err) {
  uint64_t i;
  nova_status status = nova_enter(call, 0, err);
  for (i = 0; ids != NULL && i < n && status == NOVA_OK; ++i)
    status = emit(self, out, find_group(self, ids[i]), ids[i]);
  for (i = 0; ids == NULL && i < self->group_count && status == NOVA_OK; ++i)
    status = emit(self, out, &self->groups[i], nova_text(self->groups[i].id));
  return status;
}

/* Row i as scale would answer it; nothing is changed. Its group is already known not to be stale. */
static nova_status judge(const nova_instance *self, const nova_scale *io, uint64_t i,
                         const group *g, const char **why) {
  static const nova_uuid kNone;
  if (!NOVA_HAS(io, token) || memcmp(&io->token[i], &kNone, sizeof kNone) == 0) {
    *why = "a request needs a token";
    return NOVA_INVALID_ARGUMENT;
  }
  if (g == NULL) {
    *why = "no such group";
    return NOVA_NOT_FOUND;
  }
  if (NOVA_HAS(io, fence) && io->fence[i] < g->fence) {
    *why = "another host holds the group";
    return NOVA_ABORTED;
  }
  if (io->offer_id != NULL && (io->offer_id[i].len >= sizeof g->offer_id ||
                               (g->desired != 0 && !nova_is(io->offer_id[i], g->offer_id)))) {
    *why = "the group holds machines of another offer";
    return NOVA_INVALID_ARGUMENT;
  }
  if (io->desired[i] > self->max) {
    *why = "more than /max machines";
    return NOVA_INVALID_ARGUMENT;
  }
  return NOVA_OK;
}

static void apply(nova_instance *self, const nova_scale *io, uint64_t i, group *g, int32_t state) {
  request *r = &self->requests[self->request_count++];
  r->token = io->token[i];
  r->started_ns = self->host->now_ns(self->host, NOVA_CLOCK_TIME);
  r->desired = io->desired[i];
  r->state = state;
  if (NOVA_HAS(io, fence)) g->fence = io->fence[i];
  if (state == NOVA_OP_NOTHING) return;
  g->desired = io->desired[i];
  memset(g->offer_id, 0, sizeof g->offer_id);
  if (io->offer_id != NULL && io->offer_id[i].len != 0)
    memcpy(g->offer_id, io->offer_id[i].ptr, (size_t)io->offer_id[i].len);
  g->changed_ns = r->started_ns;
  ++g->generation;
}

/* The generation that counts for row i is the one its group had before its first row of this call. */
static int stale(const nova_instance *self, const nova_scale *io, uint64_t i, const uint64_t *before) {
  const group *g = find_group(self, io->group_id[i]);
  if (!NOVA_HAS(io, expected_generation) || g == NULL) return 0;
  return io->expected_generation[i] != before[g - self->groups];
}

static nova_status rows(nova_instance *self, const nova_call *call, const nova_scale *io,
                        nova_error *err, int really) {
  uint64_t i, *before;
  request *grown;
  const nova_status status = nova_enter(call, io->flags, err);
  if (status != NOVA_OK) return status;
  grown = (request *)realloc(self->requests, (size_t)(self->request_count + io->count + 1) * sizeof *grown);
  if (grown != NULL) self->requests = grown;
  before = (uint64_t *)malloc((size_t)(self->group_count + 1) * sizeof *before);
  if (grown == NULL || before == NULL) {
    free(before);
    return nova_fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
  }
  for (i = 0; i < self->group_count; ++i) before[i] = self->groups[i].generation;
  for (i = 0; i < io->count; ++i) {
    group *g = find_group(self, io->group_id[i]);
    const request *known = NOVA_HAS(io, token) ? find_request(self, &io->token[i]) : NULL;
    const char *why = "the group has changed since";
    nova_status row = NOVA_OK;
    int32_t state = known != NULL ? known->state : 0;
    if (known == NULL) {
      row = stale(self, io, i, before) ? NOVA_ABORTED : judge(self, io, i, g, &why);
      if (row == NOVA_OK) state = g->desired == io->desired[i] ? NOVA_OP_NOTHING : NOVA_OP_DONE;
      if (row == NOVA_OK && really) apply(self, io, i, g, state);
    }
    if (NOVA_HAS(io, state)) io->state[i] = state;
    if (NOVA_HAS(io, item_status)) nova_set_status(io->item_status, i, row);
    if (row != NOVA_OK) nova_note(call, i, row, why);
  }
  free(before);
  return NOVA_OK;
}

static nova_status can_scale(nova_instance *self, const nova_call *call, const nova_scale *io,
                             nova_error *err) {
  return rows(self, call, io, err, 0);
}
static nova_status scale(nova_instance *self, const nova_call *call, const nova_scale *io,
                         nova_error *err) {
  return rows(self, call, io, err, 1);
}

static nova_status poll(nova_instance *self, const nova_call *call, const nova_operations *io,
                        nova_error *err) {
  uint64_t i;
  const nova_status status = nova_enter(call, io->flags, err);
  if (status != NOVA_OK) return status;
  for (i = 0; i < io->count; ++i) {
    const request *r = find_request(self, &io->token[i]);
    if (NOVA_HAS(io, state)) io->state[i] = r != NULL ? r->state : 0;
    if (NOVA_HAS(io, result)) io->result[i] = r != NULL ? NOVA_OK : NOVA_NOT_FOUND;
    if (r == NULL) continue;
    if (NOVA_HAS(io, machines)) io->machines[i] = r->desired;
    if (NOVA_HAS(io, progress)) io->progress[i] = 1;
    if (NOVA_HAS(io, started_ns)) io->started_ns[i] = r->started_ns;
    if (NOVA_HAS(io, ended_ns)) io->ended_ns[i] = r->started_ns;
  }
  return NOVA_OK;
}

static void destroy(nova_instance *self) {
  clear(self);
  free(self);
}

static nova_status create(const nova_component *component, const nova_call *call,
                          const nova_host *host, nova_str config, nova_instance **out,
                          nova_error *err) {
  nova_instance *self;
  nova_status status = nova_enter(call, host->flags, err);
  (void)component;
  *out = NULL;
  if (status == NOVA_OK) status = nova_config_check(config, err);
  if (status == NOVA_OK && nova_stop(call)) status = nova_fail_stop(call, err);
  if (status != NOVA_OK) return status;
  self = (nova_instance *)calloc(1, sizeof *self);
  if (self == NULL) return nova_fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
  self->host = host;
  status = nova_config_number(config, "max", 1000, &self->max, err);
  if (status == NOVA_OK && !(self->max >= 0 && self->max <= 1000000))
    status = nova_fail(err, NOVA_INVALID_ARGUMENT, "/max: must be in [0, 1000000]");
  if (status != NOVA_OK) {
    destroy(self);
    return status;
  }
  *out = self;
  return NOVA_OK;
}

/* What the instance runs with. */
static nova_status describe(nova_instance *self, const nova_call *call, const nova_writer *json,
                            nova_error *err) {
  char text[128];
  const nova_status status = nova_enter(call, 0, err);
  if (status != NOVA_OK) return status;
  snprintf(text, sizeof text, "{\"config\":{\"max\":%.0f}}", self->max);
  return nova_put(json, text);
}

/* A function that is not there is null: the host has a fallback for each but the mandatory ones. */
static const nova_controller_ops kOps = {
    sizeof(nova_controller_ops), 0, list_groups, NULL, can_scale, scale, NULL, poll, NULL, NULL, NULL};

static const nova_component kComponent = {
    sizeof(nova_component), NOVA_COMPONENT_VIRTUAL_TIME,
    NOVA_CONTROLLER, "@ID@", "@CLASS@", "1.0.0", "Groups of machines in memory",
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"max\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":1000000,\"default\":1000}}}",
    &kOps, create, destroy, describe, bind, forget, NULL};

static const nova_component *const kComponents[] = {&kComponent};

static const nova_plugin kPlugin = {
    sizeof(nova_plugin), NOVA_ABI_MAJOR, NOVA_ABI_MINOR,
    "@ID@", "Example", "1.0.0", "", "", "", kComponents, 1};

NOVA_EXPORT const nova_plugin *nova_plugin_entry_v1(void) { return &kPlugin; }
