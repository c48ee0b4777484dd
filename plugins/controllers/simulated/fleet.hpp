// A fleet of virtual machines that exists only here: groups, machines, what becomes of them,
// operations.
//
// Input: requests with the time they come at. Output: answers as nova.controller/1 wants them.
// Called by plugin.cpp. Everything follows the time it is given, lazily: advance() lets happen what
// is due.
//
// Rules. A machine requested at t serves from t + its boot time. Scale-in is immediate: booting
// machines go first, the newest before the older, then draining, unhealthy and running ones, again
// the newest first; protected ones stay. The fleet does not heal itself: a machine that fails to
// boot or is taken away leaves a smaller group, whose generation moves, so the number desired of an
// offer is always the number of its machines. The same seed and the same calls give the same fleet.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "chance.hpp"

namespace nova::simulated {

using Token = std::array<std::uint8_t, 16>;        // all zero = none
inline constexpr std::int64_t kNever = INT64_MIN;  // as NOVA_NONE

struct Behaviour {
  std::int64_t boot_ns =
      180'000'000'000;  // median; the same for all machines unless boot_p95_ns differs
  std::int64_t boot_p95_ns = 180'000'000'000;
  // Probabilities: of a request to fail as a whole, and of one machine not to be had or not to come
  // up.
  double unavailable = 0, throttled = 0, quota = 0, capacity = 0, boot_fails = 0;
  std::vector<std::string> sold_out;  // offers of which no machine is to be had; with * and ?
  double interruptions_month =
      0;                       // expected per machine in 730 h, of offers whose id ends in /spot
  double illnesses_month = 0;  // the same for a serving machine of any offer to become unhealthy
  std::uint64_t seed = 1;
};

struct GroupRules {
  std::uint32_t initial = 0;  // machines that serve from the start
  std::string offer;          // theirs
  std::uint32_t min = 0, max = 1'000'000;
};

struct Machine {
  std::uint64_t number;  // unique in the fleet, ascending with age
  Token token;           // of the request that made it
  std::int64_t created_ns, serving_ns;
  std::int32_t state;  // NOVA_MACHINE_*
  bool healthy = true;
  std::uint32_t marks = 0;  // NOVA_MARK_*
  std::uint32_t part = 0;   // of the operation `token`
};

struct Request {
  std::string_view group, offer;
  std::uint32_t desired;
  Token token;
  std::optional<std::uint64_t> generation, fence;
};
struct Action {
  std::int32_t action;  // NOVA_ACT_*
  std::string_view group, machine;
  Token token;
  std::optional<std::uint64_t> fence;
};
struct Answer {
  std::int32_t status = 0, state = 0;
  std::string note;
};

struct Progress {
  std::int32_t state = 0, result = 0;
  std::uint32_t machines = 0;
  double progress = 0;
  std::int64_t started_ns = kNever, ended_ns = kNever, eta_ns = kNever;
};

class Fleet {
 public:
  struct Row {  // what a group holds of one offer; machines ascend by number
    std::string offer;
    std::vector<Machine> machines;
  };
  struct Group {
    std::string name;
    GroupRules rules;
    std::uint64_t generation = 1, fence = 0;
    std::int64_t changed_ns = kNever;
    std::vector<Row> rows;
    bool aside = false;  // not served at present
    std::uint64_t size() const;
  };

  explicit Fleet(const Behaviour& behaviour) : behaviour_(behaviour), chance_(behaviour.seed) {}

  // A group that is new gets its initial machines; one that is known only takes the new limits.
  void add_group(std::string_view name, const GroupRules& rules, std::int64_t now);
  // The group is served no longer. Its machines live on, as a provider's would, and are found when
  // it is added again.
  void set_aside(std::string_view name);
  const Group* find(std::string_view name) const;  // null if not served
  const std::deque<Group>& groups() const noexcept { return groups_; }

  // Lets happen what is due at `now`. Time never runs back.
  void advance(std::int64_t now);

