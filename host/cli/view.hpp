// View: a run as people watch it.
//
// On a terminal a few lines drawn anew (load and capacity of the last day, machines, cost, the last
// decision); elsewhere one line every six hours of the run's clock, so a log of it can be read.
#pragma once

#include <chrono>
#include <deque>
#include <iosfwd>
#include <optional>
#include <string>

#include "host/loop/loop.hpp"

namespace nova::cli {

class View {
 public:
  // `columns` of the terminal: a longer line would wrap, and the next frame miss its place.
  View(std::ostream& out, bool terminal, std::size_t columns = 80)
      : out_(out), terminal_(terminal), columns_(columns) {}
  void show(const TickReport& report);
  // The last frame, and out of the way.
  void close();

 private:
  struct Point {
    double load, capacity;
  };
  std::string frame(const TickReport& report) const;
  void print_line(const TickReport& report);
  void remember(const TickReport& report);

  std::ostream& out_;
  bool terminal_;
  std::size_t columns_;
  std::optional<TimePoint> start_, next_line_;
  std::deque<Point> past_;  // of the first group, one a bucket of time, oldest first
  std::optional<TimePoint> bucket_;
  std::string last_action_;  // of any group
  std::string frame_;
  int drawn_lines_ = 0;
  std::chrono::steady_clock::time_point last_drawn_{};
};

}  // namespace nova::cli
