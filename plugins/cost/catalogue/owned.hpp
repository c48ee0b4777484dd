// What the account is committed to, from the config's `commitments`: each names an offer of the
// book (reserved or savings plan), how many machines, and its first day.
//
// Output: one JSON object a line, as plugin-api/schema/commitment.json says. A regional Linux
// reservation of a family without accelerators covers any size of its family (family_units), others
// count machines. Called by cloud.hpp when the component is made, so a mistake is told at once.
#pragma once

#include <novascale/config.hpp>
#include <string>
#include <vector>

#include "price_book.hpp"

namespace nova::cloud {

struct Owned {
  std::string region;
  std::string line;  // with its newline
};

// Throws nova::Error (NOVA_INVALID_ARGUMENT) with the JSON pointer of what is wrong.
std::vector<Owned> owned_commitments(const PriceBook& book, const std::vector<Config>& entries);

}  // namespace nova::cloud
