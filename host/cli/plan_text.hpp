// A group's plan as people read it, from the JSON that journal and HTTP have.
#pragma once

#include <iosfwd>
#include <string>

#include "core/record/entry.hpp"

namespace nova::cli {

void print_plan(std::ostream& out, const std::string& group, const Json& plan);

// The recommendations alone, a line or two each.
void print_recommendations(std::ostream& out, const Json& plan);

}  // namespace nova::cli
