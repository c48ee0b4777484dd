/* plugin.h: what a library declares: one plugin, its components, and how their instances live.

   A library exports one function and nothing else. It answers static, read-only tables, so a host
   may call it at any time, from any thread, without side effects. A component is one implementation
   of one interface; the host makes as many instances as configuration and tenants ask for.

   A host refuses a library whose tables are not plausible: struct_size at least that of 1.0 (of an
   ops table: up to its last mandatory function), at most 4096, a multiple of 8; ids of 1 to 128
   characters a-z 0-9 _ - in two or more parts joined by single dots; 1 to 256 components.

   Life of an instance: create -> bind -> calls of the interface ... -> forget -> destroy.

   Usage:
     static const nova_component drift = {.struct_size = sizeof drift, .interface_id = NOVA_MODEL,
         .id = "com.example.drift", .name = "Drift", .version = "1.0.0", .config_schema = "{}",
         .ops = &drift_ops, .create = create, .destroy = destroy};
     static const nova_component* const all[] = {&drift};
     static const nova_plugin plugin = {.struct_size = sizeof plugin, .abi_major = NOVA_ABI_MAJOR,
         .id = "com.example.drift", .version = "1.0.0", .components = all, .component_count = 1};
     NOVA_EXPORT const nova_plugin* nova_plugin_entry_v1(void) { return &plugin; } */
#ifndef NOVASCALE_PLUGIN_H
#define NOVASCALE_PLUGIN_H

#include <novascale/base.h>
#include <novascale/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque: the plugin's own object, made by create, ended by destroy, never looked into by the host.
   Instances are independent of each other. */
typedef struct nova_instance nova_instance;

/* What an instance shall serve from now on; the same key again replaces. Keys are derived from
   tenant, group and signal: stable over restarts and hosts, so saved state finds its series again.
                 name         settings_json
     metrics     query text   schema/metrics_binding.json: labels, within, aggregate (metrics.h);
                              many keys may share one query text, that is one request to the backend
     controller  group id     the group's controller_config
     policy      group id     the "settings" of the group's policy
   Models and sinks are not bound: their keys and tenants come with each call. */
typedef struct nova_binding {
  uint32_t struct_size;
  uint32_t flags; /* none defined */
  uint64_t count;
  const uint64_t* keys;
  const nova_str* name;
  const nova_str* tenant;
  const nova_str* settings_json; /* a JSON object; empty = {} */
  int32_t* item_status; /* NOVA_INVALID_ARGUMENT with a note = these settings cannot work */
  /* grows here */
} nova_binding;

#define NOVA_COMPONENT_CONCURRENT 1   /* [concurrent] functions may overlap on one instance */
#define NOVA_COMPONENT_VIRTUAL_TIME 2 /* its world follows NOVA_CLOCK_TIME: may join a replay */

/* One implementation of one interface. Static and read-only, as are all its texts (NUL-terminated).
   One implementation may be listed twice, for nova.model/1 and nova.model/2: the host takes the
   highest it knows. */
typedef struct nova_component {
  uint32_t struct_size;
  uint32_t flags;           /* NOVA_COMPONENT_* */
  const char* interface_id; /* e.g. "nova.model/1", mandatory */
  const char* id;           /* e.g. "com.example.drift", mandatory; stable for ever */
  const char* name;         /* e.g. "Drift", mandatory: for people */
  const char* version;      /* of the component, e.g. "1.0.0", mandatory */
  const char* description;  /* one sentence; may be null */
  const char*
      config_schema; /* JSON Schema of config, in the subset of schema/README.md; null = {} */
  const void* ops;   /* table of interface_id, e.g. nova_model_ops, mandatory */

  /* Makes an instance in *out. config_json: checked against config_schema, defaults applied;
     secrets are still references. host stays valid until destroy returns. No network: connect when
     first used. On failure *out stays null and nothing is left behind; NOVA_INVALID_ARGUMENT names
     the setting as a JSON pointer. Mandatory.
     [any-thread] */
  nova_status (*create)(const struct nova_component* self, const nova_call* c,
                        const nova_host* host, nova_str config_json, nova_instance** out,
                        nova_error* err);

  /* Ends an instance: threads it made are joined, nothing of it runs afterwards. Must not block on
     I/O. Mandatory.
     [exclusive] */
  void (*destroy)(nova_instance* inst);

  /* Writes one JSON object (schema/describe.json): the effective config with secrets as "***", and
     the capabilities (max_batch, min_history, volume_tiers ...). Null: no limits are known, and the
     config is what was given.
     [serial] */
  nova_status (*describe)(nova_instance* inst, const nova_call* c, const nova_writer* json,
                          nova_error* err);

  /* Adds or replaces what the instance serves; anew after every create. Mandatory for metrics.
     Null: the component needs no telling, keys and group ids come with the calls.
     [serial] */
  nova_status (*bind)(nova_instance* inst, const nova_call* c, const nova_binding* io,
                      nova_error* err);

  /* Ends serving n keys and drops all their state; unknown keys are no error. Null: the host
     destroys the instance to drop what it holds.
     [serial] */
  nova_status (*forget)(nova_instance* inst, const nova_call* c, const uint64_t* keys, uint64_t n,
                        nova_error* err);

  /* The extension of this instance with this id, e.g. NOVA_METRICS_SPAN, or null. Borrowed; valid
     until destroy. May be null: no extensions.
     [any-thread] */
  const void* (*get_extension)(nova_instance* inst, const char* id);
  /* grows here */
} nova_component;

/* One library. Static and read-only, as are all its texts (NUL-terminated). */
typedef struct nova_plugin {
  uint32_t struct_size;
  uint16_t abi_major;     /* NOVA_ABI_MAJOR it was compiled with; the host refuses another */
  uint16_t abi_minor;     /* NOVA_ABI_MINOR: for reports; nobody decides by it */
  const char* id;         /* e.g. "com.example.drift", mandatory */
  const char* vendor;     /* may be null, as the next three */
  const char* version;    /* of the library */
  const char* license;    /* SPDX, e.g. "MIT" */
  const char* url;        /* where to ask */
  const char* build_info; /* compiler, flags, commit: for bug reports; may be null */
  const nova_component* const* components; /* array of pointers, so that components can grow */
  uint64_t component_count;                /* 1 ... 256 */
  /* grows here */
} nova_plugin;

/* The one exported symbol. Takes nothing, for ever: what it would be given it could not tell apart.
   The same answer at each call, never null, valid as long as the library is loaded; no side
   effects.
     [any-thread] */
NOVA_EXPORT const nova_plugin* nova_plugin_entry_v1(void);
typedef const nova_plugin* (*nova_plugin_entry_fn)(void);

#ifdef __cplusplus
}
#endif

#endif
