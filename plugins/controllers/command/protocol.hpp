// novascale.command/1: what is said to an operator's executable and what it may answer, as JSON.
// README.md is the specification. Pure: answers are read strictly, so what is not understood is an
// error that names the place, never a number.
#pragma once

#include <map>
#include <novascale/config.hpp>

#include "plugins/controllers/ledger/ledger.hpp"

namespace nova::command {

using fleet::Held, fleet::Row, fleet::Seen, fleet::Verdict;

// By id: the group's controller_config, passed on as it is.
using GroupConfigs = std::map<std::string, Json>;

std::string list_request(const std::vector<std::string>& groups, const GroupConfigs& configs);
std::string scale_request(const std::vector<Row>& rows, const GroupConfigs& configs);

// One entry for each group asked for, in that order: one that is not in the answer is not found.
// Throws nova::Error: the answer's own `error`, or NOVA_INTERNAL with the pointer of what is wrong.
std::vector<Seen> parse_list(const std::string& answer, const std::vector<std::string>& asked);
// One verdict for each row sent.
std::vector<Verdict> parse_scale(const std::string& answer, std::size_t sent);

}  // namespace nova::command
