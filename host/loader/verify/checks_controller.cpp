// Controllers: a request has one effect, however often and late it comes.
//
// The groups are the setup's bindings. What is asked for is one machine more than there is, so a
// check against a real backend stays cheap; limits of the group are kept.
#include <map>
#include <set>

#include "host/loader/verify/rig.hpp"

namespace nova::verify {
namespace {

using loader::Kind;

struct GroupRow {
  std::string group, offer;
  std::uint64_t generation = 0;
  std::int32_t status = NOVA_OK;
  std::uint32_t min = 0, max = UINT32_MAX, desired = 0, booting = 0, serving = 0, unhealthy = 0,
                draining = 0;
  bool counted = false;  // all of the last four are known
  std::uint32_t all() const { return booting + serving + unhealthy + draining; }
};

nova_uuid token(std::uint8_t n) {
  nova_uuid id{};
  id.b[0] = 0xC0;
  id.b[6] = 0x40;  // as a version 4 UUID looks
  id.b[8] = 0x80;
  id.b[15] = n;
  return id;
}

struct Want {
  std::string group, offer;
  std::uint32_t desired;
  nova_uuid id;
  std::uint64_t generation = 0;  // 0 = any
  std::uint64_t fence = 0;       // 0 = none
};

struct ScaleGot {
  std::vector<std::int32_t> state, status;
};

class Fleet {
 public:
  explicit Fleet(Rig& rig) : rig_(rig), ops_(rig.ops<nova_controller_ops>()), object_(rig.make()) {
    if (rig.setup.bindings.empty()) throw Skipped{std::string(kNoBindings) + " (groups)"};
    rig.bind(object_);
  }
  const nova_controller_ops& ops() const { return ops_; }
  nova_instance* raw() const { return object_.get(); }

  std::vector<GroupRow> groups(const std::vector<std::string>& ids = {}) {
    std::vector<GroupRow> rows;
    const nova_group_sink sink{sizeof sink, 0, &rows,
                               [](const nova_group_sink* s, const nova_group_batch* b) {
                                 const auto cell = [](const auto* c, std::uint64_t i, auto absent) {
                                   return c ? c[i] : absent;
                                 };
                                 for (std::uint64_t i = 0; i < b->count; ++i) {
                                   GroupRow row;
                                   if (b->group_id)
                                     row.group.assign(b->group_id[i].ptr, b->group_id[i].len);
                                   if (b->offer_id && b->offer_id[i].ptr)
                                     row.offer.assign(b->offer_id[i].ptr, b->offer_id[i].len);
                                   row.generation = cell(b->generation, i, std::uint64_t{0});
                                   row.status = cell(b->status, i, std::int32_t{NOVA_OK});
                                   row.min = cell(b->min, i, std::uint32_t{0});
                                   row.max = cell(b->max, i, std::uint32_t{UINT32_MAX});
                                   row.desired = cell(b->desired, i, std::uint32_t{0});
                                   row.booting = cell(b->booting, i, std::uint32_t{0});
                                   row.serving = cell(b->serving, i, std::uint32_t{0});
                                   row.unhealthy = cell(b->unhealthy, i, std::uint32_t{0});
                                   row.draining = cell(b->draining, i, std::uint32_t{0});
                                   row.counted =
                                       b->booting && b->serving && b->unhealthy && b->draining;
                                   static_cast<std::vector<GroupRow>*>(s->ctx)->push_back(row);
                                 }
                                 return nova_status{NOVA_OK};
                               }};
    std::vector<nova_str> names;
    for (const auto& id : ids) names.push_back(str(id));
    const Column<nova_str> wanted("ids", names);
    CallBox box;
    box.expect_ok(ops_.list_groups(raw(), &box.call, ids.empty() ? nullptr : wanted.data(),
                                   ids.size(), &sink, &box.error),
                  "list_groups");
    return rows;
  }

  // The first bound group and the offer it is scaled by.
  GroupRow first() {
    const auto rows = groups({rig_.setup.bindings[0].name});
    require(!rows.empty(), "list_groups does not know the bound group");
    return rows.front();
  }

