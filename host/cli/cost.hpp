// The sub-verbs of `novascale cost`, and what they share. Private to host/cli/cost*.cpp.
#pragma once

#include <boost/program_options/options_description.hpp>
#include <string>
#include <vector>

#include "host/cli/command.hpp"

namespace nova::cli {

int cost_budget(const Call& call, const std::vector<std::string>& args);
int cost_commitments(const Call& call, const std::vector<std::string>& args);
int cost_offers(const Call& call, const std::vector<std::string>& args);
int cost_optimize(const Call& call, const std::vector<std::string>& args);

// Prints "novascale cost: ..." to err; returns `code`.
int say(const Call& call, int code, const std::string& text);

// Stores and notifies; whether help was asked for. Throws po::error for words that are off.
bool parse_cost_words(const std::vector<std::string>& args,
                      const boost::program_options::options_description& shown,
                      const boost::program_options::options_description& hidden);

}  // namespace nova::cli
