/* cost.h: a price book: which machines can be had, at which price, and what else they cost.

   Answers are offers (a machine type in a place under a purchase option) as columns, all [count].
   Money is in nanos: 1e-9 of one unit of the currency named beside it. Unknown is NOVA_NONE with
   quality 0, never a guess. Overrides, cover by commitments, spot hazard and budgets are
   the host's.

   Usage:
     nova_offer_batch b = {.struct_size = sizeof b, .count = n, .offer_id = ids,
         .currency = currencies, .vcpus = vcpus, .memory_bytes = memory, .purchase = purchase,
         .quality = quality, .nanos_per_hour = prices};
     return out->emit(out, &b); */
#ifndef NOVASCALE_COST_H
#define NOVASCALE_COST_H

#include <novascale/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NOVA_COST "nova.cost/1"

/* purchase; 0 = not known, as in every enumeration */
#define NOVA_ON_DEMAND 1
#define NOVA_SPOT 2
#define NOVA_RESERVED 3 /* upfront_nanos + nanos_per_hour over term_s: either may be 0 */
#define NOVA_SAVINGS_PLAN 4

/* quality of a price; 0 = there is none */
#define NOVA_PRICE_LIST 1      /* published by the provider */
#define NOVA_PRICE_OBSERVED 2  /* seen on the market or the bill */
#define NOVA_PRICE_ESTIMATED 3 /* computed by the plugin */

/* offer_id names one offer to everybody: provider/region/zone/machine_type/os/purchase, then what
   else tells it apart; parts may be empty, '/' in a part is %2F:
   "aws/us-east-1/us-east-1a/m5.large/linux/spot". The other columns agree with it. */
typedef struct nova_offer_batch {
  uint32_t struct_size;
  uint32_t flags; /* none defined */
  uint64_t count;
  const nova_str* offer_id; /* mandatory */
  const nova_str* provider;
  const nova_str* region;
  const nova_str* zone;
  const nova_str* machine_type;
  const nova_str* family;
  const nova_str* arch;             /* as uname -m says: "x86_64" */
  const nova_str* os;               /* "linux" */
  const nova_str* currency;         /* ISO 4217; mandatory where there is a price */
  const nova_str* source;           /* where the price comes from: a URL, a file, an API */
  const nova_str* attributes_json;  /* a JSON object with all else */
  const double* vcpus;              /* hardware threads */
  const double* memory_bytes;       /* bytes */
  const double* gpus;               /* devices */
  const double* family_units;       /* size within the family, for size-flexible commitments */
  const double* interruption_month; /* share of machines interrupted in a month, [0,1] */
  const double* carbon_g_per_kwh;   /* of the grid there */
  const int32_t* purchase;          /* NOVA_ON_DEMAND ... */
  const int32_t* quality;           /* NOVA_PRICE_* */
  const int64_t* nanos_per_hour;    /* of one machine; NOVA_NONE = not known */
  const int64_t* upfront_nanos;     /* once a term */
  const int64_t* term_s;            /* how long one commits oneself */
  const int64_t* charge_unit_s;     /* use is rounded up to it */
  const int64_t* charge_minimum_s;  /* at least so long is charged */
  const int64_t* available;         /* machines to be had now, 0 = none; list these offers too */
  const int64_t* as_of_ns;          /* when the price was true, since 1970-01-01 UTC */
  /* grows here */
} nova_offer_batch;

/* Where list_offers sends its answers. Made by the caller, valid until the call returns. */
typedef struct nova_offer_sink {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  void* ctx;         /* the caller's own */

  /* Takes one batch, of any size; copies what it keeps. If it answers other than NOVA_OK, stop and
     return that. Called on the thread of the call, before that call returns.
     [serial] */
  nova_status (*emit)(const struct nova_offer_sink* s, const nova_offer_batch* b);
  /* grows here */
} nova_offer_sink;

/* What a machine uses beside itself: "storage.gp3" per "GB-month", "transfer.internet" per "GB",
   "ipv4.public" per "hour". */
