// "Did you mean": the known name nearest to one that is not known.
//
// Input: what was found and what would have been right; output: one of the latter, or nothing when
// none is near. Called wherever a message rejects a name: config keys, enumerations, references.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nova {

// Edits (insert, delete, replace, swap of neighbours) from `a` to `b`: the optimal string alignment
// distance of Damerau (1964) and Levenshtein (1966). Bytes, not letters.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest known name within a third of its length, not counting leading dotted parts that both
// share (at least 1 edit, letter case counts as no edit), the first of equals; empty if there is
// none. Long findings are not compared: a name is short.
std::string nearest(std::string_view found, const std::vector<std::string>& known);

// ` (did you mean "x"?)`, or "" when nothing is near.
std::string did_you_mean(std::string_view found, const std::vector<std::string>& known);

}  // namespace nova
