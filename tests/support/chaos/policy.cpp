// A policy: the newest demand at its target, told with what it was bound to.
#include <cmath>
#include <map>

#include "chaos.hpp"

namespace chaos {
namespace {

struct Rule : Base {
  std::map<std::uint64_t, std::string> settings;
  std::uint64_t asked = 0;
};

nova_status bind(nova_instance* i, const nova_call* c, const nova_binding* io, nova_error*) {
  auto& rule = as<Rule>(i);
  for (std::uint64_t g = 0; g < io->count; ++g) {
    rule.settings[io->keys[g]] = text(io->settings_json[g]);
    io->item_status[g] = NOVA_OK;
    if (rule.is("refuses_settings")) {
      io->item_status[g] = NOVA_INVALID_ARGUMENT;
      note(c, g, NOVA_INVALID_ARGUMENT, "/k: must be 1");
    }
  }
  return NOVA_OK;
}

double newest(const nova_series_view* v, std::uint64_t s) {
  if (!NOVA_HAS(v, values) || v->point_count == 0) return NAN;
  return v->values[static_cast<std::int64_t>(s) * v->series_stride +
                   static_cast<std::int64_t>(v->point_count - 1) * v->time_stride];
}

nova_status propose(nova_instance* i, const nova_call* c, const nova_proposal* io,
                    nova_error* err) {
  auto& rule = as<Rule>(i);
  if (const auto status = misbehave(i, c, io->flags, io->struct_size, sizeof *io, err))
    return status;
  ++rule.asked;
  for (std::uint64_t s = 0; s < io->signals->series_count; ++s) {
    const auto g = io->signal_group[s];
    const double value = newest(io->signals, s);
    const auto say = [&](std::int64_t n, const std::string& why) {
      io->proposed[g] = n;
      note(c, g, NOVA_OK, why);
    };
    if (rule.is("fails_a_group") && g == 0) {
      if (NOVA_HAS(io, item_status)) io->item_status[g] = NOVA_INTERNAL;
      note(c, g, NOVA_INTERNAL, "this group is odd");
    } else if (!std::isfinite(value) || value < 0 || value > 1e12) {
      note(c, g, NOVA_OK, "no load");
    } else if (rule.is("negative")) {
      say(-3, "less than none");
    } else if (rule.is("absurd")) {
      say(4'000'000'000, "all there are");
    } else if (rule.is("remembers_others")) {
      say(static_cast<std::int64_t>(g), "by its place");
    } else if (rule.is("counts") || rule.is("forgets")) {
      say(static_cast<std::int64_t>(rule.asked), "one for each tick");
    } else if (rule.is("by_chance")) {
      say(static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(i) >> 4 & 0xFFFF), "luck");
    } else {
      const double load = value / (io->per_machine[s] * io->target_utilisation[s]);
      say(static_cast<std::int64_t>(std::ceil(load)),
          "asked " + std::to_string(rule.asked) + " " + rule.settings[io->keys[g]] +
              (NOVA_HAS(io, forecast) ? " with a forecast" : ""));
      io->confidence[g] = rule.is("too_sure") ? 3 : 0.9;
    }
  }
  return NOVA_OK;
}

nova_status save(nova_instance* i, const nova_call*, const std::uint64_t*, std::uint64_t,
                 const nova_writer* out, nova_error* err) {
  auto& rule = as<Rule>(i);
  if (rule.is("cannot_save")) return fail(err, NOVA_INTERNAL, "no room to write");
  return out->write(out, &rule.asked, sizeof rule.asked);
}

nova_status load(nova_instance* i, const nova_call*, nova_bytes state, nova_error* err) {
  auto& rule = as<Rule>(i);
  if (state.len != sizeof rule.asked)
    return fail(err, NOVA_FAILED_PRECONDITION, "not a count of ticks");
  if (!rule.is("forgets")) std::memcpy(&rule.asked, state.ptr, sizeof rule.asked);
  return NOVA_OK;
}

const nova_policy_ops kOps = {sizeof kOps, 0, propose, save, load};

}  // namespace

const nova_component kPolicy = {sizeof(nova_component),
                                0,
                                NOVA_POLICY,
                                "org.novacron.test.chaos.policy",
                                "Chaos policy",
                                "1.0.0",
                                "the newest load",
                                kSchema,
                                &kOps,
                                create<Rule>,
                                destroy,
                                describe,
                                bind,
                                nullptr,
                                get_extension};

}  // namespace chaos
