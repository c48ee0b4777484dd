// SignalWindow: what is known of one signal, on two grids.
//
// In: one value for every completed step, in order, missing ones as NaN. Out: the newest steps (for
// reactive rules) and the means over forecast steps (for model plugins), oldest first. A grid point
// t stands for (t - step, t]. A gap is kept as NaN: filled nowhere, hidden never. So is a value
// that is no measurement, an overflow or a fill value: one in a thousand steps would be all that a
// model sees for weeks. A lone value (lone.hpp) and an outage (outage.hpp) are gaps of the second
// grid for as long as they stay the only ones of their kind; reactive rules see them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/time.hpp"

namespace nova {

class SignalWindow {
 public:
  static constexpr std::size_t kRecent = 64;  // steps that reactive rules may look back
  // A value beyond a billion and a billion times greater than all known ones, ten at least and not
  // all 0, is doubted, until nothing else has come for so many steps: then it is the load.
  static constexpr double kAbsurd = 1e9;
  static constexpr std::size_t kEnough = 10, kBelieved = 30;

  // `recent_points` steps and `coarse_points` forecast steps are kept; `forecast_step` is a
  // multiple of `step`. Of what is an amount (a load), a value below 0 is doubted, always.
  SignalWindow(Duration step, Duration forecast_step, std::size_t recent_points,
               std::size_t coarse_points, bool amount = false);

  // The step that ended at `end` had this value. Steps come in order; a hole between two of them is
  // filled with NaN, a step not newer than the last is ignored. Returns how many forecast steps
  // were completed by this one (those of a hole count, too).
  std::size_t push(TimePoint end, double value);

  bool empty() const { return recent_.size() == 0; }
  TimePoint end() const { return end_; }       // of the newest step; meaningless while empty()
  double latest() const;                       // value of the newest step; NaN if it is missing
  double doubted() const { return doubted_; }  // what came instead; NaN if nothing did
  std::size_t steps_missing() const {
    return steps_missing_;
  }                                                  // newest steps in a row without value
  double last_known() const { return last_known_; }  // NaN if there never was one

  std::span<const double> recent() const { return recent_.view(); }
  std::span<const double> coarse() const { return coarse_.view(); }
  struct LeftOut {
    std::size_t first;           // index
    std::vector<double> values;  // what was measured
  };
  const std::vector<LeftOut>& left_out() const { return left_out_; }  // of coarse()
  TimePoint coarse_end() const { return coarse_end_; }        // the origin of a forecast made now
  std::size_t coarse_known() const { return coarse_known_; }  // points of coarse() with a value

  std::size_t coarse_most() const { return coarse_.most(); }  // points it keeps
  Duration step() const { return step_; }
  Duration forecast_step() const { return forecast_step_; }

  // All that push() has built up, for snapshots; `restore` accepts only what a window of the same
  // shape has given.
  struct State {
    std::vector<double> recent, coarse;
    std::int64_t end_ns = 0, coarse_end_ns = 0;
    double bucket_sum = 0, last_known = 0;
    std::uint32_t bucket_known = 0, bucket_steps = 0, steps_missing = 0;
  };
  State state() const;
  void restore(const State& state);

 private:
  // The last `capacity` values, always contiguous: a thirty-second more of room.
  class Tail {
   public:
    explicit Tail(std::size_t capacity) : capacity_(capacity) { data_.reserve(room()); }
    double push(double x);  // returns the value that fell out, NaN if none did
    std::size_t size() const { return data_.size() - begin_; }
    std::size_t most() const { return capacity_; }
    std::span<const double> view() const { return {data_.data() + begin_, size()}; }
    double& operator[](std::size_t i) { return data_[begin_ + i]; }
    void assign(std::span<const double> values);

   private:
    std::size_t room() const { return capacity_ + capacity_ / 32 + 1; }

    std::size_t capacity_, begin_ = 0;
    std::vector<double> data_;
  };

  std::size_t push_one(double value);
  void leave_out();  // of coarse_, to left_out_
  void put_back();
  bool doubts(double value) const;

  Duration step_, forecast_step_;
  bool amount_;
  Tail recent_, coarse_;
  TimePoint end_{}, coarse_end_{};
  double bucket_sum_ = 0;  // of the forecast step in the making
  std::uint32_t bucket_known_ = 0, bucket_steps_ = 0;
  std::size_t steps_missing_ = 0, coarse_known_ = 0;
  double last_known_;
  std::vector<LeftOut> left_out_;
  double doubted_;  // not of the state: it tells people of the step just pushed
};

}  // namespace nova
