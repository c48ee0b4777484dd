// What is charged beside machines: storage, transfer, addresses, as the catalogue's header lists
// it.
//
// Input: a book and a filter (regions). Output: rates, in graduated tiers. Where the config asks
// for estimates, what is known for the base region alone is told for the others too, times their
// price index and marked estimated; traffic is not (it is known per region). Called by cloud.hpp.
#pragma once

#include <novascale/cost.hpp>
#include <vector>

#include "price_book.hpp"

namespace nova::cloud {

std::vector<nova::Rate> side_rates(const PriceBook& book, const Filter& filter);

}  // namespace nova::cloud
