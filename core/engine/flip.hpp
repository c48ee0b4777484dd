// Flip: the smallest change of the load that would have made of "nothing is done" something.
//
// In: a group as it stood when a tick had decided. Out: the load of one signal which, had it held
// for so long from then on, would have added or given up machines, with what is known of forecasts
// as it was. Found by asking the engine itself, on copies of the group: nothing is guessed, and
// what is told of the arbiter, its limits and the budgets of `market` is what they do. Takes some
// milliseconds; nothing that a tick would wait for.
#pragma once

#include <optional>
#include <string>

#include "core/engine/group_engine.hpp"

namespace nova {

struct Flip {
  std::string signal, unit;
  double load_now = 0, load = 0;  // in the signal's unit; `load` flips it
  Duration within{};              // it must hold for so long
  std::uint32_t current = 0, desired = 0;
  std::string cause;    // who would have decided
  bool flips = false;   // else no load does, and `cause` is the limit that holds it back
  bool anyway = false;  // the load of now does, when the limits of now have passed
};

// Which way: out, or in. Nothing where the signal's load is not known.
std::optional<Flip> find_flip(const GroupEngine& group, std::size_t signal, bool out,
                              const Menu& menu, const Market* market);

std::string to_string(const Flip& flip, bool out);  // a sentence

}  // namespace nova
