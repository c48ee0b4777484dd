// The config of cost/generic, as the host validates it. Read by PriceList.
#pragma once

namespace nova::generic {

// The defaults are the rates, tiers and regions of the design page; the charge unit is the safe
// assumption.
inline constexpr auto kSchema = R"({
  "type": "object", "additionalProperties": false,
  "properties": {
    "provider": { "type": "string", "minLength": 1, "default": "generic", "title": "First part of every offer id" },
    "currency": { "type": "string", "pattern": "^[A-Z]{3}$", "default": "USD", "title": "ISO 4217" },
    "captured_at": { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "title": "Day the rates are from; absent: in force now" },
    "rates": { "type": "object", "additionalProperties": false, "default": {},
      "properties": {
        "per_vcpu_hour": { "type": "number", "minimum": 0, "maximum": 1000000, "default": 0.025 },
        "per_gib_hour": { "type": "number", "minimum": 0, "maximum": 1000000, "default": 0.006 },
        "per_storage_gb_hour": { "type": "number", "minimum": 0, "maximum": 1000000, "default": 0.0002 } } },
    "machines": { "type": "array", "minItems": 1,
      "default": [ { "type": "g2", "vcpus": 2, "memory_gib": 8 }, { "type": "g4", "vcpus": 4, "memory_gib": 16 },
                   { "type": "g8", "vcpus": 8, "memory_gib": 32 }, { "type": "g16", "vcpus": 16, "memory_gib": 64 } ],
      "items": { "type": "object", "additionalProperties": false, "required": ["type", "vcpus", "memory_gib"],
        "properties": {
          "type": { "type": "string", "minLength": 1 },
          "family": { "type": "string", "default": "" },
          "vcpus": { "type": "number", "minimum": 0, "maximum": 1000000 },
          "memory_gib": { "type": "number", "minimum": 0, "maximum": 1000000000, "x-unit": "GiB" },
          "storage_gb": { "type": "number", "minimum": 0, "maximum": 1000000000, "default": 0, "x-unit": "GB" },
          "price_per_hour": { "type": "number", "minimum": 0, "maximum": 1000000, "title": "List price instead of the rates" } } } },
    "regions": { "type": "array", "minItems": 1,
      "default": [ { "name": "us-east", "multiplier": 1.0 }, { "name": "us-west", "multiplier": 1.1 },
                   { "name": "eu-west", "multiplier": 1.2 }, { "name": "asia-pac", "multiplier": 1.3 } ],
      "items": { "type": "object", "additionalProperties": false, "required": ["name"],
        "properties": {
          "name": { "type": "string", "minLength": 1 },
          "multiplier": { "type": "number", "minimum": 0, "maximum": 1000, "default": 1 },
          "zones": { "type": "array", "items": { "type": "string", "minLength": 1 }, "default": [] } } } },
    "volume": { "type": "object", "additionalProperties": false, "default": {},
      "properties": {
        "mode": { "type": "string", "enum": ["all_units", "graduated"], "default": "all_units" },
        "tiers": { "type": "array",
          "default": [ { "from": 5, "discount": 0.05 }, { "from": 10, "discount": 0.10 }, { "from": 25, "discount": 0.15 } ],
          "items": { "type": "object", "additionalProperties": false, "required": ["from", "discount"],
            "properties": {
              "from": { "type": "integer", "minimum": 1, "x-unit": "machines" },
              "discount": { "type": "number", "minimum": 0, "maximum": 1 } } } } } },
    "charge": { "type": "object", "additionalProperties": false, "default": {},
      "properties": {
        "unit": { "type": "string", "default": "1h", "x-unit": "duration" },
        "minimum": { "type": "string", "default": "1h", "x-unit": "duration" } } },
    "spot": { "type": "object", "additionalProperties": false, "required": ["discount"], "title": "Absent: no spot offers",
      "properties": {
        "discount": { "type": "number", "minimum": 0, "maximum": 1, "title": "Share off the on-demand price" },
        "interruption_month": { "type": "number", "minimum": 0, "maximum": 1, "title": "Share of machines interrupted in a month" } } },
    "arch": { "type": "string", "default": "x86_64" },
    "os": { "type": "string", "default": "linux" }
  } })";

}  // namespace nova::generic
