// Budgets: what may be spent an hour and a month, by all, a tenant or a group; and that it holds.
//
// The hourly limit binds the run rate after an action, the monthly one what is spent so far, what
// is promised, and what runs on to the end of the month; the tighter of the two wins, and of
// several budgets all must pass. Money is reserved when a decision is made and settled when its
// charge is known, so two decisions never spend the last dollar twice. Amortised spend is budgeted
// (an upfront payment counts by the hour), cash is reported beside it. Months are those of the
// budget's time zone. A hard budget trims a scale-out to what is affordable; a soft one only tells;
// giving machines up is always allowed. Sums are kept, so a check costs the same for one group and
// for ten thousand. Not safe from several threads: the host settles groups one after the other.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/money.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/cost/period.hpp"

namespace nova {

struct BudgetSpec {
  std::string name;
  std::string tenant, group;  // empty = all of them
  std::optional<UsdPerHour> max_hourly;
  std::optional<Usd> max_monthly;
  double warning = 0.80, alert = 0.95;  // shares of a limit
  bool hard = true;
  TimeZone zone;
};

struct Spend {
  Usd amortised, cash;
};

enum class BudgetLevel { ok, warning, alert, exceeded };
const char* to_string(BudgetLevel level) noexcept;

struct BudgetEvent {
  std::string budget;
  bool monthly = false;
  BudgetLevel level = BudgetLevel::ok;  // reached from below
  double share = 0;                     // projected / limit
};

struct BudgetStatus {
  std::string budget;
  UsdPerHour rate;                             // now, reservations included
  Spend month_to_date;                         // settled
  Usd projected;                               // at the end of the month, amortised
  double hourly_share = 0, monthly_share = 0;  // of the limits; 0 where there is none
  BudgetLevel level = BudgetLevel::ok;         // the higher of both, without hysteresis
  BudgetLevel hourly = BudgetLevel::ok, monthly = BudgetLevel::ok;  // as last observed
};

// What a decision would have a group spend.
struct SpendRequest {
  std::string tenant, group;
  TimePoint now;
  UsdPerHour rate;  // of the whole group after the action
  Usd once;         // the cost of the move
};

struct BudgetVerdict {
  bool allowed = true;
  std::vector<std::string> violated;  // "monthly-budget: 15200 USD by the month's end, limit 15000"
  std::string binding;                // name of the first hard one of them
};

class BudgetBook {
 public:
  BudgetBook() = default;
  // Errors: invalid_argument for a limit that is not positive, thresholds that do not ascend within
  // (0, 1], or two budgets of one name.
  static Result<BudgetBook> make(std::vector<BudgetSpec> specs);

  // What a group is running at, all its charges up to `settled_until` being known.
  void set_rate(const std::string& tenant, const std::string& group, UsdPerHour rate,
                TimePoint settled_until);

  // Charges a group for [from, to); across a month's end they are split by time, exactly.
  void charge(const std::string& tenant, const std::string& group, TimePoint from, TimePoint to,
              Spend spend);

  // Whether a decision is affordable. Soft budgets are named and do not forbid.
  BudgetVerdict check(const SpendRequest& request) const;

  // The most a group may run at by its hard budgets; none = nothing binds it.
  std::optional<UsdPerHour> most_rate(const std::string& tenant, const std::string& group,
                                      TimePoint now) const;
  // Whether a hard budget binds a group.
  bool binds(const std::string& tenant, const std::string& group) const;
  bool empty() const { return budgets_.empty(); }

  // The same, and if allowed the money is held until settle or release. A token that holds already
  // is answered as before and holds once.
  BudgetVerdict reserve(const std::string& token, const SpendRequest& request);
  // The action is done: the group runs at `rate` from `now` on, and `actual` is what it was charged
  // since its charges were last known, the move included. What was reserved is free.
  void settle(const std::string& token, UsdPerHour rate, TimePoint now, Spend actual);
  // The action was not done.
  void release(const std::string& token);

  // The largest count in [present, wanted] that is affordable, `present` if none is. Every count is
  // tried from the top: with volume discounts fewer machines may cost more.
  std::uint32_t affordable(SpendRequest request, std::uint32_t present, std::uint32_t wanted,
                           const std::function<UsdPerHour(std::uint32_t)>& rate_of) const;

  // Levels newly reached since the last call, once a crossing: a level left is left when the share
  // has fallen 2 % below it, and all begin anew with the month.
  std::vector<BudgetEvent> observe(TimePoint now);

  std::vector<BudgetStatus> status(TimePoint now) const;

  struct Held {  // by a reservation
    std::string token;
    TimePoint since;
    UsdPerHour rate;
    Usd once;
  };
  // All that is not in the specs, for a snapshot; budgets by name, those unknown are passed over.
  struct State {
    struct Running {
      std::string tenant, group;
      UsdPerHour rate;
      TimePoint until;
      std::vector<Held> held;
    };
    struct Kept {
      std::string budget;
      std::map<TimePoint, Spend> spent;
      TimePoint month;  // the start of the last one observed
      BudgetLevel hourly = BudgetLevel::ok, monthly = BudgetLevel::ok;
    };
    std::vector<Running> groups;
    std::vector<Kept> budgets;
  };
  State state() const;
  void restore(const State& state);

  // Up to when the charges of a group are known; none = nothing of it is.
  std::optional<TimePoint> known_until(const std::string& tenant, const std::string& group) const;

 private:
  struct Group {
    UsdPerHour rate;  // running
    TimePoint until;  // charges are known up to here
    std::vector<Held> held;
    UsdPerHour counted;          // the most of running and reserved
    __int128 counted_until = 0;  // sum of its parts x the instant each counts from
    Usd once;                    // reserved
    std::vector<std::size_t> budgets;
  };
  struct Budget {
    BudgetSpec spec;
    std::map<TimePoint, Spend> spent;  // by the month's start
    __int128 rate = 0;                 // sum of counted, nanos an hour
    __int128 rate_until = 0;           // sum of counted_until, nanos an hour x ns
    std::int64_t once = 0;
    Period month;  // of the last observe
    BudgetLevel hourly = BudgetLevel::ok, monthly = BudgetLevel::ok;
  };

  Group& group(const std::string& tenant, const std::string& group);
  const Group* find(const std::string& tenant, const std::string& group) const;
  std::vector<std::size_t> budgets_of(const std::string& tenant, const std::string& group) const;
  void count(const Group& group, int sign);
  void recount(Group& group);
  std::optional<Held> take(const std::string& token);
  BudgetStatus status_of(const Budget& budget, TimePoint now) const;

  std::vector<Budget> budgets_;
  std::map<std::pair<std::string, std::string>, Group> groups_;
  std::map<std::string, std::pair<std::string, std::string>> holder_;  // of each token
};

}  // namespace nova
