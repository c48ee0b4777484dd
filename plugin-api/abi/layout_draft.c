/* Layout of the draft headers, as they are now. Drafts may change: then write this file anew with
   make_layout.py --drafts, in the same commit, so that the change is seen. */
#include <novascale/all.h>

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

PIN(sizeof(nova_proposal) >= 168, "nova_proposal: size");
PIN_FIELD(nova_proposal, struct_size, 0, 4);
PIN_FIELD(nova_proposal, flags, 4, 4);
PIN_FIELD(nova_proposal, count, 8, 8);
PIN_FIELD(nova_proposal, now_ns, 16, 8);
PIN_FIELD(nova_proposal, keys, 24, 8);
PIN_FIELD(nova_proposal, min, 32, 8);
PIN_FIELD(nova_proposal, max, 40, 8);
PIN_FIELD(nova_proposal, desired, 48, 8);
PIN_FIELD(nova_proposal, booting, 56, 8);
PIN_FIELD(nova_proposal, serving, 64, 8);
PIN_FIELD(nova_proposal, lead_time_ns, 72, 8);
PIN_FIELD(nova_proposal, nanos_per_machine_hour, 80, 8);
PIN_FIELD(nova_proposal, signals, 88, 8);
PIN_FIELD(nova_proposal, signal_group, 96, 8);
PIN_FIELD(nova_proposal, signal_role, 104, 8);
PIN_FIELD(nova_proposal, per_machine, 112, 8);
PIN_FIELD(nova_proposal, target_utilisation, 120, 8);
PIN_FIELD(nova_proposal, max_utilisation, 128, 8);
PIN_FIELD(nova_proposal, forecast, 136, 8);
PIN_FIELD(nova_proposal, proposed, 144, 8);
PIN_FIELD(nova_proposal, confidence, 152, 8);
PIN_FIELD(nova_proposal, item_status, 160, 8);

PIN(sizeof(nova_policy_ops) >= 32, "nova_policy_ops: size");
PIN_FIELD(nova_policy_ops, struct_size, 0, 4);
PIN_FIELD(nova_policy_ops, flags, 4, 4);
PIN_FIELD(nova_policy_ops, propose, 8, 8);
PIN_FIELD(nova_policy_ops, save, 16, 8);
PIN_FIELD(nova_policy_ops, load, 24, 8);

PIN(sizeof(nova_program) >= 120, "nova_program: size");
PIN_FIELD(nova_program, struct_size, 0, 4);
PIN_FIELD(nova_program, flags, 4, 4);
PIN_FIELD(nova_program, column_count, 8, 8);
PIN_FIELD(nova_program, row_count, 16, 8);
PIN_FIELD(nova_program, cost, 24, 8);
PIN_FIELD(nova_program, most, 32, 8);
PIN_FIELD(nova_program, whole, 40, 8);
PIN_FIELD(nova_program, column_start, 48, 8);
PIN_FIELD(nova_program, entry_row, 56, 8);
PIN_FIELD(nova_program, entry_value, 64, 8);
PIN_FIELD(nova_program, row_least, 72, 8);
PIN_FIELD(nova_program, cost_below, 80, 8);
PIN_FIELD(nova_program, gap, 88, 8);
PIN_FIELD(nova_program, seed, 96, 8);
PIN_FIELD(nova_program, counts, 104, 8);
PIN_FIELD(nova_program, bound, 112, 8);

PIN(sizeof(nova_solver_ops) >= 16, "nova_solver_ops: size");
PIN_FIELD(nova_solver_ops, struct_size, 0, 4);
PIN_FIELD(nova_solver_ops, flags, 4, 4);
PIN_FIELD(nova_solver_ops, solve, 8, 8);

PIN_TEXT(NOVA_POLICY, "nova.policy/1");
PIN(NOVA_SIGNAL_DEMAND == 1, "NOVA_SIGNAL_DEMAND");
PIN(NOVA_SIGNAL_UTILISATION == 2, "NOVA_SIGNAL_UTILISATION");
PIN(NOVA_SIGNAL_LATENCY == 3, "NOVA_SIGNAL_LATENCY");
PIN(NOVA_SIGNAL_CUSTOM == 4, "NOVA_SIGNAL_CUSTOM");
PIN_TEXT(NOVA_SOLVER, "nova.solver/1");
