// What a controller without a memory of its own lacks: tokens, generations, fences, operations.
//
// Input: what was seen of groups, requests, and the time of both. Output: what each row comes to.
// Requests are absolute, so a row whose token was lost with this ledger (a restart) may be sent
// again without harm. A generation is the backend's where it tells one, else counts the changes of
// desired that were seen. An operation is done when what was seen is what it asked for, and ends
// early where the backend tells that it cannot deliver. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <novascale/controller.hpp>
#include <optional>
#include <string>
#include <vector>

namespace nova::fleet {

struct Held {  // of one offer
  std::string offer;
  std::uint32_t desired = 0, booting = 0, serving = 0, unhealthy = 0, draining = 0;
};

struct Trouble {  // why a group grows no further
  nova_status status;
  std::string why;
  std::int64_t at_ns;  // operations begun later are not touched by it
};

struct Kept {  // a request that the backend remembers, by the token it keeps with machines
  Token token;
  std::string offer, machine;   // `machine` as in Row
  std::uint32_t desired, from;  // what it asked for, and what was desired before
  std::int64_t started_ns;
};

struct Seen {  // a group, as the backend tells it
  std::string id;
  std::optional<std::uint64_t> generation;
  std::uint32_t min = 0, max = UINT32_MAX;
  nova_status status = NOVA_OK;
  std::string why;        // of a status that is not
  bool one_kind = false;  // of machine, or of mix: no offer can be named
  std::vector<Held> offers;
  std::optional<std::vector<Machine>> machines;  // nullopt: it does not tell them
  std::optional<Trouble> trouble;
  std::vector<Kept> kept;
};

struct Row {
  std::string group, offer;
  std::uint32_t desired;
  Token token;
  std::optional<std::uint64_t> generation, fence;
  std::string reason = {};
  std::string machine = {};  // to be removed, or replaced; `desired` then is what remains
  bool replace = false;
};

struct Verdict {
  std::int32_t status = NOVA_OK, state = 0;  // state 0 with NOVA_OK: to be sent, or sent
  std::string note;
  std::uint32_t done = 0;  // machines, with NOVA_OP_PARTIAL: it ended so, `status` says why
};

class Ledger {
 public:
  explicit Ledger(std::int64_t patience_ns) : patience_ns_(patience_ns) {}

  // Requests that the group keeps and that are not known here are known from then on: a restart
  // does not forget them.
  void see(Seen group, std::int64_t now);
  void forget(const std::string& group) { groups_.erase(group); }
  // Null: never seen.
  const Seen* find(const std::string& group) const;
  std::uint64_t generation(const std::string& group) const { return groups_.at(group).generation; }
  std::int64_t changed_ns(const std::string& group) const { return groups_.at(group).changed_ns; }

  // Rows of one call, each by what was seen last and by the rows before it; changes nothing but a
  // machine's row, which learns its `desired`.
  std::vector<Verdict> judge(std::vector<Row>& rows) const;
  // Raises the fences of rows that passed them.
  void fence(const std::vector<Row>& rows, const std::vector<Verdict>& verdicts);
  // A row was taken (or needs nothing), so its token is known from now on; answers its state, also
  // of one that is known already.
  std::int32_t take(const Row& row, bool nothing, std::int64_t now);

  // Ends what was taken with fewer machines than were asked for.
  void end(const Row& row, const Verdict& why, std::int64_t now);

  bool knows(const Token& token) const { return operations_.count(token) != 0; }
  // Groups that open operations among these tokens wait for.
  std::vector<std::string> waiting(const std::vector<Token>& tokens) const;
  // How an operation stands by what was seen last; nullopt = its request never arrived.
  std::optional<Operation> poll(const Token& token, std::int64_t now);
  // Why it did not end well; "" = it did, or that is not known.
  std::string why(const Token& token) const;

 private:
  struct Known {
    Seen seen;
    std::uint64_t generation = 0, fence = 0;
    std::int64_t changed_ns = NOVA_NONE;
  };
  struct Part {  // one row of an operation
    std::string group, offer;
    std::uint32_t desired, from, serving;  // asked; desired and serving before
    std::int64_t started_ns, ended_ns;
    std::int32_t state, result;
    std::uint32_t done;
    std::string machine, why;
    bool of(const Row& row) const;
  };
  static Held held(const Seen& seen, const std::string& offer);
  const Part* part(const Row& row) const;
  void follow(Part& part, std::int64_t now) const;

  std::int64_t patience_ns_;
  std::map<std::string, Known> groups_;
  std::map<Token, std::vector<Part>> operations_;
};

}  // namespace nova::fleet
