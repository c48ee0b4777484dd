// RequestErrors: what controllers refuse to do, by group and kind, until they do it again.
//
// In: how each request went, as the door sees it. Out: conditions to be warned of, one a group and
// kind ("quota"), and which requests wait: of a group whose controller is asked too often, or by
// whom it may not be, all; else for more of the offer that was refused. They come half as often
// each time, half an hour apart at most. A kind is over with the first success that was asked for
// later, or when it was not seen for kForgotten.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/engine/condition.hpp"

namespace nova {

class RequestErrors {
 public:
  // Longer than a refused pool is left alone (core/cost/refusals.hpp), so that an alert outlasts
  // the wait for the next try.
  static constexpr Duration kForgotten = std::chrono::minutes(45);
  static constexpr Duration kLongest = std::chrono::minutes(30);
  static constexpr Duration kUrgent = std::chrono::minutes(1);

  explicit RequestErrors(Duration step) : step_(step) {}

  // "capacity", "quota", "throttled", "auth", "invalid" or "failed"; "" is nothing to tell of:
  // another was faster, or nobody knows yet.
  static const char* kind_of(ErrorCode code) noexcept;

  void failed(const std::string& tenant, const std::string& group, const std::string& controller,
              const std::string& offer, ErrorCode code, const std::string& text, TimePoint now);
  // An operation that was asked for at `requested` did all it should.
  void succeeded(const std::string& tenant, const std::string& group, TimePoint requested);

  // Whether requests of a group are held back now; those for more of an offer, and where machines
  // are urgent for `kUrgent` at most.
  bool waits(const std::string& tenant, const std::string& group, TimePoint now) const;
  bool waits(const std::string& tenant, const std::string& group, const std::string& offer,
             TimePoint now, bool urgent = false) const;

  // All that stands; what is forgotten is gone for good.
  std::vector<Condition> conditions(TimePoint now);

  // Takes over what stood when the host stopped: an alert of these as the journal has it.
  void restore(const std::string& tenant, const std::string& group, const Json& alert,
               TimePoint when);

 private:
  using Group = std::pair<std::string, std::string>;  // tenant, group
  struct Standing {
    Condition condition;
    TimePoint last;
  };
  struct Wait {
    Duration length{};
    TimePoint since, until;
  };

  Duration step_;
  std::map<std::pair<Group, std::string>, Standing> standing_;  // by kind
  std::map<std::pair<Group, std::string>, Wait> waits_;  // by offer; kAll = whatever it is for
};

}  // namespace nova