  ScaleGot ask(decltype(nova_controller_ops::scale) op, const char* name,
               const std::vector<Want>& wants) {
    const auto n = wants.size();
    std::vector<nova_str> group, offer;
    std::vector<std::uint32_t> desired;
    std::vector<std::uint64_t> generation, fence;
    std::vector<nova_uuid> ids;
    bool any = false, fenced = false;
    for (const auto& want : wants) {
      group.push_back(str(want.group));
      offer.push_back(str(want.offer));
      desired.push_back(want.desired);
      generation.push_back(want.generation);
      any = any || want.generation;
      fence.push_back(want.fence);
      fenced = fenced || want.fence;
      ids.push_back(want.id);
    }
    const Column<nova_str> groups("scale.group_id", group), offers("scale.offer_id", offer),
        reasons("scale.reason", std::vector<nova_str>(n, str("conformance check")));
    const Column<std::uint32_t> counts("scale.desired", desired);
    const Column<std::uint64_t> generations("scale.expected_generation", generation),
        fences("scale.fence", fence);
    const Column<nova_uuid> tokens("scale.token", ids);
    const Column<std::int32_t> state("scale.state", n), status("scale.item_status", n, NOVA_OK);
    const nova_scale io{sizeof io,
                        0,
                        n,
                        groups.data(),
                        offers.data(),
                        reasons.data(),
                        counts.data(),
                        any ? generations.data() : nullptr,
                        fenced ? fences.data() : nullptr,
                        tokens.data(),
                        state.data(),
                        status.data()};
    CallBox box;
    box.expect_ok(op(raw(), &box.call, &io, &box.error), name);
    return {state.copy(), status.copy()};
  }
  ScaleGot scale(const std::vector<Want>& wants) { return ask(ops_.scale, "scale", wants); }

  std::pair<std::int32_t, std::int32_t> poll(const nova_uuid& id) {  // state, result
    const Column<nova_uuid> tokens("operations.token", std::vector<nova_uuid>{id});
    const Column<std::int32_t> state("operations.state", 1),
        result("operations.result", 1, NOVA_OK);
    const Column<std::uint32_t> machines("operations.machines", 1);
    const Column<double> progress("operations.progress", 1);
    const Column<std::int64_t> started("operations.started_ns", 1, NOVA_NONE),
        ended("operations.ended_ns", 1, NOVA_NONE), eta("operations.eta_ns", 1, NOVA_NONE);
    const nova_operations io{sizeof io,
                             0,
                             1,
                             tokens.data(),
                             state.data(),
                             result.data(),
                             machines.data(),
                             progress.data(),
                             started.data(),
                             ended.data(),
                             eta.data()};
    CallBox box;
    box.expect_ok(ops_.poll(raw(), &box.call, &io, &box.error), "poll");
    return {state[0], result[0]};
  }

  // One machine more, or fewer where the group is full.
  static std::uint32_t other_count(const GroupRow& row) {
    return row.desired < row.max ? row.desired + 1 : row.desired - 1;
  }

