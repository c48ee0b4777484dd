#include "core/cost/program.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <unordered_map>

#include "core/cost/exact.hpp"

namespace nova {
namespace {

constexpr std::uint32_t kMostInProgram = 100'000;
constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();

// Dense numbers for keys, in order of first use.
template <class Key>
class Numbers {
 public:
  std::uint32_t operator()(Key key) {
    return numbers_.try_emplace(key, static_cast<std::uint32_t>(numbers_.size())).first->second;
  }
  std::uint32_t size() const { return static_cast<std::uint32_t>(numbers_.size()); }

 private:
  std::unordered_map<Key, std::uint32_t> numbers_;
};
using Names = Numbers<std::string_view>;  // borrowed from the question

std::int64_t cap_of(double share, std::int64_t demand) {
  return static_cast<std::int64_t>(std::floor(share * static_cast<double>(demand)));
}
std::int64_t floor_of(double share, std::int64_t demand) {
  return static_cast<std::int64_t>(std::ceil(share * static_cast<double>(demand)));
}

class Builder {
 public:
  Builder(const MixQuestion& question, std::size_t tier) : q_(question) {
    if (tier > 0) {
      const auto& t = q_.volume.tiers()[tier - 1];
      price_ = kMillion - to_millionths(t.discount);
      machines_ = t.from > q_.account_machines ? t.from - q_.account_machines : 0;
    }
  }

  Program build() {
    p_.limits = q_.limits;
    add_shared_rows();
    find_front();
    for (std::size_t j = 0; j < q_.columns.size(); ++j) {
      const auto& c = q_.columns[j];
      const auto most = most_of(c);
      if (most > 0 && !is_pointless(j)) add(j, most);
      if (c.held > most) p_.gone += per_hour(c.move_out) * (c.held - most);
    }
    p_.start.push_back(static_cast<std::uint32_t>(p_.entries.size()));
    p_.base_row = base_;
    if (!spot_rows_.empty() && spot_rows_[0] != kNoRow)
      for (std::uint32_t k = 0; k < p_.resource.size(); ++k)
        p_.spot_row.push_back(spot_rows_[0] + k);
    p_.pools = pools_.size();
    p_.types = types_.size();
    return std::move(p_);
  }

 private:
  struct Steady {  // a machine nobody takes away
    std::int64_t cost, price, up;
    Amounts amount;
    bool tiered;
    std::size_t column;
  };

  std::uint32_t row(std::int64_t rhs, bool packing) {
    p_.rhs.push_back(rhs);
    p_.packing.push_back(packing ? 1 : 0);
    return static_cast<std::uint32_t>(p_.rhs.size() - 1);
  }

  void add_shared_rows() {
    for (std::size_t r = 0; r < kResources; ++r) {
      if (q_.demand[r] == 0) continue;
      p_.resource.push_back(r);
      p_.demand_row.push_back(row(q_.demand[r], false));
      p_.alive[r] = floor_of(q_.limits.alive, q_.demand[r]);
    }
    // What may not be spot is other machines: said twice, so that the search knows what is missing.
    if (q_.limits.base_on_demand > 0 || q_.limits.spot < 1)
      for (const auto r : p_.resource) {
        const auto demand = q_.demand[r];
        const auto rest = q_.limits.spot < 1 ? demand - cap_of(q_.limits.spot, demand) : 0;
        base_.push_back(row(std::max(rest, floor_of(q_.limits.base_on_demand, demand)), false));
      }
    for (const auto units : q_.commitments) commitment_.push_back(row(-units, true));
    if (q_.limits.budget) budget_ = row(-q_.limits.budget->nanos, true);
    if (machines_ > 0) tier_ = row(machines_, false);
  }

  std::int64_t per_hour(Usd once) const {
    return std::llround(std::min(static_cast<double>(once.nanos) / q_.life_hours, 1e13));
  }

  // The most machines of a column that can ever be of use; 0 = it cannot be used at all.
  std::uint32_t most_of(const MixColumn& c) const {
    std::int64_t most = c.available ? *c.available : kMostInProgram;
    std::int64_t enough = 0;  // twice the demand: a lost pool may have to be made up for
    for (std::size_t r = 0; r < kResources; ++r) {
      if (q_.demand[r] == 0) continue;
      if (c.amount[r] == 0) return 0;
      enough = std::max(enough, (2 * q_.demand[r] + c.amount[r] - 1) / c.amount[r]);
      if (c.pay == PayAs::spot && q_.limits.pool < 1)
        most = std::min(most, cap_of(q_.limits.pool, q_.demand[r]) / c.amount[r]);
    }
    if (c.pay == PayAs::covered) most = std::min(most, q_.commitments[*c.commitment] / c.units);
    most = std::min(most, std::max<std::int64_t>({enough, machines_, c.held, 1}));
    return static_cast<std::uint32_t>(std::min<std::int64_t>(most, kMostInProgram));
  }

  std::int64_t scaled(const MixColumn& c, UsdPerHour x) const {
    const bool discounted = c.pay == PayAs::on_demand && c.tiered;
    return discounted ? mul_div(x.nanos, price_, kMillion) : x.nanos;
  }

  std::int64_t cost_of_one(const MixColumn& c) const {
    const bool spot = c.pay == PayAs::spot;
    const double weights =
        (spot ? c.hazard * share_of(q_, c) * static_cast<double>(q_.loss_of_all.nanos) : 0.0) +
        c.carbon_g_per_hour * 1e6 * q_.carbon_usd_per_kg;
    return scaled(c, c.expected) + std::llround(std::min(weights, 1e13));
  }

