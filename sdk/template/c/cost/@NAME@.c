/* @ID@: one machine type at one price. */
#include <novascale/sdk.h>

#include <novascale/cost.h>

struct nova_instance {
  char machine_type[64], offer_id[128];
  double vcpus, memory_gib, usd_per_hour;
};

static int64_t nanos(double usd) { return (int64_t)llround(usd * 1e9); }

/* The filter is a hint: the host filters again. */
static nova_status list_offers(nova_instance *self, const nova_call *call, nova_str filter_json,
                               const nova_offer_sink *out, nova_error *err) {
  const nova_str offer_id = nova_text(self->offer_id), machine_type = nova_text(self->machine_type);
  const nova_str provider = nova_text("example"), region = nova_text("here"), os = nova_text("linux"),
                 arch = nova_text("x86_64"), currency = nova_text("USD"), source = nova_text("config");
  const double memory_bytes = self->memory_gib * 1073741824;
  const int32_t purchase = NOVA_ON_DEMAND, quality = NOVA_PRICE_LIST;
  const int64_t nanos_per_hour = nanos(self->usd_per_hour), charge_unit_s = 1;
  nova_offer_batch b;
  const nova_status status = nova_enter(call, 0, err);
  (void)filter_json;
  if (status != NOVA_OK) return status;
  memset(&b, 0, sizeof b); /* a column that stays null is not known for any row */
  b.struct_size = sizeof b;
  b.count = 1;
  b.offer_id = &offer_id;
  b.provider = &provider;
  b.region = &region;
  b.machine_type = &machine_type;
  b.os = &os;
  b.arch = &arch;
  b.currency = &currency;
  b.source = &source;
  b.vcpus = &self->vcpus;
  b.memory_bytes = &memory_bytes;
  b.purchase = &purchase;
  b.quality = &quality;
  b.nanos_per_hour = &nanos_per_hour;
  b.charge_unit_s = &charge_unit_s;
  return out->emit(out, &b);
}

static nova_status quote(nova_instance *self, const nova_call *call, const nova_quote *io,
                         nova_error *err) {
  uint64_t i;
  const nova_status status = nova_enter(call, io->flags, err);
  if (status != NOVA_OK) return status;
  for (i = 0; i < io->count; ++i) {
    const int known = nova_is(io->offer_id[i], self->offer_id);
    const double hours = (double)io->duration_s[i] / 3600;
    if (NOVA_HAS(io, item_status))
      nova_set_status(io->item_status, i, known ? NOVA_OK : NOVA_NOT_FOUND);
    if (!known) {
      nova_note(call, i, NOVA_NOT_FOUND, "no such offer");
      continue;
    }
    if (NOVA_HAS(io, total_nanos))
      io->total_nanos[i] = nanos(self->usd_per_hour * hours * (double)io->machines[i]);
    if (NOVA_HAS(io, quality)) io->quality[i] = NOVA_PRICE_LIST;
  }
  return NOVA_OK;
}

static void destroy(nova_instance *self) {
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
  status = nova_config_text(config, "machine_type", "small", self->machine_type,
                            sizeof self->machine_type, err);
  if (status == NOVA_OK) status = nova_config_number(config, "vcpus", 2, &self->vcpus, err);
  if (status == NOVA_OK) status = nova_config_number(config, "memory_gib", 8, &self->memory_gib, err);
  if (status == NOVA_OK)
    status = nova_config_number(config, "usd_per_hour", 0.1, &self->usd_per_hour, err);
  if (status == NOVA_OK && !(self->vcpus >= 0 && self->memory_gib >= 0 && self->usd_per_hour >= 0))
    status = nova_fail(err, NOVA_INVALID_ARGUMENT, "config: numbers must be >= 0");
  if (status == NOVA_OK && (self->machine_type[0] == 0 || strpbrk(self->machine_type, "/\"\\") != NULL))
    status = nova_fail(err, NOVA_INVALID_ARGUMENT, "/machine_type: must be a name without / \" \\");
  if (status == NOVA_OK)
    snprintf(self->offer_id, sizeof self->offer_id, "example/here//%s/linux/on-demand",
             self->machine_type);
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
  char text[512];
  const nova_status status = nova_enter(call, 0, err);
  if (status != NOVA_OK) return status;
  snprintf(text, sizeof text,
           "{\"config\":{\"machine_type\":\"%s\",\"vcpus\":%.17g,\"memory_gib\":%.17g,\"usd_per_hour\":%.17g}}",
           self->machine_type, self->vcpus, self->memory_gib, self->usd_per_hour);
  return nova_put(json, text);
}

/* A function that is not there is null: the host has a fallback for each but the mandatory ones. */
static const nova_cost_ops kOps = {sizeof(nova_cost_ops), 0, list_offers, quote, NULL, NULL, NULL};

static const nova_component kComponent = {
    sizeof(nova_component), NOVA_COMPONENT_CONCURRENT | NOVA_COMPONENT_VIRTUAL_TIME,
    NOVA_COST, "@ID@", "@CLASS@", "1.0.0", "One machine type at one price",
    "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"machine_type\":{\"type\":\"string\",\"minLength\":1,\"default\":\"small\"},"
    "\"vcpus\":{\"type\":\"number\",\"minimum\":0,\"default\":2},"
    "\"memory_gib\":{\"type\":\"number\",\"minimum\":0,\"default\":8},"
    "\"usd_per_hour\":{\"type\":\"number\",\"minimum\":0,\"default\":0.1}}}",
    &kOps, create, destroy, describe, NULL, NULL, NULL};

static const nova_component *const kComponents[] = {&kComponent};

static const nova_plugin kPlugin = {
    sizeof(nova_plugin), NOVA_ABI_MAJOR, NOVA_ABI_MINOR,
    "@ID@", "Example", "1.0.0", "", "", "", kComponents, 1};

NOVA_EXPORT const nova_plugin *nova_plugin_entry_v1(void) { return &kPlugin; }