 private:
  Rig& rig_;
  nova_controller_ops ops_;
  Object object_;
};

void groups(Rig& rig) {
  Fleet fleet(rig);
  std::map<std::string, std::size_t> last;
  const auto rows = fleet.groups();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& row = rows[i];
    require(!row.group.empty(), "lists a group without an id");
    require(!last.contains(row.group) || last[row.group] + 1 == i,
            row.group + ": its rows are not adjacent");
    last[row.group] = i;
    for (const auto count : {row.desired, row.booting, row.serving, row.unhealthy, row.draining})
      require(count < 1'000'000, row.group + ": counts " + std::to_string(count) + " machines");
    for (std::size_t j = 0; j < i; ++j)
      require(rows[j].group != row.group ||
                  (rows[j].offer != row.offer && rows[j].generation == row.generation),
              row.group + ": an offer listed twice, or two generations");
  }
  for (const auto& binding : rig.setup.bindings)
    require(last.contains(binding.name),
            "list_groups does not list the bound group " + binding.name);
}

void unknown_group(Rig& rig) {
  Fleet fleet(rig);
  for (const auto& row : fleet.groups({"no-such-group-anywhere"}))
    require(row.status == NOVA_NOT_FOUND, "list_groups knows a group that nobody made");
  const auto first = fleet.first();
  const auto got = fleet.scale({{"no-such-group-anywhere", first.offer, 2, token(1)},
                                {first.group, first.offer, first.desired, token(2)}});
  require(got.status[0] != NOVA_OK, "scale of a group that nobody made said OK");
  require(got.status[1] == NOVA_OK,
          "an unknown group costs the others their request: " + status_name(got.status[1]));
}

void scale_is_absolute(Rig& rig) {
  Fleet fleet(rig);
  const auto before = fleet.first();
  const auto want = Fleet::other_count(before);
  const auto got = fleet.scale({{before.group, before.offer, want, token(3)}});
  require(got.status[0] == NOVA_OK, "scale answered " + status_name(got.status[0]));
  require(got.state[0] >= NOVA_OP_NOTHING && got.state[0] <= NOVA_OP_CANCELLED,
          "scale gives no state of the operation");
  const auto after = fleet.first();
  require(after.desired == want, "asked for " + std::to_string(want) + " machines, desired is " +
                                     std::to_string(after.desired));
  require(!before.generation || after.generation != before.generation,
          "the generation stays though desired changed");
  const auto [state, result] = fleet.poll(token(3));
  require(state >= NOVA_OP_NOTHING && state <= NOVA_OP_CANCELLED,
          "poll does not know the operation: state " + std::to_string(state));
  (void)result;
}

void nothing_to_do(Rig& rig) {
  Fleet fleet(rig);
  const auto first = fleet.first();
  const auto got = fleet.scale({{first.group, first.offer, first.desired, token(4)}});
  require(got.status[0] == NOVA_OK && got.state[0] == NOVA_OP_NOTHING,
          "asked for what is so already: must be NOVA_OK and NOVA_OP_NOTHING, got " +
              status_name(got.status[0]) + ", state " + std::to_string(got.state[0]));
}

void token_twice(Rig& rig) {
  Fleet fleet(rig);
  const auto before = fleet.first();
  const auto want = Fleet::other_count(before);
  Want request{before.group, before.offer, want, token(5), before.generation};
  const auto first = fleet.scale({request});
  require(first.status[0] == NOVA_OK, "scale answered " + status_name(first.status[0]));
  // Something else changes the group; then the lost answer's request comes again, generation and
  // all.
  const auto moved = fleet.first();
  const auto other = fleet.scale({{before.group, before.offer, before.desired, token(6)}});
  require(other.status[0] == NOVA_OK, "scale back answered " + status_name(other.status[0]));
  const auto settled = fleet.first();
  const auto again = fleet.scale({request});
  require(
      again.status[0] == NOVA_OK,
      "the same token again must be the same operation, before its generation is looked at; got " +
          status_name(again.status[0]));
  const auto after = fleet.first();
  require(after.desired == settled.desired && after.generation == settled.generation,
          "the same token had a second effect: desired " + std::to_string(settled.desired) +
              " became " + std::to_string(after.desired));
  (void)moved;
}

void stale_generation(Rig& rig) {
  Fleet fleet(rig);
  const auto before = fleet.first();
  if (!before.generation) throw Skipped{"knows no generations"};
  const auto want = Fleet::other_count(before);
  (void)fleet.scale({{before.group, before.offer, want, token(7)}});
  const auto settled = fleet.first();
  const auto got =
      fleet.scale({{before.group, before.offer, before.desired, token(8), before.generation}});
  require(got.status[0] == NOVA_ABORTED,
          "a stale generation must be NOVA_ABORTED, got " + status_name(got.status[0]));
  require(fleet.first().desired == settled.desired, "a stale request changed the group");
}

// Two hosts: who has been seen with the lower fence has lost the group.
void old_fence(Rig& rig) {
  Fleet fleet(rig);
  const auto before = fleet.first();
  const auto want = Fleet::other_count(before);
  const auto first = fleet.scale({{before.group, before.offer, want, token(12), 0, 7}});
  require(first.status[0] == NOVA_OK,
          "scale with a fence answered " + status_name(first.status[0]));
  const auto settled = fleet.first();
  const auto got = fleet.scale({{before.group, before.offer, before.desired, token(13), 0, 6}});
  require(got.status[0] == NOVA_ABORTED,
          "a fence below the highest seen must be NOVA_ABORTED, got " + status_name(got.status[0]));
  require(fleet.first().desired == settled.desired, "a host with an old fence changed the group");
}

void can_scale(Rig& rig) {
  Fleet fleet(rig);
  if (!fleet.ops().can_scale) throw Skipped{"no can_scale"};
  const auto before = fleet.first();
  const auto got = fleet.ask(fleet.ops().can_scale, "can_scale",
                             {{before.group, before.offer, Fleet::other_count(before), token(9)},
                              {"no-such-group-anywhere", before.offer, 1, token(10)}});
  require(got.status[0] == NOVA_OK, "can_scale answered " + status_name(got.status[0]));
  require(got.status[1] != NOVA_OK, "can_scale would scale a group that nobody made");
  const auto after = fleet.first();
  require(after.desired == before.desired && after.generation == before.generation,
          "can_scale changed the group");
  const auto [state, result] = fleet.poll(token(9));
  require(state == 0 && result == NOVA_NOT_FOUND, "can_scale left an operation behind");
}

void unknown_token(Rig& rig) {
  Fleet fleet(rig);
  const auto [state, result] = fleet.poll(token(99));
  require(state == 0 && result == NOVA_NOT_FOUND,
          "poll of a token that never arrived must be state 0 and NOVA_NOT_FOUND, got state " +
              std::to_string(state) + ", " + status_name(result));
}

void beyond_limits(Rig& rig) {
  Fleet fleet(rig);
  const auto first = fleet.first();
  if (first.max == UINT32_MAX) throw Skipped{"the group has no limit of its own"};
  const auto got = fleet.scale({{first.group, first.offer, first.max + 1, token(11)}});
  require(got.status[0] != NOVA_OK, "took a request beyond the group's own max");
  require(fleet.first().desired == first.desired, "a refused request changed the group");
}

void machines(Rig& rig) {
  Fleet fleet(rig);
  if (!fleet.ops().list_machines) throw Skipped{"no list_machines"};
  struct Found {
    std::map<std::string, int> ids;
    std::map<std::string, std::pair<std::uint32_t, std::uint32_t>> counts;  // there, going as well
    std::string lie;
  } found;
  const nova_machine_sink sink{
      sizeof sink, 0, &found, [](const nova_machine_sink* s, const nova_machine_batch* b) {
        auto& into = *static_cast<Found*>(s->ctx);
        for (std::uint64_t i = 0; i < b->count; ++i) {
          const std::string id =
              b->machine_id ? std::string(b->machine_id[i].ptr, b->machine_id[i].len) : "";
          if (id.empty()) into.lie = "a machine without an id";
          if (++into.ids[id] > 1) into.lie = id + ": listed twice";
          if (b->state && (b->state[i] < 0 || b->state[i] > NOVA_MACHINE_FAILED))
            into.lie = id + ": an unknown state";
          const auto state = b->state ? b->state[i] : 0;
          auto& [there, most] = into.counts[std::string(b->group_id[i].ptr, b->group_id[i].len)];
          there += state >= NOVA_MACHINE_BOOTING && state <= NOVA_MACHINE_DRAINING;
          most += state != NOVA_MACHINE_GONE;
        }
        return nova_status{NOVA_OK};
      }};
  CallBox box;
  box.expect_ok(fleet.ops().list_machines(fleet.raw(), &box.call, nullptr, 0, &sink, &box.error),
                "list_machines");
  require(found.lie.empty(), "list_machines: " + found.lie);
  // A group of which none is listed may be one whose machines are not known one by one.
  std::map<std::string, std::uint32_t> counted;
  std::set<std::string> unknown;
  for (const auto& row : fleet.groups()) {
    counted[row.group] += row.all();
    if (!row.counted) unknown.insert(row.group);
  }
  for (const auto& [group, listed] : found.counts)
    require(unknown.contains(group) ||
                (counted[group] >= listed.first && counted[group] <= listed.second),
            group + ": list_groups counts " + std::to_string(counted[group]) +
                " machines, list_machines lists " + std::to_string(listed.second));
}

constexpr Check kControllerChecks[] = {
    {"groups", Kind::controller, "groups are whole, counted and known", groups},
    {"machines", Kind::controller, "machines are listed once, as many as are counted", machines},
    {"unknown-group", Kind::controller, "an unknown group fails alone", unknown_group},
    {"scale-absolute", Kind::controller, "scale means: be so many", scale_is_absolute},
    {"scale-nothing", Kind::controller, "what is so already is NOVA_OP_NOTHING", nothing_to_do},
    {"token-twice", Kind::controller, "one token is one operation, also with the old generation",
     token_twice},
    {"stale-generation", Kind::controller, "a stale generation is NOVA_ABORTED", stale_generation},
    {"old-fence", Kind::controller, "a fence below the highest seen is NOVA_ABORTED", old_fence},
    {"can-scale", Kind::controller, "can_scale changes nothing", can_scale},
    {"unknown-token", Kind::controller, "poll tells what never arrived", unknown_token},
    {"limits", Kind::controller, "the group's own limits hold", beyond_limits},
};

}  // namespace

std::span<const Check> controller_checks() { return kControllerChecks; }

}  // namespace nova::verify
