// `novascale cost`: what machines cost, and how to pay less for them.
#include "host/cli/cost.hpp"

#include <boost/program_options.hpp>
#include <ostream>

#include "host/wiring/suggest.hpp"

namespace nova::cli {
namespace {

constexpr const char* kHelp =
    "Usage: novascale cost SUBVERB [options]\n\n"
    "  offers        what can be bought, at which price and risk\n"
    "  optimize      the cheapest safe mix of machines for a demand\n"
    "  commitments   what to pay ahead: reservations and savings plans\n"
    "  budget        where each budget of a configuration stands\n\n"
    "`novascale cost SUBVERB --help` shows the options of one.\n";

int run_cost(const Call& call) {
  if (call.args.empty() || call.args.front() == "--help") {
    (call.args.empty() ? call.err : call.out) << kHelp;
    return call.args.empty() ? kUsage : kFine;
  }
  const std::vector<std::string> rest(call.args.begin() + 1, call.args.end());
  const auto& verb = call.args.front();
  if (verb == "offers") return cost_offers(call, rest);
  if (verb == "budget") return cost_budget(call, rest);
  if (verb == "commitments") return cost_commitments(call, rest);
  if (verb == "optimize") return cost_optimize(call, rest);
  call.err << "novascale cost: unknown sub-verb \"" << verb << "\""
           << did_you_mean(verb, {"offers", "optimize", "commitments", "budget"}) << "\n\n"
           << kHelp;
  return kUsage;
}

}  // namespace

int say(const Call& call, int code, const std::string& text) {
  call.err << "novascale cost: " << text << "\n";
  return code;
}

bool parse_cost_words(const std::vector<std::string>& args,
                      const boost::program_options::options_description& shown,
                      const boost::program_options::options_description& hidden) {
  namespace po = boost::program_options;
  po::options_description all;
  all.add(shown).add(hidden);
  po::variables_map seen;
  po::store(po::command_line_parser(args)
                .options(all)
                .positional({})
                .style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing)
                .run(),
            seen);
  po::notify(seen);
  return seen.count("help") > 0;
}

const Command kCost{"cost", "what machines cost, and how to pay less for them", &run_cost};

}  // namespace nova::cli
