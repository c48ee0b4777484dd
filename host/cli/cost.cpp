// `novascale cost`: what machines cost, and how to pay less for them.
#include "host/cli/cost.hpp"

#include <ostream>

#include "host/wiring/suggest.hpp"

namespace nova::cli {
namespace {

constexpr const char* kHelp =
    "Usage: novascale cost SUBVERB [options]\n\n"
    "  offers        what can be bought, at which price and risk\n\n"
    "`novascale cost SUBVERB --help` shows the options of one.\n";

int run_cost(const Call& call) {
  if (call.args.empty() || call.args.front() == "--help") {
    (call.args.empty() ? call.err : call.out) << kHelp;
    return call.args.empty() ? kUsage : kFine;
  }
  const std::vector<std::string> rest(call.args.begin() + 1, call.args.end());
  const auto& verb = call.args.front();
  if (verb == "offers") return cost_offers(call, rest);
  call.err << "novascale cost: unknown sub-verb \"" << verb << "\""
           << did_you_mean(verb, {"offers"}) << "\n\n"
           << kHelp;
  return kUsage;
}

}  // namespace

const Command kCost{"cost", "what machines cost: offers of the price plugins", &run_cost};

}  // namespace nova::cli
