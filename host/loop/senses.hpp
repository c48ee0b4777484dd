// Senses: what a tick knows of the world: the newest samples of all signals and the present fleets.
//
// One call per metric source and controller, however many groups they serve, all of them at once: a
// slow one costs its own time, not the sum. What a plugin does not
// answer is missing (NaN) or unknown, said once through `report`, and never costs the tick.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/engine/tick.hpp"
#include "host/loop/world.hpp"

namespace nova {

// A remark for the log and the journal: (tenant, group, text); tenant and group may be empty.
using Report = std::function<void(const std::string&, const std::string&, const std::string&)>;

class Senses {
 public:
  Senses(const World& world, Duration step, Report report);

  // Samples of the `steps` steps that end at `now`, for every group of the world.
  std::vector<GroupInput> samples(TimePoint now, std::size_t steps);
  // Adds the fleets.
  void fleets(std::vector<GroupInput>& inputs);

  // What is wrong now: with sources and controllers by name, with series by "SOURCE/KEY".
  const std::map<std::string, std::string>& troubles() const { return said_; }

 private:
  struct Seat {
    std::size_t group, signal;
    bool watched;  // of the group's watched ones
    std::uint64_t key;
    const SignalSpec& spec(const World& world) const;
    std::vector<double>& column(std::vector<GroupInput>& inputs) const;
  };
  // Asks, on any thread; what it gives takes the answer, on the loop's.
  using Taking = std::function<void()>;
  using Question = std::function<Taking()>;
  static void ask_all(const std::vector<Question>& questions);
  Taking range(const std::string& source, loader::MetricsClient& client,
               const std::vector<Seat>& seats, TimePoint now, std::size_t steps,
               std::vector<GroupInput>& inputs);
  Taking latest(const std::string& source, loader::MetricsClient& client,
                const std::vector<Seat>& seats, TimePoint now, std::vector<GroupInput>& inputs);
  Taking fleets_of(const PerTenant& controller, const std::vector<std::size_t>& groups,
                   std::vector<GroupInput>& inputs);
  bool answered(const std::string& source, const Seat& seat, const loader::ItemStatus& item);
  void say_once(const std::string& about, const std::string& tenant, const std::string& group,
                const std::string& text);
  void is_fine(const std::string& about) { said_.erase(about); }

  const World& world_;
  Duration step_;
  Report report_;
  std::map<std::string, std::vector<Seat>> seats_;            // by source
  std::map<PerTenant, std::vector<std::size_t>> controlled_;  // groups by controller
  std::map<std::string, std::string> said_;                   // troubles told and still there
};

}  // namespace nova
