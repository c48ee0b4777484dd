// Panel: all forecasters of one series, what each has earned, and the one forecast that comes of
// it.
//
// Input: raw forecasts of the models and values as they come; output: a calibrated blend of those
// that are trusted, at all leads from one step to days. Kept by the engine, one a signal. Each
// forecast step: arrive(value), take(forecast) or fail() of each model, then conclude(). Pure.
//
// Seasonal naive sits on it behind the models (baseline.hpp): it needs no plugin, so it is there
// before they are and when they fail. Everybody's forecasts are calibrated (conformal.hpp), scored
// at up to four leads against seasonal naive (trust.hpp), and blended per lead group: a lead is in
// the group of the scored lead nearest to it, as ratios go. Only who is trusted at the lead that is
// acted on has a say at all. The blend is scored itself, and used where it loses less than the best
// forecaster alone. What comes of it is calibrated once more, as a whole: the choice by past losses
// favours who was narrow and lucky.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/forecast/blend.hpp"
#include "core/forecast/conformal.hpp"
#include "core/forecast/drift.hpp"
#include "core/forecast/forecast.hpp"
#include "core/forecast/trust.hpp"

namespace nova {

// What is asked of every model of a series, and where it is judged.
struct PanelShape {
  std::vector<std::uint32_t> leads;   // of every forecast
  std::vector<double> levels;         // of every forecast
  std::vector<std::uint32_t> scored;  // of leads, ascending: 1 step, the acting lead, far ones
  std::size_t acting = 0;             // index in scored: where a new machine serves

  // Leads dense as far as `dense`, then ever sparser to `horizon`; scored at one step, `acting`,
  // and those of `far` that lie between twice the acting lead and the horizon.
  static PanelShape make(std::int64_t acting, std::int64_t dense, std::int64_t horizon,
                         const std::vector<std::int64_t>& far, std::vector<double> levels);
};

class Panel {
 public:
  struct Seat {
    std::string name;
    Conformal conformal;
    std::vector<Trust> trust;                 // [scored]
    std::optional<Forecast> forecast{};       // calibrated; only until conclude()
    std::string problem = "no forecast yet";  // "" = it spoke
    Cusum drift{};
    bool refit = false;   // it drifted, or the level shifted, since it was fitted
    std::string alarm{};  // the last one of the two, for people; "" = none yet
    TimePoint alarm_time{};
  };
  // All that was learned, for snapshots.
  struct State {
    std::vector<Seat> seats{};  // the models, then seasonal naive
    Conformal said_conformal;
    std::vector<Trust> blend_trust{};  // [scored]
    std::vector<Blend> blends{};       // [scored]; {} = nobody is trusted there
    std::vector<bool> blended{};       // [scored]: the blend is used, not the best alone
    std::optional<Forecast> said{};
    LevelShift shift{};
  };

  // `trust`: what a model must earn; of seasonal naive less skill is asked.
  Panel(PanelShape shape, const std::vector<std::string>& models, const TrustRules& trust = {});

  // The value of the step that ended at `time`, the newest of `history`; NaN is missing. `season`
  // is that of seasonal naive. True if the level of the series shifted: all models want a refit.
  bool arrive(TimePoint time, std::span<const double> history, std::size_t season);

  // What a model said from the end of `history`, or why it did not.
  void take(std::size_t model, const Forecast& raw, std::span<const double> history,
            std::size_t season);
  void fail(std::size_t model, std::string problem);
  // Its wish for a refit is met. What it knows of drift stays: a fit an hour would begin anew too
  // often for any alarm, and after one the room is calm by itself.
  void fitted(std::size_t model);

  // All answers are in: seasonal naive speaks, weights are set and the forecast is made. `origin`
  // is the end of `history`.
  void conclude(TimePoint origin, Duration step, std::span<const double> history,
                std::size_t season);

  // The forecast to act on; none while nobody is trusted at the acting lead.
  const std::optional<Forecast>& forecast() const { return s_.said; }
  std::string who() const;      // "regression", "0.6 regression + 0.4 naive"
  std::string why_not() const;  // while there is none: what each of them lacks
  // What the forecast rests on: "0.6 a + 0.4 b; at 5m skill 0.41, coverage 0.91 of 0.9; at ...".
  std::string describe(Duration step) const;

  // What each of them, and what is said at last, scored so far; those at a lead that nothing was
  // scored at yet are left out.
  struct Score {
    std::string model;
    std::uint32_t lead;  // steps
    double points, accuracy, skill, coverage;
  };
  std::vector<Score> scores() const;
  // Of what is said, at the lead where a new machine serves; NaN while there is none.
  double accuracy() const;

  const PanelShape& shape() const { return shape_; }
  std::size_t models() const { return s_.seats.size() - 1; }
  const Seat& seat(std::size_t i) const { return s_.seats[i]; }

  const State& state() const { return s_; }
  void restore(State state) { s_ = std::move(state); }

 private:
  static State start(const PanelShape& shape, const std::vector<std::string>& models,
                     const TrustRules& trust);
  void expect(std::vector<Trust>& trust, const Forecast& forecast, std::span<const double> history,
              std::size_t season) const;
  bool trusted(const Seat& seat, std::size_t group, TimePoint origin) const;
  void weigh(TimePoint origin);
  Forecast blend(TimePoint origin, Duration step) const;
  Forecast choose(const Forecast& blended) const;
  const Trust& trust_in(std::size_t group) const;  // of what is said at its leads
  std::size_t group_of(std::uint32_t lead) const;

  PanelShape shape_;
  State s_;
};

}  // namespace nova
