// What a controller without a memory of its own lacks: tokens, generations, fences, operations.
//
// Input: what was seen of groups, requests, and the time of both. Output: what each row comes to.
// Requests are absolute, so a row whose token was lost with this ledger (a restart) may be sent
// again without harm. A generation is the backend's where it tells one, else counts the changes of
// desired that were seen. An operation is done when what was seen is what it asked for. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <novascale/controller.hpp>
#include <optional>
#include <string>
#include <vector>

namespace nova::command {

struct Held {  // of one offer
  std::string offer;
  std::uint32_t desired = 0, booting = 0, serving = 0, unhealthy = 0, draining = 0;
};

struct Seen {  // a group, as the backend tells it
  std::string id;
  std::optional<std::uint64_t> generation;
  std::uint32_t min = 0, max = UINT32_MAX;
  nova_status status = NOVA_OK;
  std::string why;  // of a status that is not
  std::vector<Held> offers;
  std::optional<std::vector<Machine>> machines;  // nullopt: it does not tell them
};

struct Row {
  std::string group, offer;
  std::uint32_t desired;
  Token token;
  std::optional<std::uint64_t> generation, fence;
};

struct Verdict {
  std::int32_t status = NOVA_OK, state = 0;  // state 0 with NOVA_OK: to be sent
  std::string note;
};

class Ledger {
 public:
  explicit Ledger(std::int64_t patience_ns) : patience_ns_(patience_ns) {}

  void see(Seen group, std::int64_t now);
  void forget(const std::string& group) { groups_.erase(group); }
  // Null: never seen.
  const Seen* find(const std::string& group) const;
  std::uint64_t generation(const std::string& group) const { return groups_.at(group).generation; }
  std::int64_t changed_ns(const std::string& group) const { return groups_.at(group).changed_ns; }

  // Rows of one call, each by what was seen last and by the rows before it; changes nothing.
  std::vector<Verdict> judge(const std::vector<Row>& rows) const;
  // Raises the fences of rows that passed them.
  void fence(const std::vector<Row>& rows, const std::vector<Verdict>& verdicts);
  // A row was taken (or needs nothing), so its token is known from now on; answers its state, also
  // of one that is known already.
  std::int32_t take(const Row& row, bool nothing, std::int64_t now);

  bool knows(const Token& token) const { return operations_.count(token) != 0; }
  // Groups that open operations among these tokens wait for.
  std::vector<std::string> waiting(const std::vector<Token>& tokens) const;
  // How an operation stands by what was seen last; nullopt = its request never arrived.
  std::optional<Operation> poll(const Token& token, std::int64_t now);

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
  };
  static Held held(const Seen& seen, const std::string& offer);
  const Part* part(const Token& token, const std::string& group, const std::string& offer) const;
  void follow(Part& part, std::int64_t now) const;

  std::int64_t patience_ns_;
  std::map<std::string, Known> groups_;
  std::map<Token, std::vector<Part>> operations_;
};

}  // namespace nova::command
