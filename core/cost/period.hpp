// Periods: hours, days and months of a time zone, as budgets are kept in.
//
// Core opens no files, so a zone is data: the instants at which its offset from UTC changes, which
// the host expands from the system's time zone files as far ahead as it plans. Days of a change
// have 23 or 25 hours (or odd ones: Lord Howe moves by half an hour), and months are as long as
// they are: nothing here knows of 730 hours. A period begins when its first local reading is first
// reached and ends when the next one does; where clocks go back across midnight the period that has
// begun goes on. So periods follow one another without gap or overlap.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace nova {

struct OffsetChange {
  TimePoint at;
  std::chrono::seconds offset;  // local - UTC from `at` on
};

class TimeZone {
 public:
  TimeZone() = default;  // UTC
  // `before`: the offset until the first change. Errors: invalid_argument unless changes ascend and
  // offsets are below 26 h.
  static Result<TimeZone> make(std::string name, std::chrono::seconds before,
                               std::vector<OffsetChange> changes);

  const std::string& name() const noexcept { return name_; }
  std::chrono::seconds offset_at(TimePoint t) const;

  // The furthest the local clock has got by `t`, read as if it were UTC.
  TimePoint furthest_local(TimePoint t) const;
  // The first instant at which the local clock reads `local` or later.
  TimePoint first_reading(TimePoint local) const;

 private:
  std::size_t segment(TimePoint t) const;  // 0 = before the first change
  std::chrono::seconds offset(std::size_t segment) const {
    return segment == 0 ? before_ : changes_[segment - 1].offset;
  }

  std::string name_ = "UTC";
  std::chrono::seconds before_{0};
  std::vector<OffsetChange> changes_;
};

struct Period {
  TimePoint start, end;  // [start, end)
  bool contains(TimePoint t) const { return start <= t && t < end; }
  Duration length() const { return end - start; }
  bool operator==(const Period&) const = default;
};

Period hour_of(const TimeZone& zone, TimePoint t);
Period day_of(const TimeZone& zone, TimePoint t);
Period month_of(const TimeZone& zone, TimePoint t);

}  // namespace nova