  Steady steady(std::size_t j) const {
    const auto& c = q_.columns[j];
    return {cost_of_one(c), scaled(c, c.price), per_hour(c.move_in), c.amount, c.tiered, j};
  }

  // Whether a machine of `a` does all that one of `b` does, for no more.
  bool replaces(const Steady& a, const Steady& b) const {
    for (const auto r : p_.resource)
      if (a.amount[r] < b.amount[r]) return false;
    return a.cost <= b.cost && a.price <= b.price && a.up <= b.up &&
           (machines_ == 0 || a.tiered || !b.tiered);
  }

  // Machines on demand of which there are as many as one likes, each the best for something. No
  // cap binds them, so who has less for more is of no use, be it spot; unless kinds are counted.
  void find_front() {
    if (q_.limits.min_pools > 0 || q_.limits.max_types > 0) return;
    std::vector<Steady> all;
    for (std::size_t j = 0; j < q_.columns.size(); ++j) {
      const auto& c = q_.columns[j];
      if (c.pay == PayAs::on_demand && !c.available && most_of(c) > 0) all.push_back(steady(j));
    }
    std::stable_sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.cost < b.cost; });
    for (const auto& one : all)
      if (std::none_of(front_.begin(), front_.end(),
                       [&](const Steady& other) { return replaces(other, one); }))
        front_.push_back(one);
  }

  bool is_pointless(std::size_t j) const {
    const auto& c = q_.columns[j];
    if (front_.empty() || c.held > 0 || c.pay == PayAs::covered) return false;
    const auto one = steady(j);
    for (const auto& other : front_) {
      if (other.cost > one.cost) break;
      if (other.column != j && replaces(other, one)) return true;
    }
    return false;
  }

  void add(std::size_t j, std::uint32_t most) {
    const auto& c = q_.columns[j];
    const bool spot = c.pay == PayAs::spot;
    p_.column.push_back(j);
    p_.cost.push_back(cost_of_one(c));
    p_.up.push_back(per_hour(c.move_in));
    p_.down.push_back(per_hour(c.move_out));
    p_.risk.push_back(spot ? std::llround(c.hazard * 1e12) : 0);
    p_.held.push_back(std::min(c.held, most));
    p_.most.push_back(most);
    const std::uint64_t type = types_(c.machine_type);
    const auto zone = zones_(c.zone);
    p_.pool.push_back(pools_(type << 32 | zone));
    p_.type.push_back(static_cast<std::uint32_t>(type));
    p_.spot.push_back(spot ? 1 : 0);
    p_.amount.push_back(c.amount);
    p_.start.push_back(static_cast<std::uint32_t>(p_.entries.size()));
    for (std::size_t k = 0; k < p_.resource.size(); ++k) {
      const auto a = c.amount[p_.resource[k]];
      p_.entries.push_back({p_.demand_row[k], a});
      if (!spot && !base_.empty()) p_.entries.push_back({base_[k], a});
    }
    if (spot) {
      cap(spot_rows_, 0, q_.limits.spot, c);
      cap(family_rows_, families_(c.family), q_.limits.family, c);
      cap(zone_rows_, zone, q_.limits.zone, c);
    }
    if (c.pay == PayAs::covered) p_.entries.push_back({commitment_[*c.commitment], -c.units});
    if (q_.limits.budget) p_.entries.push_back({budget_, -scaled(c, c.price)});
    if (machines_ > 0 && !spot && c.tiered) p_.entries.push_back({tier_, 1});
  }

  // Entries of a spot column in the rows that cap all spot, its family or zone, made when needed.
  void cap(std::vector<std::uint32_t>& rows, std::uint32_t number, double share,
           const MixColumn& c) {
    if (share >= 1) return;
    if (rows.size() <= number) rows.resize(number + 1, kNoRow);
    if (rows[number] == kNoRow) {
      rows[number] = static_cast<std::uint32_t>(p_.rhs.size());
      for (const auto r : p_.resource) row(-cap_of(share, q_.demand[r]), true);
    }
    for (std::size_t k = 0; k < p_.resource.size(); ++k)
      p_.entries.push_back(
          {rows[number] + static_cast<std::uint32_t>(k), -c.amount[p_.resource[k]]});
  }

  const MixQuestion& q_;
  Program p_;
  std::int64_t price_ = kMillion;
  std::int64_t machines_ = 0;
  std::vector<std::uint32_t> base_, commitment_, spot_rows_, family_rows_, zone_rows_;
  std::uint32_t budget_ = 0, tier_ = 0;
  Names types_, families_, zones_;
  Numbers<std::uint64_t> pools_;  // of type and zone
  std::vector<Steady> front_;     // cheapest first
};

}  // namespace

Program make_program(const MixQuestion& question, std::size_t tier) {
  return Builder(question, tier).build();
}

std::optional<Program> tightened(const Program& program) {
  const auto loose = [&](const Coefficient& entry) {
    return !program.packing[entry.row] && entry.coef > program.rhs[entry.row];
  };
  if (std::none_of(program.entries.begin(), program.entries.end(), loose)) return std::nullopt;
  auto tight = program;
  for (auto& entry : tight.entries)
    if (loose(entry)) entry.coef = tight.rhs[entry.row];
  return tight;
}

}  // namespace nova
