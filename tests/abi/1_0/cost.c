/* A price book of ABI 1.0 in C99: one machine type at one price, charged by the started hour. */
#include "common.h"

#define OFFER "example/local/a/standard/linux/on_demand"

struct nova_instance {
  const nova_host* host;
  int64_t nanos_per_hour;
};

static nova_status list_offers(nova_instance* p, const nova_call* c, nova_str filter_json,
                               const nova_offer_sink* out, nova_error* err) {
  (void)c, (void)filter_json; /* a hint: the host filters again */
  const nova_str id = text(OFFER), provider = text("example"), region = text("local");
  const nova_str zone = text("a"), type = text("standard"), arch = text("x86_64");
  const nova_str os = text("linux"), currency = text("USD"), source = text("config");
  const double vcpus = 4, memory = 16.0 * 1024 * 1024 * 1024;
  const int32_t purchase = NOVA_ON_DEMAND, quality = NOVA_PRICE_LIST;
  const int64_t unit = 3600, as_of = now_of(p->host);
  const nova_offer_batch batch = {.struct_size = sizeof batch,
                                  .count = 1,
                                  .offer_id = &id,
                                  .provider = &provider,
                                  .region = &region,
                                  .zone = &zone,
                                  .machine_type = &type,
                                  .arch = &arch,
                                  .os = &os,
                                  .currency = &currency,
                                  .source = &source,
                                  .vcpus = &vcpus,
                                  .memory_bytes = &memory,
                                  .purchase = &purchase,
                                  .quality = &quality,
                                  .nanos_per_hour = &p->nanos_per_hour,
                                  .charge_unit_s = &unit,
                                  .charge_minimum_s = &unit,
                                  .as_of_ns = &as_of};
  nova_status status = out->emit(out, &batch);
  return status == NOVA_OK ? NOVA_OK : fail(err, status, "the caller took no more offers");
}

/* machines x started hours x price; 0 = does not fit. */
static int charge(uint64_t machines, int64_t duration_s, int64_t nanos_per_hour, int64_t* total) {
  if (duration_s < 0) return 0;
  uint64_t hours = ((uint64_t)duration_s + 3599) / 3600;
  if (hours == 0) hours = 1; /* the minimum */
  uint64_t hour_price = (uint64_t)nanos_per_hour;
  if (machines != 0 && hours > (uint64_t)INT64_MAX / machines) return 0;
  if (hour_price != 0 && machines * hours > (uint64_t)INT64_MAX / hour_price) return 0;
  *total = (int64_t)(machines * hours * hour_price);
  return 1;
}

static nova_status quote(nova_instance* p, const nova_call* c, const nova_quote* io,
                         nova_error* err) {
  if (MUST_REFUSE(io)) return refuse_flags(err);
  if (!NOVA_HAS(io, count)) return NOVA_OK;
  if (!NOVA_HAS(io, offer_id) || !NOVA_HAS(io, machines) || !NOVA_HAS(io, duration_s))
    return fail(err, NOVA_INVALID_ARGUMENT, "offer_id, machines and duration_s: must be given");
  for (uint64_t i = 0; i < io->count; ++i) {
    int64_t total;
    if (!equal(io->offer_id[i], text(OFFER))) {
      SET_STATUS(io, c, i, NOVA_NOT_FOUND, "no such offer");
      continue;
    }
    if (!charge(io->machines[i], io->duration_s[i], p->nanos_per_hour, &total)) {
      SET_STATUS(io, c, i, NOVA_INVALID_ARGUMENT, "duration below zero, or a sum beyond int64");
      continue;
    }
    if (NOVA_HAS(io, total_nanos)) io->total_nanos[i] = total;
    if (NOVA_HAS(io, as_of_ns)) io->as_of_ns[i] = now_of(p->host);
    if (NOVA_HAS(io, quality)) io->quality[i] = NOVA_PRICE_LIST;
    if (NOVA_HAS(io, item_status)) io->item_status[i] = NOVA_OK;
  }
  return NOVA_OK;
}

static nova_status create(const nova_component* self, const nova_call* c, const nova_host* host,
                          nova_str config_json, nova_instance** out, nova_error* err) {
  (void)self, (void)c;
  int64_t price;
  if (!is_object(config_json))
    return fail(err, NOVA_INVALID_ARGUMENT, "config: must be a JSON object");
  if (!config_number(config_json, "nanos_per_hour", 100000000, &price))
    return fail(err, NOVA_INVALID_ARGUMENT, "/nanos_per_hour: must be a whole number >= 0");
  nova_instance* p = malloc(sizeof *p);
  if (!p) return fail(err, NOVA_RESOURCE_EXHAUSTED, "out of memory");
  p->host = host;
  p->nanos_per_hour = price;
  *out = p;
  return NOVA_OK;
}

static void destroy(nova_instance* p) { free(p); }

static const nova_cost_ops ops = {
    .struct_size = sizeof(nova_cost_ops), .list_offers = list_offers, .quote = quote};

static const nova_component component = {
    .struct_size = sizeof(nova_component),
    .flags = NOVA_COMPONENT_CONCURRENT | NOVA_COMPONENT_VIRTUAL_TIME,
    .interface_id = NOVA_COST,
    .id = "org.novacron.test.abi_1_0.cost",
    .name = "Frozen price book",
    .version = "1.0.0",
    .description = "One machine type at one price.",
    .config_schema =
        "{\"type\":\"object\",\"properties\":{\"nanos_per_hour\":{\"type\":\"integer\","
        "\"minimum\":0,\"default\":100000000}},\"additionalProperties\":false}",
    .ops = &ops,
    .create = create,
    .destroy = destroy};

ONE_COMPONENT_PLUGIN(component, "org.novacron.test.abi_1_0")
