#include "host/loader/kinds.hpp"

namespace nova::loader {
namespace {

constexpr bool kNotYet = false;

constexpr Operation kModel[] = {{"fit", false},
                                {"observe", false},
                                {"forecast", true},
                                {"save", false, kNotYet},
                                {"load", false, kNotYet}};
constexpr Operation kCost[] = {{"list_offers", true},
                               {"quote", true},
                               {"spot", false, kNotYet},
                               {"list_rates", false, kNotYet},
                               {"commitments", false, kNotYet}};
constexpr Operation kMetrics[] = {{"latest", true},
                                  {"query_range", false},
                                  {"list_series", false, kNotYet},
                                  {"subscribe", false, kNotYet},
                                  {"unsubscribe", false, kNotYet}};
constexpr Operation kController[] = {{"list_groups", true},
                                     {"list_machines", false},
                                     {"can_scale", false},
                                     {"scale", true},
                                     {"act", false},
                                     {"poll", true},
                                     {"cancel", false, kNotYet},
                                     {"watch", false, kNotYet},
                                     {"unwatch", false, kNotYet}};
constexpr Operation kSink[] = {{"write", true}, {"flush", false}, {"query", false, kNotYet}};
constexpr Operation kPolicy[] = {{"propose", true}, {"save", false}, {"load", false}};
constexpr Operation kSolver[] = {{"solve", true}};

constexpr KindFacts kKinds[] = {
    {Kind::model, "model", NOVA_MODEL, false, kModel},
    {Kind::cost, "cost", NOVA_COST, false, kCost},
    {Kind::metrics, "metrics", NOVA_METRICS, true, kMetrics},
    {Kind::controller, "controller", NOVA_CONTROLLER, false, kController},
    {Kind::sink, "sink", NOVA_SINK, false, kSink},
    {Kind::policy, "policy", NOVA_POLICY, false, kPolicy},
    {Kind::solver, "solver", NOVA_SOLVER, false, kSolver},
};

// The names above and the contract's tables must not drift apart.
template <class Ops, std::size_t N>
constexpr bool covers(const Operation (&)[N]) {
  return sizeof(Ops) == 8 + N * sizeof(void*);
}
static_assert(covers<nova_model_ops>(kModel) && covers<nova_cost_ops>(kCost) &&
              covers<nova_metrics_ops>(kMetrics) && covers<nova_controller_ops>(kController) &&
              covers<nova_sink_ops>(kSink) && covers<nova_policy_ops>(kPolicy) &&
              covers<nova_solver_ops>(kSolver));

}  // namespace

std::span<const KindFacts> all_kinds() noexcept { return kKinds; }

const KindFacts* facts_of(Kind kind) noexcept {
  for (const auto& facts : kKinds)
    if (facts.kind == kind) return &facts;
  return nullptr;
}

const KindFacts* facts_of_interface(std::string_view interface) noexcept {
  for (const auto& facts : kKinds)
    if (interface == facts.interface_id) return &facts;
  return nullptr;
}

const char* to_string(Kind kind) noexcept {
  const auto* facts = facts_of(kind);
  return facts ? facts->name : "unknown";
}

Kind kind_of_interface(std::string_view interface_id) noexcept {
  const auto* facts = facts_of_interface(interface_id);
  return facts ? facts->kind : Kind::unknown;
}

}  // namespace nova::loader
