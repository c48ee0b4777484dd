// The sub-verbs of `novascale plugins` and what they share. Private to host/cli/plugins*.cpp.
#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <vector>

#include "host/cli/command.hpp"
#include "host/loader/library.hpp"

namespace nova::cli {

int plugins_list(const Call& call, const std::vector<std::string>& args);
int plugins_inspect(const Call& call, const std::vector<std::string>& args);
int plugins_new(const Call& call, const std::vector<std::string>& args);
int plugins_verify(const Call& call, const std::vector<std::string>& args);
// Hidden: one check, in the process that `plugins verify` started for it.
int plugins_check(const Call& call, const std::vector<std::string>& args);

// Owner and mode are checked, schemas must stay in the subset, nothing is pinned.
loader::LoadPolicy plugins_policy();

// The options every sub-verb parses alike; throws boost::program_options::error (exit code 2).
boost::program_options::variables_map parse_words(
    const std::vector<std::string>& args,
    const boost::program_options::options_description& options,
    const boost::program_options::positional_options_description& positional);

// "text" or "json"; throws for anything else.
bool wants_json(const boost::program_options::variables_map& seen);

}  // namespace nova::cli
