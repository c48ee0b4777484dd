// Drift: has the world left the one a model was fitted to?
//
// Input: one-lead errors in order; output: an alarm, at most one within a while. Called by
// core/forecast/panel; an alarm asks for a refit of the models of that series. O(1) a value.
//
// Cusum looks at a model's standardised errors: they lean to one side (Page, "Continuous inspection
// schemes", 1954), or have grown (the Page-Hinkley test, on their size). LevelShift looks at the
// differences to seasonal naive, whatever the models do: a model with short memory follows a shift
// within a step and shows no more than one large error, but its parameters are those of before.
#pragma once

#include <cstddef>
#include <vector>

namespace nova {

struct CusumRules {
  double half_life = 288;   // errors, of the scale
  double allowance = 0.5;   // standard deviations of bias, or of growth, that are borne
  double threshold = 12;    // accumulated standard deviations beyond the allowance
  double largest = 4;       // standard deviations one error may count: a spike is no drift
  std::size_t settle = 24;  // errors before the first alarm and after one
};

class Cusum {
 public:
  explicit Cusum(CusumRules rules = {}) : rules_(rules) {}

  // True: the errors since the last alarm (or refitted()) lean or have grown. NaN is passed over.
  bool add(double error);
  // The model is a new one: what was accumulated is not its fault. The scale is kept.
  void refitted();

  struct State {
    double scale = 0, up = 0, down = 0, growth = 0;  // scale: mean absolute error
    std::size_t seen = 0, quiet = 0;                 // errors in all; since an alarm or a refit
  };
  const State& state() const { return s_; }
  void restore(const State& state) { s_ = state; }

 private:
  CusumRules rules_;
  State s_;
};

struct LevelShiftRules {
  // Values compared. Differences from day to day wander for an hour or two without any shift: what
  // is usual must be learned over several.
  std::size_t before = 72, after = 6;
  double least = 5;  // robust standard deviations between their medians
};

class LevelShift {
 public:
  explicit LevelShift(LevelShiftRules rules = {}) : rules_(rules) {}

  // True: the newest differences lie elsewhere than those before. NaN is passed over. After an
  // alarm it begins anew.
  bool add(double difference);

  const std::vector<double>& state() const { return values_; }  // oldest first
  void restore(std::vector<double> state) { values_ = std::move(state); }

 private:
  LevelShiftRules rules_;
  std::vector<double> values_;
};

}  // namespace nova
