// Outlook: the chance that one signal's load exceeds a capacity while a decision made now rules.
//
// In: one load a slot, in machines it keeps busy (load / what one machine serves). Out: for any
// number of machines the largest chance, over four leads from the next slot to when a machine asked
// for in the next slot could serve, that the load is above them. On the scale y = sqrt(load), a
// lead is a direct ridge regression, the scale of its error and the tail of its standardised
// errors. Pure; uses no slot that has not passed. Method and its trial: docs of
// core/decide/promise.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/decide/promise/calendar.hpp"
#include "core/decide/promise/lags.hpp"
#include "core/decide/promise/ridge.hpp"
#include "core/decide/promise/spread.hpp"
#include "core/decide/promise/tail.hpp"

namespace nova::promise {

struct OutlookShape {
  std::size_t day = 1440;  // slots a day
  std::size_t boot = 3;    // slots from request to serving
  bool calendar = true;    // may look at the clock
};

// Slots ahead that are forecast: 1, two between, boot + 1.
std::vector<std::size_t> leads_of(std::size_t boot);

class Outlook {
 public:
  explicit Outlook(const OutlookShape& shape);

  // The slot that passed; nothing where its load is not known, then it is taken to be as expected,
  // within what the week before has seen, and nothing is learned from it.
  void push(std::optional<double> load);

  // Chance that `machines` are too few in some slot of the window; 1 before the first load.
  double overload(double machines) const;
  // Load that is exceeded with this chance as far as the pooled tails say, the largest of the
  // leads.
  double load_at(double chance) const;
  // The median forecast of the next slot, in machines.
  double next() const;
  std::uint64_t known() const { return known_; }  // slots whose load was known

  template <class Archive>
  void state(Archive& archive) {
    lags_.state(archive);
    archive(slot_, known_);
    for (auto& lead : leads_) lead.state(archive);
  }
  // After a snapshot was read: what is derived from it.
  void derive();

 private:
  // What was said of one slot, kept until that slot has passed.
  struct Said {
    LagRow row{};
    Spread::Row spread_row{};
    double expected = 0, scale = 1, level = 1;
  };
  struct Lead {
    Lead(const OutlookShape& shape, std::size_t slots_ahead);

    std::size_t ahead;
    Ridge<kColumns> ridge;
    LagRow coefficients{};
    Spread spread;
    Tail tail;
    Calendar calendar;
    std::vector<Said> said;  // ring by slot, `ahead` long
    std::size_t newest = 0;
    std::uint64_t count = 0;  // said so far
    Calendar::Page page;

    const Said& now() const { return said[newest]; }
    template <class Archive>
    void state(Archive& archive) {
      ridge.state(archive);
      archive(coefficients);
      spread.state(archive);
      tail.state(archive);
      calendar.state(archive);
      archive(said, count);
      archive.index(newest, said.size());
    }
  };

  void learn(Lead& lead, std::optional<double> y);
  void say(Lead& lead, const LagRow& common);
  double stand_in() const;
  double plausible(double expected, double level) const;
  bool refit_due() const;

  OutlookShape shape_;
  Lags lags_;
  std::vector<Lead> leads_;
  std::uint64_t slot_ = 0;  // the one that comes next
  std::uint64_t known_ = 0;
};

}  // namespace nova::promise
