/* Layout of ABI 1.0: DO NOT MODIFY. Written once by make_layout.py; a later minor adds a file.

   What a plugin of 1.0 was compiled with must be true for ever: each field at its offset with its
   size, each constant with its value. A growable struct may only get longer, so its size is a lower
   bound here; exact sizes are watched by abidiff (nova-1.0.abi). Compiled in every build, as C and C++. */
#include <novascale/novascale.h>

#ifdef __cplusplus
#define PIN static_assert
constexpr bool same(const char* a, const char* b) {
  return *a == *b && (*a == 0 || same(a + 1, b + 1));
}
#define PIN_TEXT(constant, text) static_assert(same(constant, text), #constant)
#else
#define PIN _Static_assert
#define PIN_TEXT(constant, text) _Static_assert(sizeof(constant) == sizeof(text), #constant)
#endif
#define PIN_FIELD(type, field, at, bytes)                               \
  PIN(offsetof(type, field) == (at), #type "." #field ": offset");      \
  PIN(sizeof(((type*)0)->field) == (bytes), #type "." #field ": size")

PIN(sizeof(void*) == 8 && sizeof(void (*)(void)) == 8, "64-bit");
PIN(sizeof(double) == 8, "IEEE 754 binary64");
PIN(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little-endian");
PIN(NOVA_CANONICAL(NOVA_QUOTA) == NOVA_RESOURCE_EXHAUSTED, "low byte = canonical code");

PIN(sizeof(nova_str) == 16, "nova_str: size");
PIN_FIELD(nova_str, ptr, 0, 8);
PIN_FIELD(nova_str, len, 8, 8);

PIN(sizeof(nova_bytes) == 16, "nova_bytes: size");
PIN_FIELD(nova_bytes, ptr, 0, 8);
PIN_FIELD(nova_bytes, len, 8, 8);

PIN(sizeof(nova_uuid) == 16, "nova_uuid: size");
PIN_FIELD(nova_uuid, b, 0, 16);

PIN(sizeof(nova_error) >= 512, "nova_error: size");
PIN_FIELD(nova_error, struct_size, 0, 4);
PIN_FIELD(nova_error, code, 4, 4);
PIN_FIELD(nova_error, flags, 8, 4);
PIN_FIELD(nova_error, retry_after_ms, 12, 4);
PIN_FIELD(nova_error, vendor_code, 16, 8);
PIN_FIELD(nova_error, message, 24, 488);

PIN(sizeof(nova_call) >= 64, "nova_call: size");
PIN_FIELD(nova_call, struct_size, 0, 4);
PIN_FIELD(nova_call, flags, 4, 4);
PIN_FIELD(nova_call, deadline_ns, 8, 8);
PIN_FIELD(nova_call, cancel, 16, 8);
PIN_FIELD(nova_call, trace_id, 24, 16);
PIN_FIELD(nova_call, span_id, 40, 8);
PIN_FIELD(nova_call, ctx, 48, 8);
PIN_FIELD(nova_call, note, 56, 8);

PIN(sizeof(nova_writer) >= 24, "nova_writer: size");
PIN_FIELD(nova_writer, struct_size, 0, 4);
PIN_FIELD(nova_writer, reserved, 4, 4);
PIN_FIELD(nova_writer, ctx, 8, 8);
PIN_FIELD(nova_writer, write, 16, 8);

PIN(sizeof(nova_group_batch) >= 120, "nova_group_batch: size");
PIN_FIELD(nova_group_batch, struct_size, 0, 4);
PIN_FIELD(nova_group_batch, flags, 4, 4);
PIN_FIELD(nova_group_batch, count, 8, 8);
PIN_FIELD(nova_group_batch, group_id, 16, 8);
PIN_FIELD(nova_group_batch, offer_id, 24, 8);
PIN_FIELD(nova_group_batch, labels_json, 32, 8);
PIN_FIELD(nova_group_batch, generation, 40, 8);
PIN_FIELD(nova_group_batch, changed_ns, 48, 8);
PIN_FIELD(nova_group_batch, status, 56, 8);
PIN_FIELD(nova_group_batch, min, 64, 8);
PIN_FIELD(nova_group_batch, max, 72, 8);
PIN_FIELD(nova_group_batch, desired, 80, 8);
PIN_FIELD(nova_group_batch, booting, 88, 8);
PIN_FIELD(nova_group_batch, serving, 96, 8);
PIN_FIELD(nova_group_batch, unhealthy, 104, 8);
PIN_FIELD(nova_group_batch, draining, 112, 8);

PIN(sizeof(nova_group_sink) >= 24, "nova_group_sink: size");
PIN_FIELD(nova_group_sink, struct_size, 0, 4);
PIN_FIELD(nova_group_sink, reserved, 4, 4);
PIN_FIELD(nova_group_sink, ctx, 8, 8);
PIN_FIELD(nova_group_sink, emit, 16, 8);

PIN(sizeof(nova_machine_batch) >= 96, "nova_machine_batch: size");
PIN_FIELD(nova_machine_batch, struct_size, 0, 4);
PIN_FIELD(nova_machine_batch, flags, 4, 4);
PIN_FIELD(nova_machine_batch, count, 8, 8);
PIN_FIELD(nova_machine_batch, group_id, 16, 8);
PIN_FIELD(nova_machine_batch, machine_id, 24, 8);
PIN_FIELD(nova_machine_batch, node, 32, 8);
PIN_FIELD(nova_machine_batch, offer_id, 40, 8);
PIN_FIELD(nova_machine_batch, token, 48, 8);
PIN_FIELD(nova_machine_batch, state, 56, 8);
PIN_FIELD(nova_machine_batch, health, 64, 8);
PIN_FIELD(nova_machine_batch, marks, 72, 8);
PIN_FIELD(nova_machine_batch, created_ns, 80, 8);
PIN_FIELD(nova_machine_batch, serving_ns, 88, 8);

PIN(sizeof(nova_machine_sink) >= 24, "nova_machine_sink: size");
PIN_FIELD(nova_machine_sink, struct_size, 0, 4);
PIN_FIELD(nova_machine_sink, reserved, 4, 4);
PIN_FIELD(nova_machine_sink, ctx, 8, 8);
PIN_FIELD(nova_machine_sink, emit, 16, 8);

PIN(sizeof(nova_scale) >= 88, "nova_scale: size");
PIN_FIELD(nova_scale, struct_size, 0, 4);
PIN_FIELD(nova_scale, flags, 4, 4);
PIN_FIELD(nova_scale, count, 8, 8);
PIN_FIELD(nova_scale, group_id, 16, 8);
PIN_FIELD(nova_scale, offer_id, 24, 8);
PIN_FIELD(nova_scale, reason, 32, 8);
PIN_FIELD(nova_scale, desired, 40, 8);
PIN_FIELD(nova_scale, expected_generation, 48, 8);
PIN_FIELD(nova_scale, fence, 56, 8);
PIN_FIELD(nova_scale, token, 64, 8);
PIN_FIELD(nova_scale, state, 72, 8);
PIN_FIELD(nova_scale, item_status, 80, 8);

PIN(sizeof(nova_machine_action) >= 96, "nova_machine_action: size");
PIN_FIELD(nova_machine_action, struct_size, 0, 4);
PIN_FIELD(nova_machine_action, flags, 4, 4);
PIN_FIELD(nova_machine_action, count, 8, 8);
PIN_FIELD(nova_machine_action, action, 16, 8);
PIN_FIELD(nova_machine_action, group_id, 24, 8);
PIN_FIELD(nova_machine_action, machine_id, 32, 8);
PIN_FIELD(nova_machine_action, target, 40, 8);
PIN_FIELD(nova_machine_action, reason, 48, 8);
PIN_FIELD(nova_machine_action, params_json, 56, 8);
PIN_FIELD(nova_machine_action, fence, 64, 8);
PIN_FIELD(nova_machine_action, token, 72, 8);
PIN_FIELD(nova_machine_action, state, 80, 8);
PIN_FIELD(nova_machine_action, item_status, 88, 8);

PIN(sizeof(nova_operations) >= 80, "nova_operations: size");
PIN_FIELD(nova_operations, struct_size, 0, 4);
PIN_FIELD(nova_operations, flags, 4, 4);
PIN_FIELD(nova_operations, count, 8, 8);
PIN_FIELD(nova_operations, token, 16, 8);
PIN_FIELD(nova_operations, state, 24, 8);
PIN_FIELD(nova_operations, result, 32, 8);
PIN_FIELD(nova_operations, machines, 40, 8);
PIN_FIELD(nova_operations, progress, 48, 8);
PIN_FIELD(nova_operations, started_ns, 56, 8);
PIN_FIELD(nova_operations, ended_ns, 64, 8);
PIN_FIELD(nova_operations, eta_ns, 72, 8);

PIN(sizeof(nova_watcher) >= 32, "nova_watcher: size");
PIN_FIELD(nova_watcher, struct_size, 0, 4);
PIN_FIELD(nova_watcher, reserved, 4, 4);
PIN_FIELD(nova_watcher, ctx, 8, 8);
PIN_FIELD(nova_watcher, on_events, 16, 8);
PIN_FIELD(nova_watcher, on_end, 24, 8);

PIN(sizeof(nova_controller_ops) >= 80, "nova_controller_ops: size");
PIN_FIELD(nova_controller_ops, struct_size, 0, 4);
PIN_FIELD(nova_controller_ops, flags, 4, 4);
PIN_FIELD(nova_controller_ops, list_groups, 8, 8);
PIN_FIELD(nova_controller_ops, list_machines, 16, 8);
PIN_FIELD(nova_controller_ops, can_scale, 24, 8);
PIN_FIELD(nova_controller_ops, scale, 32, 8);
PIN_FIELD(nova_controller_ops, act, 40, 8);
PIN_FIELD(nova_controller_ops, poll, 48, 8);
PIN_FIELD(nova_controller_ops, cancel, 56, 8);
PIN_FIELD(nova_controller_ops, watch, 64, 8);
PIN_FIELD(nova_controller_ops, unwatch, 72, 8);

PIN(sizeof(nova_offer_batch) >= 224, "nova_offer_batch: size");
PIN_FIELD(nova_offer_batch, struct_size, 0, 4);
PIN_FIELD(nova_offer_batch, flags, 4, 4);
PIN_FIELD(nova_offer_batch, count, 8, 8);
PIN_FIELD(nova_offer_batch, offer_id, 16, 8);
PIN_FIELD(nova_offer_batch, provider, 24, 8);
PIN_FIELD(nova_offer_batch, region, 32, 8);
PIN_FIELD(nova_offer_batch, zone, 40, 8);
PIN_FIELD(nova_offer_batch, machine_type, 48, 8);
PIN_FIELD(nova_offer_batch, family, 56, 8);
PIN_FIELD(nova_offer_batch, arch, 64, 8);
PIN_FIELD(nova_offer_batch, os, 72, 8);
PIN_FIELD(nova_offer_batch, currency, 80, 8);
PIN_FIELD(nova_offer_batch, source, 88, 8);
PIN_FIELD(nova_offer_batch, attributes_json, 96, 8);
PIN_FIELD(nova_offer_batch, vcpus, 104, 8);
PIN_FIELD(nova_offer_batch, memory_bytes, 112, 8);
PIN_FIELD(nova_offer_batch, gpus, 120, 8);
PIN_FIELD(nova_offer_batch, family_units, 128, 8);
PIN_FIELD(nova_offer_batch, interruption_month, 136, 8);
PIN_FIELD(nova_offer_batch, carbon_g_per_kwh, 144, 8);
PIN_FIELD(nova_offer_batch, purchase, 152, 8);
PIN_FIELD(nova_offer_batch, quality, 160, 8);
PIN_FIELD(nova_offer_batch, nanos_per_hour, 168, 8);
PIN_FIELD(nova_offer_batch, upfront_nanos, 176, 8);
PIN_FIELD(nova_offer_batch, term_s, 184, 8);
PIN_FIELD(nova_offer_batch, charge_unit_s, 192, 8);
PIN_FIELD(nova_offer_batch, charge_minimum_s, 200, 8);
PIN_FIELD(nova_offer_batch, available, 208, 8);
PIN_FIELD(nova_offer_batch, as_of_ns, 216, 8);

PIN(sizeof(nova_offer_sink) >= 24, "nova_offer_sink: size");
PIN_FIELD(nova_offer_sink, struct_size, 0, 4);
PIN_FIELD(nova_offer_sink, reserved, 4, 4);
PIN_FIELD(nova_offer_sink, ctx, 8, 8);
PIN_FIELD(nova_offer_sink, emit, 16, 8);

PIN(sizeof(nova_rate_batch) >= 104, "nova_rate_batch: size");
PIN_FIELD(nova_rate_batch, struct_size, 0, 4);
PIN_FIELD(nova_rate_batch, flags, 4, 4);
PIN_FIELD(nova_rate_batch, count, 8, 8);
PIN_FIELD(nova_rate_batch, provider, 16, 8);
PIN_FIELD(nova_rate_batch, region, 24, 8);
PIN_FIELD(nova_rate_batch, item, 32, 8);
PIN_FIELD(nova_rate_batch, unit, 40, 8);
PIN_FIELD(nova_rate_batch, currency, 48, 8);
PIN_FIELD(nova_rate_batch, source, 56, 8);
PIN_FIELD(nova_rate_batch, from_quantity, 64, 8);
PIN_FIELD(nova_rate_batch, to_quantity, 72, 8);
PIN_FIELD(nova_rate_batch, nanos_per_unit, 80, 8);
PIN_FIELD(nova_rate_batch, as_of_ns, 88, 8);
PIN_FIELD(nova_rate_batch, quality, 96, 8);

PIN(sizeof(nova_rate_sink) >= 24, "nova_rate_sink: size");
PIN_FIELD(nova_rate_sink, struct_size, 0, 4);
PIN_FIELD(nova_rate_sink, reserved, 4, 4);
PIN_FIELD(nova_rate_sink, ctx, 8, 8);
PIN_FIELD(nova_rate_sink, emit, 16, 8);

PIN(sizeof(nova_quote) >= 96, "nova_quote: size");
PIN_FIELD(nova_quote, struct_size, 0, 4);
PIN_FIELD(nova_quote, flags, 4, 4);
PIN_FIELD(nova_quote, count, 8, 8);
PIN_FIELD(nova_quote, offer_id, 16, 8);
PIN_FIELD(nova_quote, machines, 24, 8);
PIN_FIELD(nova_quote, account_machines, 32, 8);
PIN_FIELD(nova_quote, start_ns, 40, 8);
PIN_FIELD(nova_quote, duration_s, 48, 8);
PIN_FIELD(nova_quote, total_nanos, 56, 8);
PIN_FIELD(nova_quote, valid_until_ns, 64, 8);
PIN_FIELD(nova_quote, as_of_ns, 72, 8);
PIN_FIELD(nova_quote, quality, 80, 8);
PIN_FIELD(nova_quote, item_status, 88, 8);

PIN(sizeof(nova_spot) >= 88, "nova_spot: size");
PIN_FIELD(nova_spot, struct_size, 0, 4);
PIN_FIELD(nova_spot, flags, 4, 4);
PIN_FIELD(nova_spot, count, 8, 8);
PIN_FIELD(nova_spot, offer_id, 16, 8);
PIN_FIELD(nova_spot, horizon_s, 24, 8);
PIN_FIELD(nova_spot, nanos_per_hour, 32, 8);
PIN_FIELD(nova_spot, p90_nanos_per_hour, 40, 8);
PIN_FIELD(nova_spot, as_of_ns, 48, 8);
PIN_FIELD(nova_spot, interruption_probability, 56, 8);
PIN_FIELD(nova_spot, capacity_score, 64, 8);
PIN_FIELD(nova_spot, quality, 72, 8);
PIN_FIELD(nova_spot, item_status, 80, 8);

PIN(sizeof(nova_cost_ops) >= 48, "nova_cost_ops: size");
PIN_FIELD(nova_cost_ops, struct_size, 0, 4);
PIN_FIELD(nova_cost_ops, flags, 4, 4);
PIN_FIELD(nova_cost_ops, list_offers, 8, 8);
PIN_FIELD(nova_cost_ops, quote, 16, 8);
PIN_FIELD(nova_cost_ops, spot, 24, 8);
PIN_FIELD(nova_cost_ops, list_rates, 32, 8);
PIN_FIELD(nova_cost_ops, commitments, 40, 8);

PIN(sizeof(nova_event_batch) >= 80, "nova_event_batch: size");
PIN_FIELD(nova_event_batch, struct_size, 0, 4);
PIN_FIELD(nova_event_batch, flags, 4, 4);
PIN_FIELD(nova_event_batch, count, 8, 8);
PIN_FIELD(nova_event_batch, writer, 16, 8);
PIN_FIELD(nova_event_batch, sequence, 24, 8);
PIN_FIELD(nova_event_batch, position, 32, 8);
PIN_FIELD(nova_event_batch, time_ns, 40, 8);
PIN_FIELD(nova_event_batch, tenant, 48, 8);
PIN_FIELD(nova_event_batch, type, 56, 8);
PIN_FIELD(nova_event_batch, subject, 64, 8);
PIN_FIELD(nova_event_batch, event_json, 72, 8);

PIN(sizeof(nova_event_sink) >= 24, "nova_event_sink: size");
PIN_FIELD(nova_event_sink, struct_size, 0, 4);
PIN_FIELD(nova_event_sink, reserved, 4, 4);
PIN_FIELD(nova_event_sink, ctx, 8, 8);
PIN_FIELD(nova_event_sink, emit, 16, 8);

PIN(sizeof(nova_host) >= 88, "nova_host: size");
PIN_FIELD(nova_host, struct_size, 0, 4);
PIN_FIELD(nova_host, flags, 4, 4);
PIN_FIELD(nova_host, host_data, 8, 8);
PIN_FIELD(nova_host, name, 16, 8);
PIN_FIELD(nova_host, version, 24, 8);
PIN_FIELD(nova_host, instance, 32, 8);
PIN_FIELD(nova_host, tenant, 40, 8);
PIN_FIELD(nova_host, data_dir, 48, 8);
PIN_FIELD(nova_host, log_threshold, 56, 8);
PIN_FIELD(nova_host, log, 64, 8);
PIN_FIELD(nova_host, now_ns, 72, 8);
PIN_FIELD(nova_host, get_extension, 80, 8);

PIN(sizeof(nova_host_secrets) >= 16, "nova_host_secrets: size");
PIN_FIELD(nova_host_secrets, struct_size, 0, 4);
PIN_FIELD(nova_host_secrets, reserved, 4, 4);
PIN_FIELD(nova_host_secrets, get, 8, 8);

PIN(sizeof(nova_host_telemetry) >= 24, "nova_host_telemetry: size");
PIN_FIELD(nova_host_telemetry, struct_size, 0, 4);
PIN_FIELD(nova_host_telemetry, reserved, 4, 4);
PIN_FIELD(nova_host_telemetry, metric, 8, 8);
PIN_FIELD(nova_host_telemetry, record, 16, 8);

PIN(sizeof(nova_host_parallel) >= 16, "nova_host_parallel: size");
PIN_FIELD(nova_host_parallel, struct_size, 0, 4);
PIN_FIELD(nova_host_parallel, reserved, 4, 4);
PIN_FIELD(nova_host_parallel, run, 8, 8);

PIN(sizeof(nova_series_info) >= 56, "nova_series_info: size");
PIN_FIELD(nova_series_info, struct_size, 0, 4);
PIN_FIELD(nova_series_info, flags, 4, 4);
PIN_FIELD(nova_series_info, count, 8, 8);
PIN_FIELD(nova_series_info, query, 16, 8);
PIN_FIELD(nova_series_info, labels_json, 24, 8);
PIN_FIELD(nova_series_info, unit, 32, 8);
PIN_FIELD(nova_series_info, description, 40, 8);
PIN_FIELD(nova_series_info, kind, 48, 8);

PIN(sizeof(nova_series_sink) >= 24, "nova_series_sink: size");
PIN_FIELD(nova_series_sink, struct_size, 0, 4);
PIN_FIELD(nova_series_sink, reserved, 4, 4);
PIN_FIELD(nova_series_sink, ctx, 8, 8);
PIN_FIELD(nova_series_sink, emit, 16, 8);

PIN(sizeof(nova_range) >= 80, "nova_range: size");
PIN_FIELD(nova_range, struct_size, 0, 4);
PIN_FIELD(nova_range, flags, 4, 4);
PIN_FIELD(nova_range, keys, 8, 8);
PIN_FIELD(nova_range, series_count, 16, 8);
PIN_FIELD(nova_range, point_count, 24, 8);
PIN_FIELD(nova_range, t0_ns, 32, 8);
PIN_FIELD(nova_range, step_ns, 40, 8);
PIN_FIELD(nova_range, values, 48, 8);
PIN_FIELD(nova_range, series_stride, 56, 8);
PIN_FIELD(nova_range, newest_ns, 64, 8);
PIN_FIELD(nova_range, item_status, 72, 8);

PIN(sizeof(nova_latest) >= 48, "nova_latest: size");
PIN_FIELD(nova_latest, struct_size, 0, 4);
PIN_FIELD(nova_latest, flags, 4, 4);
PIN_FIELD(nova_latest, count, 8, 8);
PIN_FIELD(nova_latest, keys, 16, 8);
PIN_FIELD(nova_latest, values, 24, 8);
PIN_FIELD(nova_latest, times_ns, 32, 8);
PIN_FIELD(nova_latest, item_status, 40, 8);

PIN(sizeof(nova_listener) >= 32, "nova_listener: size");
PIN_FIELD(nova_listener, struct_size, 0, 4);
PIN_FIELD(nova_listener, reserved, 4, 4);
PIN_FIELD(nova_listener, ctx, 8, 8);
PIN_FIELD(nova_listener, on_samples, 16, 8);
PIN_FIELD(nova_listener, on_end, 24, 8);

PIN(sizeof(nova_metrics_ops) >= 48, "nova_metrics_ops: size");
PIN_FIELD(nova_metrics_ops, struct_size, 0, 4);
PIN_FIELD(nova_metrics_ops, flags, 4, 4);
PIN_FIELD(nova_metrics_ops, latest, 8, 8);
PIN_FIELD(nova_metrics_ops, query_range, 16, 8);
PIN_FIELD(nova_metrics_ops, list_series, 24, 8);
PIN_FIELD(nova_metrics_ops, subscribe, 32, 8);
PIN_FIELD(nova_metrics_ops, unsubscribe, 40, 8);

PIN(sizeof(nova_metrics_span) >= 16, "nova_metrics_span: size");
PIN_FIELD(nova_metrics_span, struct_size, 0, 4);
PIN_FIELD(nova_metrics_span, reserved, 4, 4);
PIN_FIELD(nova_metrics_span, span, 8, 8);

PIN(sizeof(nova_fit) >= 88, "nova_fit: size");
PIN_FIELD(nova_fit, struct_size, 0, 4);
PIN_FIELD(nova_fit, flags, 4, 4);
PIN_FIELD(nova_fit, history, 8, 8);
PIN_FIELD(nova_fit, exog, 16, 8);
PIN_FIELD(nova_fit, exog_count, 24, 8);
PIN_FIELD(nova_fit, seasons, 32, 8);
PIN_FIELD(nova_fit, season_count, 40, 8);
PIN_FIELD(nova_fit, leads, 48, 8);
PIN_FIELD(nova_fit, lead_count, 56, 8);
PIN_FIELD(nova_fit, budget_ns, 64, 8);
PIN_FIELD(nova_fit, seed, 72, 8);
PIN_FIELD(nova_fit, item_status, 80, 8);

PIN(sizeof(nova_forecast) >= 128, "nova_forecast: size");
PIN_FIELD(nova_forecast, struct_size, 0, 4);
PIN_FIELD(nova_forecast, flags, 4, 4);
PIN_FIELD(nova_forecast, history, 8, 8);
PIN_FIELD(nova_forecast, future_exog, 16, 8);
PIN_FIELD(nova_forecast, exog_count, 24, 8);
PIN_FIELD(nova_forecast, origin_ns, 32, 8);
PIN_FIELD(nova_forecast, leads, 40, 8);
PIN_FIELD(nova_forecast, lead_count, 48, 8);
PIN_FIELD(nova_forecast, levels, 56, 8);
PIN_FIELD(nova_forecast, level_count, 64, 8);
PIN_FIELD(nova_forecast, mean, 72, 8);
PIN_FIELD(nova_forecast, mean_series_stride, 80, 8);
PIN_FIELD(nova_forecast, quantiles, 88, 8);
PIN_FIELD(nova_forecast, q_series_stride, 96, 8);
PIN_FIELD(nova_forecast, q_level_stride, 104, 8);
PIN_FIELD(nova_forecast, seed, 112, 8);
PIN_FIELD(nova_forecast, item_status, 120, 8);

PIN(sizeof(nova_model_ops) >= 48, "nova_model_ops: size");
PIN_FIELD(nova_model_ops, struct_size, 0, 4);
PIN_FIELD(nova_model_ops, flags, 4, 4);
PIN_FIELD(nova_model_ops, fit, 8, 8);
PIN_FIELD(nova_model_ops, observe, 16, 8);
PIN_FIELD(nova_model_ops, forecast, 24, 8);
PIN_FIELD(nova_model_ops, save, 32, 8);
PIN_FIELD(nova_model_ops, load, 40, 8);

PIN(sizeof(nova_binding) >= 56, "nova_binding: size");
PIN_FIELD(nova_binding, struct_size, 0, 4);
PIN_FIELD(nova_binding, flags, 4, 4);
PIN_FIELD(nova_binding, count, 8, 8);
PIN_FIELD(nova_binding, keys, 16, 8);
PIN_FIELD(nova_binding, name, 24, 8);
PIN_FIELD(nova_binding, tenant, 32, 8);
PIN_FIELD(nova_binding, settings_json, 40, 8);
PIN_FIELD(nova_binding, item_status, 48, 8);

PIN(sizeof(nova_component) >= 112, "nova_component: size");
PIN_FIELD(nova_component, struct_size, 0, 4);
PIN_FIELD(nova_component, flags, 4, 4);
PIN_FIELD(nova_component, interface_id, 8, 8);
PIN_FIELD(nova_component, id, 16, 8);
PIN_FIELD(nova_component, name, 24, 8);
PIN_FIELD(nova_component, version, 32, 8);
PIN_FIELD(nova_component, description, 40, 8);
PIN_FIELD(nova_component, config_schema, 48, 8);
PIN_FIELD(nova_component, ops, 56, 8);
PIN_FIELD(nova_component, create, 64, 8);
PIN_FIELD(nova_component, destroy, 72, 8);
PIN_FIELD(nova_component, describe, 80, 8);
PIN_FIELD(nova_component, bind, 88, 8);
PIN_FIELD(nova_component, forget, 96, 8);
PIN_FIELD(nova_component, get_extension, 104, 8);

PIN(sizeof(nova_plugin) >= 72, "nova_plugin: size");
PIN_FIELD(nova_plugin, struct_size, 0, 4);
PIN_FIELD(nova_plugin, abi_major, 4, 2);
PIN_FIELD(nova_plugin, abi_minor, 6, 2);
PIN_FIELD(nova_plugin, id, 8, 8);
PIN_FIELD(nova_plugin, vendor, 16, 8);
PIN_FIELD(nova_plugin, version, 24, 8);
PIN_FIELD(nova_plugin, license, 32, 8);
PIN_FIELD(nova_plugin, url, 40, 8);
PIN_FIELD(nova_plugin, build_info, 48, 8);
PIN_FIELD(nova_plugin, components, 56, 8);
PIN_FIELD(nova_plugin, component_count, 64, 8);

PIN(sizeof(nova_series_view) >= 96, "nova_series_view: size");
PIN_FIELD(nova_series_view, struct_size, 0, 4);
PIN_FIELD(nova_series_view, flags, 4, 4);
PIN_FIELD(nova_series_view, series_count, 8, 8);
PIN_FIELD(nova_series_view, point_count, 16, 8);
PIN_FIELD(nova_series_view, keys, 24, 8);
PIN_FIELD(nova_series_view, values, 32, 8);
PIN_FIELD(nova_series_view, series_stride, 40, 8);
PIN_FIELD(nova_series_view, time_stride, 48, 8);
PIN_FIELD(nova_series_view, t0_ns, 56, 8);
PIN_FIELD(nova_series_view, step_ns, 64, 8);
PIN_FIELD(nova_series_view, times_ns, 72, 8);
PIN_FIELD(nova_series_view, times_stride, 80, 8);
PIN_FIELD(nova_series_view, lengths, 88, 8);

PIN(sizeof(nova_event_query) >= 88, "nova_event_query: size");
PIN_FIELD(nova_event_query, struct_size, 0, 4);
PIN_FIELD(nova_event_query, flags, 4, 4);
PIN_FIELD(nova_event_query, tenant, 8, 16);
PIN_FIELD(nova_event_query, type, 24, 16);
PIN_FIELD(nova_event_query, subject, 40, 16);
PIN_FIELD(nova_event_query, from_ns, 56, 8);
PIN_FIELD(nova_event_query, to_ns, 64, 8);
PIN_FIELD(nova_event_query, after, 72, 8);
PIN_FIELD(nova_event_query, limit, 80, 8);

PIN(sizeof(nova_sink_ops) >= 32, "nova_sink_ops: size");
PIN_FIELD(nova_sink_ops, struct_size, 0, 4);
PIN_FIELD(nova_sink_ops, flags, 4, 4);
PIN_FIELD(nova_sink_ops, write, 8, 8);
PIN_FIELD(nova_sink_ops, flush, 16, 8);
PIN_FIELD(nova_sink_ops, query, 24, 8);

PIN(NOVA_ABI_MAJOR == 1, "NOVA_ABI_MAJOR");
PIN(NOVA_ABI_MINOR >= 0, "NOVA_ABI_MINOR");
PIN(NOVA_NONE == (-9223372036854775807 - 1), "NOVA_NONE");
PIN(NOVA_OK == 0, "NOVA_OK");
PIN(NOVA_CANCELLED == 1, "NOVA_CANCELLED");
PIN(NOVA_INVALID_ARGUMENT == 3, "NOVA_INVALID_ARGUMENT");
PIN(NOVA_DEADLINE_EXCEEDED == 4, "NOVA_DEADLINE_EXCEEDED");
PIN(NOVA_NOT_FOUND == 5, "NOVA_NOT_FOUND");
PIN(NOVA_PERMISSION_DENIED == 7, "NOVA_PERMISSION_DENIED");
PIN(NOVA_RESOURCE_EXHAUSTED == 8, "NOVA_RESOURCE_EXHAUSTED");
PIN(NOVA_CAPACITY == 264, "NOVA_CAPACITY");
PIN(NOVA_QUOTA == 520, "NOVA_QUOTA");
PIN(NOVA_THROTTLED == 776, "NOVA_THROTTLED");
PIN(NOVA_FAILED_PRECONDITION == 9, "NOVA_FAILED_PRECONDITION");
PIN(NOVA_ABORTED == 10, "NOVA_ABORTED");
PIN(NOVA_UNIMPLEMENTED == 12, "NOVA_UNIMPLEMENTED");
PIN(NOVA_INTERNAL == 13, "NOVA_INTERNAL");
PIN(NOVA_UNAVAILABLE == 14, "NOVA_UNAVAILABLE");
PIN(NOVA_UNAUTHENTICATED == 16, "NOVA_UNAUTHENTICATED");
PIN(NOVA_FLAGS_MUST_UNDERSTAND == 4294901760, "NOVA_FLAGS_MUST_UNDERSTAND");
PIN(NOVA_ERROR_RETRYABLE == 1, "NOVA_ERROR_RETRYABLE");
PIN(NOVA_ERROR_PARTIAL == 2, "NOVA_ERROR_PARTIAL");
PIN_TEXT(NOVA_CONTROLLER, "nova.controller/1");
PIN(NOVA_MACHINE_BOOTING == 1, "NOVA_MACHINE_BOOTING");
PIN(NOVA_MACHINE_RUNNING == 2, "NOVA_MACHINE_RUNNING");
PIN(NOVA_MACHINE_DRAINING == 3, "NOVA_MACHINE_DRAINING");
PIN(NOVA_MACHINE_STOPPING == 4, "NOVA_MACHINE_STOPPING");
PIN(NOVA_MACHINE_GONE == 5, "NOVA_MACHINE_GONE");
PIN(NOVA_MACHINE_FAILED == 6, "NOVA_MACHINE_FAILED");
PIN(NOVA_HEALTHY == 1, "NOVA_HEALTHY");
PIN(NOVA_UNHEALTHY == 2, "NOVA_UNHEALTHY");
PIN(NOVA_MARK_PROTECTED == 1, "NOVA_MARK_PROTECTED");
PIN(NOVA_MARK_INTERRUPTED == 2, "NOVA_MARK_INTERRUPTED");
PIN(NOVA_OP_NOTHING == 1, "NOVA_OP_NOTHING");
PIN(NOVA_OP_PENDING == 2, "NOVA_OP_PENDING");
PIN(NOVA_OP_RUNNING == 3, "NOVA_OP_RUNNING");
PIN(NOVA_OP_DONE == 4, "NOVA_OP_DONE");
PIN(NOVA_OP_PARTIAL == 5, "NOVA_OP_PARTIAL");
PIN(NOVA_OP_FAILED == 6, "NOVA_OP_FAILED");
PIN(NOVA_OP_CANCELLED == 7, "NOVA_OP_CANCELLED");
PIN(NOVA_ACT_DRAIN == 1, "NOVA_ACT_DRAIN");
PIN(NOVA_ACT_UNDRAIN == 2, "NOVA_ACT_UNDRAIN");
PIN(NOVA_ACT_REMOVE == 3, "NOVA_ACT_REMOVE");
PIN(NOVA_ACT_REPLACE == 4, "NOVA_ACT_REPLACE");
PIN(NOVA_ACT_MIGRATE == 5, "NOVA_ACT_MIGRATE");
PIN(NOVA_ACT_RESIZE == 6, "NOVA_ACT_RESIZE");
PIN(NOVA_ACT_PROTECT == 7, "NOVA_ACT_PROTECT");
PIN(NOVA_ACT_UNPROTECT == 8, "NOVA_ACT_UNPROTECT");
PIN_TEXT(NOVA_COST, "nova.cost/1");
PIN(NOVA_ON_DEMAND == 1, "NOVA_ON_DEMAND");
PIN(NOVA_SPOT == 2, "NOVA_SPOT");
PIN(NOVA_RESERVED == 3, "NOVA_RESERVED");
PIN(NOVA_SAVINGS_PLAN == 4, "NOVA_SAVINGS_PLAN");
PIN(NOVA_PRICE_LIST == 1, "NOVA_PRICE_LIST");
PIN(NOVA_PRICE_OBSERVED == 2, "NOVA_PRICE_OBSERVED");
PIN(NOVA_PRICE_ESTIMATED == 3, "NOVA_PRICE_ESTIMATED");
PIN(NOVA_CLOCK_TIME == 0, "NOVA_CLOCK_TIME");
PIN(NOVA_CLOCK_MONOTONIC == 1, "NOVA_CLOCK_MONOTONIC");
PIN(NOVA_LOG_TRACE == 0, "NOVA_LOG_TRACE");
PIN(NOVA_LOG_DEBUG == 1, "NOVA_LOG_DEBUG");
PIN(NOVA_LOG_INFO == 2, "NOVA_LOG_INFO");
PIN(NOVA_LOG_WARN == 3, "NOVA_LOG_WARN");
PIN(NOVA_LOG_ERROR == 4, "NOVA_LOG_ERROR");
PIN(NOVA_LOG_CRITICAL == 5, "NOVA_LOG_CRITICAL");
PIN_TEXT(NOVA_HOST_SECRETS, "nova.host.secrets/1");
PIN_TEXT(NOVA_HOST_TELEMETRY, "nova.host.telemetry/1");
PIN(NOVA_METRIC_GAUGE == 1, "NOVA_METRIC_GAUGE");
PIN(NOVA_METRIC_COUNTER == 2, "NOVA_METRIC_COUNTER");
PIN(NOVA_METRIC_HISTOGRAM == 3, "NOVA_METRIC_HISTOGRAM");
PIN_TEXT(NOVA_HOST_PARALLEL, "nova.host.parallel/1");
PIN_TEXT(NOVA_METRICS, "nova.metrics/1");
PIN(NOVA_SERIES_GAUGE == 1, "NOVA_SERIES_GAUGE");
PIN(NOVA_SERIES_COUNTER == 2, "NOVA_SERIES_COUNTER");
PIN_TEXT(NOVA_METRICS_SPAN, "nova.metrics.span/1");
PIN_TEXT(NOVA_MODEL, "nova.model/1");
PIN(NOVA_MODEL_STATELESS == 1, "NOVA_MODEL_STATELESS");
PIN(NOVA_MODEL_NEEDS_FIT == 2, "NOVA_MODEL_NEEDS_FIT");
PIN(NOVA_MODEL_DETERMINISTIC == 4, "NOVA_MODEL_DETERMINISTIC");
PIN(NOVA_MODEL_EXOGENOUS == 8, "NOVA_MODEL_EXOGENOUS");
PIN(NOVA_FIT_WARM == 1, "NOVA_FIT_WARM");
PIN(NOVA_COMPONENT_CONCURRENT == 1, "NOVA_COMPONENT_CONCURRENT");
PIN(NOVA_COMPONENT_VIRTUAL_TIME == 2, "NOVA_COMPONENT_VIRTUAL_TIME");
PIN(NOVA_SERIES_ALIGNED64 == 1, "NOVA_SERIES_ALIGNED64");
PIN_TEXT(NOVA_SINK, "nova.sink/1");
PIN(NOVA_QUERY_NEWEST_FIRST == 1, "NOVA_QUERY_NEWEST_FIRST");