typedef struct nova_rate_batch {
  uint32_t struct_size;
  uint32_t flags; /* none defined */
  uint64_t count;
  const nova_str* provider;
  const nova_str* region;
  const nova_str* item;          /* mandatory */
  const nova_str* unit;          /* mandatory */
  const nova_str* currency;      /* ISO 4217, mandatory */
  const nova_str* source;        /* as in nova_offer_batch */
  const double* from_quantity;   /* graduated tier within a month, in units: its first ... */
  const double* to_quantity;     /* ... and its end; NaN = no end */
  const int64_t* nanos_per_unit; /* NOVA_NONE = not known */
  const int64_t* as_of_ns;       /* since 1970-01-01 UTC */
  const int32_t* quality;        /* NOVA_PRICE_* */
  /* grows here */
} nova_rate_batch;

/* Where list_rates sends its answers; as nova_offer_sink. */
typedef struct nova_rate_sink {
  uint32_t struct_size;
  uint32_t reserved; /* 0 */
  void* ctx;         /* the caller's own */

  /* As emit of nova_offer_sink.
     [serial] */
  nova_status (*emit)(const struct nova_rate_sink* s, const nova_rate_batch* b);
  /* grows here */
} nova_rate_sink;

/* What machines of an offer cost for a while, by the provider's own rules (units, minimum, tiers);
   in the offer's currency, without what list_rates tells. */
typedef struct nova_quote {
  uint32_t struct_size;
  uint32_t flags; /* none defined */
  uint64_t count;
  const nova_str* offer_id;
  const uint64_t* machines;         /* how many are priced */
  const uint64_t* account_machines; /* running beside them, for volume tiers; null = none */
  const int64_t* start_ns;          /* since 1970-01-01 UTC */
  const int64_t* duration_s;        /* how long they run; charged may be longer */
  int64_t* total_nanos;             /* of all machines for all the time; NOVA_NONE = not known */
  int64_t* valid_until_ns;          /* past it the price is stale: kept, and shown with its age */
  int64_t* as_of_ns;                /* when the price was true */
  int32_t* quality;                 /* NOVA_PRICE_* */
  int32_t* item_status;             /* NOVA_NOT_FOUND = no such offer */
  /* grows here */
} nova_quote;

/* What the spot market says of offers. */
typedef struct nova_spot {
  uint32_t struct_size;
  uint32_t flags; /* none defined */
  uint64_t count;
  const nova_str* offer_id;
  int64_t horizon_s;                /* how far ahead the answers look */
  int64_t* nanos_per_hour;          /* expected over the horizon */
  int64_t* p90_nanos_per_hour;      /* exceeded with probability 0.1 */
  int64_t* as_of_ns;                /* newest observation used */
  double* interruption_probability; /* of losing one machine within horizon_s, [0,1] */
  double* capacity_score;           /* how likely a request is met now, [0,1] */
  int32_t* quality;                 /* NOVA_PRICE_* */
  int32_t* item_status;             /* NOVA_NOT_FOUND = no such offer, or no market for it */
  /* grows here */
} nova_spot;

typedef struct nova_cost_ops {
  uint32_t struct_size;
  uint32_t flags; /* none defined */

  /* Sends all offers that pass the filter (schema/offer_filter.json; empty = all). The filter is a
     hint: answer more rather than less, the host filters again. Mandatory.
     [serial] */
  nova_status (*list_offers)(nova_instance* p, const nova_call* c, nova_str filter_json,
                             const nova_offer_sink* out, nova_error* err);

  /* Prices each row; no row depends on another. Mandatory.
     [concurrent] */
  nova_status (*quote)(nova_instance* p, const nova_call* c, const nova_quote* io, nova_error* err);

  /* Answers market price and risk of each row. Null: the host knows only what list_offers
     says. Not called yet.
     [concurrent] */
  nova_status (*spot)(nova_instance* p, const nova_call* c, const nova_spot* io, nova_error* err);

  /* Sends what is charged beside machines; filter as in list_offers. Null: totals are machines
     only, and the host says so. Not called yet.
     [serial] */
  nova_status (*list_rates)(nova_instance* p, const nova_call* c, nova_str filter_json,
                            const nova_rate_sink* out, nova_error* err);

  /* Writes what the account is committed to, one JSON object a line (schema/commitment.json);
     filter as in list_offers. Null: none is known. Not called yet.
     [serial] */
  nova_status (*commitments)(nova_instance* p, const nova_call* c, nova_str filter_json,
                             const nova_writer* json_lines, nova_error* err);
  /* grows here */
} nova_cost_ops;

#ifdef __cplusplus
}
#endif

#endif