  // Answers row by row, advanced to `now`. would_scale says what scale would, and changes nothing.
  std::vector<Answer> scale(std::span<const Request> requests, std::int64_t now);
  std::vector<Answer> would_scale(std::span<const Request> requests) const;
  Answer act(const Action& action, std::int64_t now);

  std::optional<Progress> poll(const Token& token) const;
  // Stops what still boots for the request; how it stands then.
  std::optional<Progress> cancel(const Token& token, std::int64_t now);

  static std::string machine_id(std::uint64_t number) { return "sim-" + std::to_string(number); }

 private:
  // One row of a request, or one action. A request of several rows under one token has several
  // parts.
  struct Part {
    std::string what;         // group and offer, or group and machine
    std::uint32_t asked = 0;  // machines that were to start or to go
    std::uint32_t booting = 0, done = 0, failed = 0, cancelled = 0;
    std::int32_t result = 0;
    bool nothing = false;
    std::int64_t started_ns = kNever, ended_ns = kNever, eta_ns = kNever;
    std::int32_t state() const;
  };
  struct Verdict : Answer {  // what a row would come to
    bool known = false;      // the token was seen: no effect
    std::uint32_t launch = 0, refused = 0, remove = 0;
  };
  // What earlier rows of the same call have settled, so that would_scale needs no fleet to change.
  struct Batch {
    std::unordered_map<std::string, std::uint64_t> desired, total;  // by group and offer; by group
    std::unordered_map<std::string, bool> stale;                    // generation, by group
    std::unordered_map<std::string, std::uint64_t> fence;
    std::unordered_map<std::string, std::int32_t> taken;  // state by token and part
  };
  enum class Due { serve, fail, notice, vanish, sicken };
  struct Event {
    std::int64_t time_ns;
    std::uint64_t machine;
    Due due;
    std::size_t group, row;
    bool operator>(const Event& o) const {
      return time_ns != o.time_ns   ? time_ns > o.time_ns
             : machine != o.machine ? machine > o.machine
                                    : due > o.due;
    }
  };
  struct TokenHash {
    std::size_t operator()(const Token& t) const noexcept;
  };

  std::optional<Answer> gate(const Group* group, const Request& r, Batch& batch) const;
  bool sold_out(std::string_view offer) const;
  std::optional<Answer> trouble(std::uint64_t draw, bool more) const;
  Verdict judge(const Request& r, std::uint64_t draw, Batch& batch) const;
  void apply(const Request& r, const Verdict& v, std::int64_t now);
  Answer change(std::int32_t action, Group& group, Row& row, std::size_t index);
  const Part* part(const Token& token, const std::string& what) const;
  std::uint32_t open(const Token& token, std::string what,
                     std::int64_t now);  // index of the new part
  Part* part_of(const Machine& m);

  Group* group(std::string_view name);
  Row& row(Group& group, std::string_view offer);
  void changed(Group& group, std::int64_t now);
  std::int64_t boot_time(std::uint64_t machine) const;
  void launch(Group& group, Row& row, const Token& token, std::uint32_t part, std::int64_t now);
  void plan_interruption(const Machine& m, std::size_t group, std::size_t row);
  void plan_illness(const Machine& m, std::size_t group, std::size_t row);
  void remove_victim(Group& group, Row& row, std::int64_t now);
  void drop(Group& group, Row& row, std::size_t index, std::int64_t now, std::int32_t why);
  void happen(const Event& event);
  void forget_old(std::int64_t now);

  Behaviour behaviour_;
  Chance chance_;
  std::deque<Group> groups_;  // in the order they came, so that listings repeat
  std::unordered_map<std::string, std::size_t> index_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> due_;
  std::unordered_map<Token, std::vector<Part>, TokenHash> operations_;
  std::deque<std::pair<std::int64_t, Token>> by_age_;
  std::uint64_t machines_made_ = 0, rows_asked_ = 0;
  std::int64_t now_ = kNever;
};

}  // namespace nova::simulated
