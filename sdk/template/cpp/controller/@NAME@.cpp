// @ID@: groups of machines that exist in memory only.
//
// What a controller of a real cloud has, too: requests are absolute and known by their token, a token
// seen before is answered before anything is checked, the generation is compared once per group, and
// an old fence is refused.
#include <novascale.hpp>

#include <map>

namespace {

struct @CLASS@ {
  static constexpr auto id = "@ID@", name = "@CLASS@", version = "1.0.0";
  static constexpr auto description = "Groups of machines in memory";
  static constexpr auto schema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "boot_time": { "type": "string", "default": "0s",
                     "description": "Duration from a request until its machines serve." } } })";
  static constexpr std::uint32_t flags = NOVA_COMPONENT_VIRTUAL_TIME;

  struct Made {
    std::string machine_id, offer_id;
    nova_uuid token;
    std::int64_t created_ns;
  };
  struct Held {
    std::uint32_t min = 0, max = UINT32_MAX;
    std::uint64_t generation = 1, fence = 0;
    std::int64_t changed_ns = 0;
    std::vector<Made> machines;  // oldest first
  };
  struct Done {
    std::string group_id, offer_id;
    std::uint32_t desired;
    std::int64_t started_ns;
    bool nothing;
  };

  explicit @CLASS@(nova::Context context)
      : ctx(context), boot_ns(ctx.duration("boot_time").count()) {
    if (boot_ns < 0) throw nova::Error(NOVA_INVALID_ARGUMENT, "/boot_time: must be >= 0s");
  }

  // A group is what was bound; its controller_config may hold min and max.
  void bind(nova::Call, nova::Binding& io) {
    io.each([&](std::size_t i) {
      const auto settings = io.settings(i, R"({ "additionalProperties": false, "properties": {
          "min": { "type": "integer", "minimum": 0, "default": 0 },
          "max": { "type": "integer", "minimum": 0, "maximum": 4294967295, "default": 4294967295 } } })");
      const auto min = settings.integer("min"), max = settings.integer("max");
      if (min > max) throw nova::Error(NOVA_INVALID_ARGUMENT, "/min: must be <= max");
      Held& group = groups[std::string(io.name(i))];
      group.min = static_cast<std::uint32_t>(min);
      group.max = static_cast<std::uint32_t>(max);
      names.insert_or_assign(io.key(i), std::string(io.name(i)));
    });
  }
  void forget(nova::Call, nova::Keys keys) {
    for (const auto key : keys)
      if (const auto found = names.find(key); found != names.end()) {
        groups.erase(found->second);
        names.erase(found);
      }
  }

  void list_groups(nova::Call, nova::Strings ids, nova::Groups& out) const {
    if (ids.all())
      for (const auto& [group_id, held] : groups) list_one(group_id, held, out);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto found = groups.find(std::string(ids[i]));
      if (found != groups.end()) {
        list_one(found->first, found->second, out);
      } else {
        nova::Group row;
        row.group_id = ids[i];
        row.status = NOVA_NOT_FOUND;
        out.add(row);
      }
    }
  }

  void list_machines(nova::Call, nova::Strings ids, nova::Machines& out) const {
    const std::int64_t now = ctx.now_ns();
    for (const auto& [group_id, held] : groups) {
      bool wanted = ids.all();
      for (std::size_t i = 0; i < ids.size(); ++i) wanted = wanted || ids[i] == group_id;
      if (!wanted) continue;
      for (const auto& made : held.machines) {
        nova::Machine row;
        row.group_id = group_id;
        row.machine_id = made.machine_id;
        row.offer_id = made.offer_id;
        row.token = made.token;
        const bool serves = now >= made.created_ns + boot_ns;
        row.state = serves ? NOVA_MACHINE_RUNNING : NOVA_MACHINE_BOOTING;
        row.health = serves ? NOVA_HEALTHY : 0;
        row.created_ns = made.created_ns;
        if (serves) row.serving_ns = made.created_ns + boot_ns;
        out.add(row);
      }
    }
  }

  void can_scale(nova::Call, nova::Scale& io) const {
    auto copy = *this;  // the same rules on a copy: no effect, and no second set of rules
    copy.apply(io);
  }
  void scale(nova::Call, nova::Scale& io) { apply(io); }

  void poll(nova::Call, nova::Operations& io) const {
    const std::int64_t now = ctx.now_ns();
    for (std::size_t i = 0; i < io.count(); ++i) {
      const auto found = requests.find(nova::token(io.token(i)));
      if (found == requests.end()) {
        io.unknown(i);
        continue;
      }
      const Done& done = found->second;
      nova::Operation op;
      op.state = done.nothing                        ? NOVA_OP_NOTHING
                 : now < done.started_ns + boot_ns ? NOVA_OP_RUNNING
                                                   : NOVA_OP_DONE;
      op.started_ns = done.started_ns;
      op.eta_ns = done.started_ns + boot_ns;
      if (op.state != NOVA_OP_RUNNING) {
        op.ended_ns = op.eta_ns;
        op.machines = done.desired;
        op.progress = 1;
      }
      io.answer(i, op);
    }
  }

 private:
  void list_one(const std::string& group_id, const Held& held, nova::Groups& out) const {
    const std::int64_t now = ctx.now_ns();
    std::map<std::string, nova::Group> rows;  // one per offer
    for (const auto& made : held.machines) {
      nova::Group& row = rows[made.offer_id];
      ++row.desired;
      ++(now < made.created_ns + boot_ns ? row.booting : row.serving);
    }
    if (rows.empty()) rows[""];  // an empty group still has a row
    for (auto& [offer_id, row] : rows) {
      row.group_id = group_id;
      row.offer_id = offer_id;
      row.generation = held.generation;
      row.changed_ns = held.changed_ns;
      row.min = held.min;
      row.max = held.max;
      out.add(row);
    }
  }

  // Rows one by one; a row fails alone.
  void apply(nova::Scale& io) {
    std::map<std::string, bool, std::less<>> stale;  // groups by whether their generation is old
    for (std::size_t i = 0; i < io.count(); ++i) {
      const auto key = nova::token(io.token(i));
      if (const auto before = requests.find(key); before != requests.end()) {
        io.answer(i, before->second.nothing ? NOVA_OP_NOTHING : NOVA_OP_PENDING);
        continue;
      }
      if (key == nova::Token{}) {
        io.fail(i, NOVA_INVALID_ARGUMENT, "a request needs a token");
        continue;
      }
      const auto found = groups.find(std::string(io.group_id(i)));
      if (found == groups.end()) {
        io.fail(i, NOVA_NOT_FOUND, "no such group");
        continue;
      }
      Held& group = found->second;
      const auto expected = io.expected_generation(i);
      const auto seen = stale.try_emplace(found->first, expected && *expected != group.generation);
      if (seen.first->second) {
        io.fail(i, NOVA_ABORTED, "the group has changed: generation " + std::to_string(group.generation));
        continue;
      }
      if (io.fence(i) && *io.fence(i) < group.fence) {
        io.fail(i, NOVA_ABORTED, "another host holds the group");
        continue;
      }
      change(io, i, group, key);
    }
  }

  void change(nova::Scale& io, std::size_t i, Held& group, const nova::Token& key) {
    const std::string offer(io.offer_id(i));
    std::uint32_t have = 0;
    for (const auto& made : group.machines) have += made.offer_id == offer ? 1 : 0;
    const std::uint64_t total = group.machines.size() - have + std::uint64_t{io.desired(i)};
    if (total < group.min || total > group.max || total > 100'000) {
      io.fail(i, NOVA_INVALID_ARGUMENT, "outside the limits of the group");
      return;
    }
    if (io.fence(i)) group.fence = *io.fence(i);
    const std::int64_t now = ctx.now_ns();
    const bool nothing = have == io.desired(i);
    for (; have < io.desired(i); ++have)
      group.machines.push_back({"m-" + std::to_string(++made_so_far), offer, io.token(i), now});
    for (auto m = group.machines.end(); have > io.desired(i);) {  // the newest go first
      --m;
      if (m->offer_id == offer) m = group.machines.erase(m), --have;
    }
    if (!nothing) {
      ++group.generation;
      group.changed_ns = now;
    }
    requests[key] = {std::string(io.group_id(i)), offer, io.desired(i), now, nothing};
    io.answer(i, nothing ? NOVA_OP_NOTHING : NOVA_OP_PENDING);
  }

  nova::Context ctx;
  std::int64_t boot_ns;
  std::map<std::string, Held> groups;
  std::map<std::uint64_t, std::string> names;  // by key, for forget
  std::map<nova::Token, Done> requests;
  std::uint64_t made_so_far = 0;
};

}  // namespace

NOVA_PLUGIN("@ID@", "Example", "1.0.0", nova::controller_component<@CLASS@>)
