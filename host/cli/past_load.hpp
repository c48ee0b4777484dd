// A recorded load and the group it is to be tried on: what `backtest` and `plan` have in common.
#pragma once

#include <boost/program_options.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "core/backtest/misfortune.hpp"
#include "core/backtest/score.hpp"
#include "core/engine/group.hpp"
#include "host/cli/command.hpp"
#include "host/cli/setup.hpp"
#include "host/loop/world.hpp"

namespace nova::cli {

struct PastLoadOptions {
  std::filesystem::path trace;
  std::string group, series = "value", interpolation = "linear", score_from = "1d";
  bool failures = false;
};
void add_options(boost::program_options::options_description& to, PastLoadOptions& options);
// kFine, or kUsage when it has said what is wrong.
int check_options(const Call& call, const PastLoadOptions& options);

struct PastLoad {
  GroupSpec group;
  TimePoint start;                     // of the first slot
  std::vector<double> recorded, load;  // a value a slot, as recorded and in the signal's unit
  ScoreRules rules;
  std::uint32_t boot_slots = 0;
  std::optional<MisfortuneRules> misfortune;
  std::string priced_by;  // an offer; empty = the group's own price
};
// kFine, or the exit code when it has said why there is none: the group is not one of exactly one
// demand signal, or the trace cannot be read.
int find_past_load(const Call& call, Setup& setup, const World& world,
                   const PastLoadOptions& options, PastLoad& past);

}  // namespace nova::cli
