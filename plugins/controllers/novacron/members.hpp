// Which of NovaCron's machines are a group's, what they count as, and who goes first.
//
// NovaCron knows no groups and answers no tags, so the name says both: PREFIX, then for machines of
// our making the token of the request (32 hex digits), "-" and a number. Pure.
#pragma once

#include <optional>

#include "plugins/controllers/ledger/ledger.hpp"
#include "plugins/novacron/machines.hpp"

namespace nova::novacron {

// "web-" + "c0ffee...03" + "-" + "0"
std::string name_of(const std::string& prefix, const Token& token, std::size_t number);
// The token of the request that made a machine; nullopt: it is not of our making.
std::optional<Token> token_in(const std::string& prefix, const std::string& name);

bool belongs(const std::string& prefix, const Vm& vm);
// Those that are not leaving, in the order in which they are to go: of no use, then booting, then
// running; of each the newest first.
std::vector<Vm> victims(const std::vector<Vm>& all, const std::string& prefix);

// A group as it is seen: every member that is not leaving counts as wished, because NovaCron keeps
// no number that a group should have.
fleet::Seen seen_of(const std::vector<Vm>& all, const std::string& group,
                    const std::string& prefix);

}  // namespace nova::novacron
