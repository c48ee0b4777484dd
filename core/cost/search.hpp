// Integer mixes: constructed from dual prices, improved by exchanges, shaken and built again.
//
// A state holds counts, what each row has left, and the cost, and is kept up to date by one machine
// at a time. Fill adds machines by cost per unit of what is still missing, valued by the duals of
// the relaxation; polish tries drops and exchanges of up to two machines for up to two others until
// none helps; shake takes some machines away so that fill can go another way. Only cost counts on
// the way (many small machines leave more to try than few large ones); tidy then prefers fewer
// machines, then less risk, at the same cost. Internal to the optimiser; deterministic: the same
// program, prices and steps give the same mix. Sources: Ruiz and Stuetzle, "A simple and effective
// iterated greedy algorithm", EJOR 177 (2007); Pisinger's core concept for knapsacks (1999).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "core/cost/program.hpp"

namespace nova {

struct MixValue {
  std::int64_t cost = 0, machines = 0, risk = 0;
  auto operator<=>(const MixValue&) const = default;
};

class Search {
 public:
  // `price`: of each row; `core`: columns worth trying, best first. `steps` bounds the exchanges
  // that are weighed over the life of the search.
  Search(const Program& program, std::vector<double> price, std::vector<std::uint32_t> core,
         std::int64_t steps, std::uint64_t seed);

  // Adds machines to `counts` until it is feasible, then polishes; false if it cannot get there.
  // `noise` > 0 blurs prices by up to that share.
  bool improve(const std::vector<std::uint32_t>& counts, double noise = 0);

  // Whether `counts` are feasible as they are; then they are the best if none is better.
  bool take(const std::vector<std::uint32_t>& counts);

  // Shakes the mix at hand and improves it again, `times` over.
  void shake(double bound, double gap, int times);

  // Whether steps are left and the best mix is not yet within `gap` of `bound`.
  bool goes_on(double bound, double gap) const {
    return steps_ > 0 && !(best_ && static_cast<double>(best_value_.cost) * (1 - gap) <= bound);
  }
  void spend(std::int64_t steps) { steps_ -= steps; }

  // Makes the best mix the one of the fewest machines, then of least risk, that costs no more.
  void tidy(std::int64_t steps);

  bool found() const { return best_.has_value(); }
  const std::vector<std::uint32_t>& best() const { return *best_; }
  MixValue value() const { return best_value_; }

 private:
  void start();
  void load(const std::vector<std::uint32_t>& counts);
  void change(std::uint32_t j, std::int64_t by);
  MixValue value_of(std::uint32_t j, std::int64_t by) const;
  bool side_conditions_hold() const;
  Amounts worst_pool() const;
  void trim();
  bool fill(double noise);
  bool widen();
  std::int64_t missing(std::size_t k, const Amounts& worst) const;
  std::int64_t room(std::uint32_t j) const;
  bool polish();
  bool try_exchange(std::initializer_list<std::uint32_t> out,
                    std::initializer_list<std::uint32_t> in);
  bool merge();
  bool feasible() const;
  void keep();
  bool try_all(std::initializer_list<std::uint32_t> out);
  void take_some();
  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  const Program& p_;
  std::vector<double> price_, toll_;  // toll: cost of a machine plus what it takes of scarce rows
  std::vector<double> blur_;          // of prices, while a mix is filled
  std::vector<std::uint32_t> core_;
  std::int64_t steps_;
  std::mt19937_64 random_;

  std::vector<std::uint32_t> n_, pool_count_, type_count_;
  std::vector<std::int64_t> next_;  // what one more machine of a column would cost
  std::vector<std::int64_t> left_;  // left side less right side of each row; >= 0 is satisfied
  std::vector<std::int64_t> delta_;
  std::vector<std::uint32_t> touched_, used_;
  std::uint32_t pools_used_ = 0, types_used_ = 0;
  MixValue value_;

  std::optional<std::vector<std::uint32_t>> best_;
  MixValue best_value_;
  bool tidying_ = false;  // equal cost with fewer machines is an improvement
};

}  // namespace nova
