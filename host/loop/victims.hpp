// Victims: which machines of an offer are given up, where the controller tells its machines apart.
//
// Who serves nobody goes first: failed and ill, draining, about to be interrupted, booting. Of
// those that serve, those whose paid time ends before the next decision; then the newest. The
// controller's protected machines stay. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/cost/charge.hpp"
#include "host/loader/controller_client.hpp"

namespace nova {

// Ids of `count` machines, first to go first. Nothing where the list is not of the `held` machines
// the decision speaks of, or too few may go: then the choice is the controller's.
std::optional<std::vector<std::string>> choose_victims(const std::vector<loader::Machine>& machines,
                                                       const std::string& group,
                                                       const std::string& offer, std::uint32_t held,
                                                       std::uint32_t count, const ChargeRule& rule,
                                                       TimePoint now, Duration step);

}  // namespace nova
