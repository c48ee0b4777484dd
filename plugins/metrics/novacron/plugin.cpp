// metrics/novacron: what a NovaCron tells of its machines, where that can be believed. See
// README.md.
#include <novascale.hpp>

#include <cmath>

#include "rows.hpp"

namespace nova::novacron {
namespace {

class NovaCronMetrics {
 public:
  static constexpr auto id = "org.novacron.metrics.novacron";
  static constexpr auto name = "NovaCron";
  static constexpr auto version = "1.0.0";
  static constexpr auto description =
      "Machines of a NovaCron: how many, and how busy where that is measured";
  static constexpr std::uint32_t flags = 0;
  static constexpr auto schema =
      R"({ "type": "object", "additionalProperties": false, "required": ["url"], "properties": {)" NOVA_NOVACRON_PROPERTIES
      R"(,
      "max_age": { "type": "string", "x-unit": "duration", "default": "5m", "title": "Older metrics of a machine are refused" }
    } })";

  explicit NovaCronMetrics(Context context)
      : context_(context),
        client_(context),
        max_age_ns_(http::Service::positive(context, "max_age").count()) {}

  void bind(const Call&, Binding& io) {
    io.each([&](std::size_t i) {
      bound_.erase(io.key(i));  // a row that fails must not go on answering what it replaced
      bound_[io.key(i)] = make_query(io.name(i), io.settings(i));
      io.set_status(i, NOVA_OK);
    });
  }
  void forget(const Call&, Keys keys) {
    for (const auto key : keys) bound_.erase(key);
  }

  // One list for all signals, and one request a machine whose metrics are asked for.
  void latest(const Call& call, Latest& io) {
    rows_.clear();
    std::optional<std::vector<Vm>> all;
    for (std::size_t i = 0; i < io.count(); ++i) {
      const auto at = bound_.find(io.key(i));
      if (at == bound_.end()) {
        io.fail(i, NOVA_NOT_FOUND, "no series is bound under key " + std::to_string(io.key(i)));
        continue;
      }
      if (!all) all = list_vms(client_, call);
      try {
        const auto sample = at->second.counts()
                                ? Sample{count_of(*all, at->second), context_.now_ns()}
                                : measured(*all, at->second, call);
        io.answer(i, sample.value, sample.time_ns);
      } catch (const Error& error) {  // the signal's; what is wrong with the service ends the call
        if (error.status() != NOVA_FAILED_PRECONDITION && error.status() != NOVA_INTERNAL) throw;
        io.fail(i, error.status(), error.what());
      }
    }
  }

 private:
  // A part of the machines would be a lie, so one that cannot be believed fails the signal; but a
  // new one, that nobody can have measured yet, is left out.
  Sample measured(const std::vector<Vm>& all, const Query& query, const Call& call) {
    const auto now = context_.now_ns();
    std::vector<Sample> samples;
    std::size_t left_out = 0;
    for (const auto& vm : all) {
      if (vm.name.compare(0, query.prefix.size(), query.prefix) != 0 ||
          vm.phase() != Phase::running)
        continue;
      try {
        if (const auto* row = row_of(vm, call))
          samples.push_back(sample_in(*row, query.field, now, max_age_ns_));
      } catch (const Error& error) {
        if (error.status() != NOVA_FAILED_PRECONDITION) throw;
        const bool young = vm.created_ns != NOVA_NONE && now - vm.created_ns < max_age_ns_;
        if (!young)
          throw Error(NOVA_FAILED_PRECONDITION,
                      client_.url() + ": " + vm.name + ": " + error.what() +
                          "; take this signal from a source that measures, such as prometheus");
        ++left_out;
      }
    }
    if (samples.empty())
      throw Error(NOVA_FAILED_PRECONDITION,
                  client_.url() + ": no machine of " + query.prefix + " tells its " + query.field +
                      (left_out == 0 ? std::string(", none runs")
                                     : ", " + std::to_string(left_out) + " are new"));
    return folded(samples, query.aggregate);
  }

  // Null: it went away since it was listed.
  const Json* row_of(const Vm& vm, const Call& call) {
    if (const auto at = rows_.find(vm.id); at != rows_.end()) return &at->second;
    try {
      return &rows_.emplace(vm.id, client_.get("/vms/" + http::encoded(vm.id) + "/metrics", call))
                  .first->second;
    } catch (const Error& error) {
      if (error.status() == NOVA_NOT_FOUND) return nullptr;
      if (error.status() != NOVA_FAILED_PRECONDITION) throw;
      throw Error(NOVA_FAILED_PRECONDITION, "this server has no route to metrics of machines");
    }
  }

  Context context_;
  Client client_;
  std::int64_t max_age_ns_;
  std::map<std::uint64_t, Query> bound_;
  std::map<std::string, Json> rows_;  // of this call, by machine
};

}  // namespace
}  // namespace nova::novacron

NOVA_PLUGIN("org.novacron.novacron_metrics", "NovaCron", "1.0.0",
            nova::metrics_component<nova::novacron::NovaCronMetrics>)
