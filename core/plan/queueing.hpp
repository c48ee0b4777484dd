// Queueing: how much load a machine may bear so that requests are answered in time.
//
// In: a machine of `servers` equal servers (processors) that is full at `per_machine` requests a
// second, and the latency that is wanted. Out: waiting and response times by the M/M/c queue
// (Poisson arrivals, exponential service; Kleinrock, "Queueing Systems", vol. 1, 1975, 3.5), and
// the load at which the wanted latency is reached. Real arrivals are burstier and real service
// times less so; it is a model, for whoever has no measured curve. Pure.
#pragma once

#include <cstdint>

namespace nova {

struct Machine {
  std::uint32_t servers = 1;
  double per_machine = 1;  // requests a second at 100 %
};

// Chance that a request is refused by `servers` servers without a queue at `erlangs` of offered
// load (Erlang B), and that it must wait with one (Erlang C; 1 where the queue grows for ever).
double erlang_b(std::uint32_t servers, double erlangs);
double erlang_c(std::uint32_t servers, double erlangs);

// Mean seconds from arrival to answer at `load` requests a second; infinite from 100 % on.
double mean_response_s(const Machine& machine, double load);

// Chance that an answer takes longer than `seconds`; 1 from 100 % on.
double slower_than(const Machine& machine, double load, double seconds);

// The largest load at which at most the share `slow` of the answers takes longer than `seconds`:
// the capacity of a machine under that objective, at most per_machine. 0 where even a machine
// without load is too slow.
double load_within(const Machine& machine, double seconds, double slow);

}  // namespace nova
