// Goal: tokens, generations, fences and operations are kept as the contract wants them, for
// whichever backend. Method: a ledger shown what was seen; a backend of a few lines behind the
// contract.
#include <gmock/gmock.h>

#include "plugins/controllers/ledger/controller.hpp"
#include "plugins/controllers/ledger/ledger.hpp"
#include "tests/plugins/controllers/fleet_calls.hpp"

namespace ledger_test {

using namespace nova::fleet;
using testing::HasSubstr;

Seen web(std::uint32_t desired, std::uint32_t serving, std::uint32_t booting = 0) {
  Seen seen;
  seen.id = "web", seen.min = 1, seen.max = 10;
  seen.offers = {{"", desired, booting, serving, 0, 0}};
  return seen;
}
Row to(std::uint32_t desired, std::uint8_t token) { return {"web", "", desired, {token}, {}, {}}; }
Verdict judged(const Ledger& ledger, Row row) {
  std::vector<Row> rows = {std::move(row)};
  return ledger.judge(rows)[0];
}

TEST(Ledger, CountsGenerationsByWhatIsWished) {
  Ledger ledger(1000);
  ledger.see(web(2, 2), 1);
  const auto first = ledger.generation("web");
  ledger.see(web(2, 1, 1), 2);
  EXPECT_EQ(ledger.generation("web"), first) << "machines come and go";
  ledger.see(web(3, 1), 3);
  EXPECT_EQ(ledger.generation("web"), first + 1);
  EXPECT_EQ(ledger.changed_ns("web"), 3);
  auto told = web(3, 1);
  told.generation = 77;
  ledger.see(told, 4);
  EXPECT_EQ(ledger.generation("web"), 77u) << "the backend's own";
}

TEST(Ledger, JudgesRows) {
  Ledger ledger(1000);
  ledger.see(web(2, 2), 1);
  auto stale = to(3, 1), old_host = to(3, 1);
  stale.generation = ledger.generation("web") + 1;
  const std::tuple<Row, std::int32_t, std::int32_t, const char*> cases[] = {
      {to(3, 1), NOVA_OK, 0, ""},
      {to(2, 1), NOVA_OK, NOVA_OP_NOTHING, ""},
      {to(3, 0), NOVA_INVALID_ARGUMENT, 0, "token"},
      {to(11, 1), NOVA_QUOTA, 0, "may hold 10 machines, asked were 11"},
      {to(0, 1), NOVA_INVALID_ARGUMENT, 0, "must hold 1"},
      {stale, NOVA_ABORTED, 0, "generation is 1"},
      {{"nobody", "", 1, {1}, {}, {}}, NOVA_NOT_FOUND, 0, "no group \"nobody\""}};
  for (const auto& [row, status, state, note] : cases) {
    const auto got = judged(ledger, row);
    EXPECT_EQ(got.status, status) << note;
    EXPECT_EQ(got.state, state) << note;
    EXPECT_THAT(got.note, HasSubstr(note));
  }
  auto fenced = to(3, 1);
  fenced.fence = 5, old_host.fence = 4;
  ledger.fence({fenced}, {judged(ledger, fenced)});
  EXPECT_EQ(judged(ledger, old_host).status, NOVA_ABORTED);
  EXPECT_EQ(judged(ledger, fenced).status, NOVA_OK);
  // Two offers of one group share its limit.
  const Row more{"web", "other", 8, {2}, {}, {}};
  std::vector<Row> two = {more, to(3, 2)};
  const auto both = ledger.judge(two);
  EXPECT_EQ(both[0].status, NOVA_OK);
  EXPECT_EQ(both[1].status, NOVA_QUOTA);
  auto one_kind = web(2, 2);
  one_kind.one_kind = true;
  ledger.see(one_kind, 2);
  EXPECT_EQ(judged(ledger, more).status, NOVA_INVALID_ARGUMENT) << "no offer can be named";
  EXPECT_EQ(judged(ledger, to(3, 2)).status, NOVA_OK);
  auto closed = web(2, 2);
  closed.status = NOVA_UNAUTHENTICATED, closed.why = "who?";
  ledger.see(closed, 2);
  EXPECT_EQ(judged(ledger, to(3, 9)).note, "who?");
}

TEST(Ledger, FollowsAnOperationToItsEnd) {
  Ledger ledger(1000);
  ledger.see(web(2, 2), 0);
  EXPECT_FALSE(ledger.poll({1}, 0));
  EXPECT_EQ(ledger.take(to(4, 1), false, 0), NOVA_OP_RUNNING);
  EXPECT_EQ(ledger.take(to(4, 1), false, 5), NOVA_OP_RUNNING) << "once";
  EXPECT_EQ(ledger.waiting({{1}, {7}}), std::vector<std::string>{"web"});
  ledger.see(web(4, 3, 1), 10);
  auto op = *ledger.poll({1}, 10);
  EXPECT_EQ(op.state, NOVA_OP_RUNNING);
  EXPECT_EQ(op.machines, 1u);
  EXPECT_EQ(op.progress, 0.5);
  EXPECT_EQ(op.ended_ns, NOVA_NONE);
  ledger.see(web(4, 4), 20);
  op = *ledger.poll({1}, 20);
  EXPECT_EQ(op.state, NOVA_OP_DONE);
  EXPECT_EQ(op.machines, 2u);
  EXPECT_EQ(op.ended_ns, 20);
  EXPECT_TRUE(ledger.waiting({{1}}).empty());
  EXPECT_EQ(judged(ledger, to(4, 1)).state, NOVA_OP_DONE) << "the same token again";
  ledger.take(to(3, 2), false, 30);
  ledger.see(web(3, 4), 31);
  EXPECT_EQ(ledger.poll({2}, 31)->state, NOVA_OP_RUNNING);
  ledger.see(web(3, 3), 32);
  EXPECT_EQ(ledger.poll({2}, 32)->state, NOVA_OP_DONE) << "scale-in";
  // One that comes to nothing, one that comes halfway, one that another request overtakes.
  ledger.take(to(5, 3), false, 40);
  ledger.see(web(5, 3), 41);
  EXPECT_EQ(ledger.poll({3}, 1040)->state, NOVA_OP_RUNNING);
  EXPECT_EQ(ledger.poll({3}, 1041)->state, NOVA_OP_FAILED);
  EXPECT_EQ(ledger.poll({3}, 1041)->result, NOVA_DEADLINE_EXCEEDED);
  ledger.see(web(3, 3), 1042);
  ledger.take(to(5, 4), false, 1050);
  ledger.see(web(5, 4), 1051);
  EXPECT_EQ(ledger.poll({4}, 2051)->state, NOVA_OP_PARTIAL);
  ledger.take(to(6, 5), false, 2060);
  ledger.see(web(7, 4), 2061);
  EXPECT_EQ(ledger.poll({5}, 2061)->state, NOVA_OP_CANCELLED);
  EXPECT_EQ(ledger.poll({5}, 2061)->result, NOVA_ABORTED);
  EXPECT_EQ(ledger.take(to(7, 6), true, 2062), NOVA_OP_NOTHING);
  EXPECT_EQ(ledger.poll({6}, 2062)->progress, 1);
  // Ended ones are remembered for a day.
  EXPECT_TRUE(ledger.poll({1}, 20 + 3600 * std::int64_t{1'000'000'000}));
  ledger.poll({6}, 90'000 * std::int64_t{1'000'000'000});
  EXPECT_FALSE(ledger.poll({1}, 90'000 * std::int64_t{1'000'000'000}));
}

Row victim(const char* machine, std::uint8_t token, bool replace = false) {
  auto row = to(0, token);
  row.machine = machine, row.replace = replace;
  return row;
}
Seen with_machines(std::uint32_t desired,
                   const std::vector<std::pair<const char*, int>>& machines) {
  auto seen = web(desired, static_cast<std::uint32_t>(machines.size()));
  seen.machines.emplace();
  for (const auto& [id, state] : machines) {
    nova::Machine machine;
    machine.group_id = "web", machine.machine_id = id, machine.state = state;
    seen.machines->push_back(machine);
  }
  return seen;
}

TEST(Ledger, TakesChosenVictims) {
  Ledger ledger(1000);
  auto seen = with_machines(3, {{"a", NOVA_MACHINE_RUNNING},
                                {"b", NOVA_MACHINE_RUNNING},
                                {"c", NOVA_MACHINE_RUNNING},
                                {"gone", NOVA_MACHINE_STOPPING}});
  seen.machines->at(2).marks = NOVA_MARK_PROTECTED;
  ledger.see(seen, 0);
  std::vector<Row> rows = {victim("a", 1),    victim("b", 1), victim("c", 1),
                           victim("gone", 1), to(3, 0),       victim("a", 2, true)};
  const auto got = ledger.judge(rows);
  EXPECT_EQ(got[0].status, NOVA_OK);
  EXPECT_EQ(rows[0].desired, 2u);
  EXPECT_EQ(rows[1].desired, 1u) << "by the rows before it";
  EXPECT_EQ(got[2].status, NOVA_FAILED_PRECONDITION);
  EXPECT_EQ(got[3].status, NOVA_NOT_FOUND) << "is on its way out";
  EXPECT_EQ(got[4].status, NOVA_INVALID_ARGUMENT) << "no token";
  EXPECT_EQ(rows[5].desired, 1u) << "a replacement takes nothing away";
  EXPECT_EQ(got[5].state, 0) << "and is not nothing";
  ledger.take(rows[0], false, 0), ledger.take(rows[1], false, 0);
  ledger.see(with_machines(1, {{"b", NOVA_MACHINE_STOPPING}, {"c", NOVA_MACHINE_RUNNING}}), 5);
  auto op = *ledger.poll({1}, 5);
  EXPECT_EQ(op.state, NOVA_OP_RUNNING);
  EXPECT_EQ(op.machines, 1u);
  EXPECT_EQ(op.progress, 0.5);
  ledger.see(with_machines(1, {{"c", NOVA_MACHINE_RUNNING}}), 6);
  EXPECT_EQ(ledger.poll({1}, 6)->state, NOVA_OP_DONE);
  EXPECT_EQ(judged(ledger, victim("a", 1)).state, NOVA_OP_DONE) << "the same token again";
  // The group's own least number holds for victims, too.
  EXPECT_EQ(judged(ledger, victim("c", 3)).status, NOVA_INVALID_ARGUMENT);
}

TEST(Ledger, EndsWhereTheBackendCannotDeliver) {
  Ledger ledger(1000);
  ledger.see(web(2, 2), 0);
  ledger.take(to(5, 1), false, 10);
  auto seen = web(5, 3);
  seen.trouble = Trouble{NOVA_CAPACITY, "none left in zone a", 9};
  ledger.see(seen, 11);
  EXPECT_EQ(ledger.poll({1}, 11)->state, NOVA_OP_RUNNING) << "that was before";
  seen.trouble->at_ns = 11;
  ledger.see(seen, 12);
  const auto op = *ledger.poll({1}, 12);
  EXPECT_EQ(op.state, NOVA_OP_PARTIAL);
  EXPECT_EQ(op.result, NOVA_CAPACITY);
  EXPECT_EQ(op.machines, 1u);
  EXPECT_EQ(ledger.why({1}), "none left in zone a");
  ledger.take(to(6, 2), false, 20);
  ledger.end(to(6, 2), {NOVA_QUOTA, 0, "no more for you", 0}, 21);
  EXPECT_EQ(ledger.poll({2}, 21)->state, NOVA_OP_FAILED);
  EXPECT_EQ(ledger.poll({2}, 21)->result, NOVA_QUOTA);
  EXPECT_EQ(ledger.why({7}), "");
}

// A backend of plain numbers: "small" of them are to be had.
class Tiny : public Controller {
 public:
  static constexpr auto id = "test.controller.tiny", name = "Tiny", version = "1.0.0",
                        description = "";
  static constexpr std::uint32_t flags = 0;
  static constexpr auto schema =
      R"({"type": "object", "properties": {)" NOVA_OPERATION_TIMEOUT "}}";
  explicit Tiny(nova::Context context) : Controller(context) {}
  void act(const nova::Call& call, nova::MachineAction& io) { act_on(call, io); }

 private:
  void adopt(const std::string& group, const nova::Config& settings) override {
    if (settings.has("bad")) throw nova::Error(NOVA_INVALID_ARGUMENT, "/bad: must not be there");
    has_.try_emplace(group);
  }
  void drop(const std::string& group) override { has_.erase(group); }
  std::vector<Seen> look(const nova::Call&, const std::vector<std::string>& groups, Look) override {
    std::vector<Seen> out;
    for (const auto& group : groups) {
      Seen seen;
      seen.id = group, seen.max = 9, seen.machines.emplace();
      const auto n = static_cast<std::uint32_t>(has_.at(group).size());
      seen.offers = {{"", n, 0, n, 0, 0}};
      for (const auto& machine : has_.at(group)) {
        nova::Machine row;
        row.group_id = group, row.machine_id = machine, row.state = NOVA_MACHINE_RUNNING;
        seen.machines->push_back(row);
      }
      out.push_back(std::move(seen));
    }
    return out;
  }
  std::vector<Verdict> send(const nova::Call&, const std::vector<Row>& rows) override {
    std::vector<Verdict> out;
    for (const auto& row : rows) {
      auto& machines = has_.at(row.group);
      if (!row.machine.empty()) machines.erase(row.machine);
      const auto before = machines.size();
      while (machines.size() > row.desired) machines.erase(machines.begin());
      while (machines.size() < row.desired && machines.size() < 4)
        machines.insert("m" + std::to_string(next_++));
      const auto done = static_cast<std::uint32_t>(machines.size() - before);
      if (machines.size() == row.desired)
        out.push_back({});
      else
        out.push_back({NOVA_CAPACITY, done == 0 ? 0 : NOVA_OP_PARTIAL, "four are all", done});
    }
    return out;
  }

  std::map<std::string, std::set<std::string>> has_;
  int next_ = 1;
};

TEST(FleetController, ActsOncePerTokenAndTellsWhatWasLeft) {
  static constexpr auto component = nova::controller_component<Tiny>;
  nova::FakeHost host;
  nova::FakeComponent c(component, host);
  ASSERT_EQ(c.status, NOVA_OK) << c.error();
  EXPECT_EQ(c.bind({"web", "db"}, {"{}", R"({"bad":1})"}),
            (std::vector<std::int32_t>{NOVA_OK, NOVA_INVALID_ARGUMENT}));
  nova_test::FleetCalls fleet(c);
  EXPECT_EQ(fleet.groups().size(), 1u) << "what is refused is not bound";
  EXPECT_EQ(fleet.scale("web", 3, 1).state, NOVA_OP_RUNNING);
  EXPECT_EQ(fleet.poll(1).state, NOVA_OP_DONE);
  const auto victim = fleet.machines().at(1).id;
  EXPECT_EQ(fleet.act(NOVA_ACT_REMOVE, "web", victim, 2).state, NOVA_OP_RUNNING) << c.error();
  EXPECT_EQ(fleet.act(NOVA_ACT_REMOVE, "web", victim, 2).status, NOVA_OK) << "the same again";
  EXPECT_EQ(fleet.poll(2).state, NOVA_OP_DONE);
  EXPECT_EQ(fleet.group("web").desired, 2u);
  for (const auto& machine : fleet.machines()) EXPECT_NE(machine.id, victim);
  EXPECT_EQ(fleet.act(NOVA_ACT_REMOVE, "web", "nobody", 3).status, NOVA_NOT_FOUND);
  EXPECT_EQ(fleet.act(NOVA_ACT_REMOVE, "web", "", 4).status, NOVA_INVALID_ARGUMENT);
  EXPECT_EQ(fleet.act(NOVA_ACT_DRAIN, "web", victim, 5).status, NOVA_UNIMPLEMENTED);
  // Two of four were to be had: that is told at once, and again by poll.
  const auto some = fleet.scale("web", 6, 6);
  EXPECT_EQ(some.state, NOVA_OP_PARTIAL);
  EXPECT_TRUE(host.noted(0, "four are all"));
  EXPECT_EQ(fleet.poll(6).result, NOVA_CAPACITY);
  EXPECT_EQ(fleet.poll(6).machines, 2u);
  EXPECT_EQ(fleet.scale("web", 6, 7).status, NOVA_CAPACITY);
  EXPECT_EQ(fleet.poll(7).result, NOVA_NOT_FOUND) << "refused as a whole: never taken";
}

}  // namespace ledger_test
