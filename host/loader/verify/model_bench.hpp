// ModelBench: series in all layouts the contract allows, and one model that is asked about them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "host/loader/verify/rig.hpp"

namespace nova::verify {

using Rows = std::vector<std::vector<double>>;

// How a batch lies in memory.
struct Layout {
  std::size_t gap = 0;            // cells between rows, of no meaning
  bool time_backwards = false;    // time_stride -1
  bool series_backwards = false;  // negative series_stride
  bool columns = false;           // time_stride n, series_stride 1
  Edge edge = Edge::end;
};

// Rows as a nova_series_view in guarded, read-only memory. Rows of unequal length get `lengths`,
// and their invalid cells a number that would spoil any answer.
class Sheet {
 public:
  Sheet(const Rows& rows, const Layout& layout, std::uint64_t first_key = 1);
  const nova_series_view* view() const noexcept { return view_.data(); }
  void vanish() const;

 private:
  std::size_t n_, m_;
  Column<std::uint64_t> keys_;
  Column<double> values_;
  Column<std::uint32_t> lengths_;
  Column<nova_series_view> view_;
};

struct Ask {
  Rows rows{};
  std::vector<std::uint32_t> leads{1, 2, 3, 12};
  std::vector<double> levels{0.1, 0.5, 0.9};
  bool mean = true;
  Layout layout{};
  std::size_t output_gap = 0;  // cells between output rows, which must stay as they were
  std::uint64_t seed = 7;
};

struct Got {
  nova_status code = NOVA_OK;
  std::string message;
  std::vector<double> mean, quantiles;  // [n][lead], [n][level][lead]
  std::vector<std::int32_t> status;
  std::vector<std::string> notes;
};

class ModelBench {
 public:
  explicit ModelBench(const Rig& rig) : ops_(rig.ops<nova_model_ops>()), object_(rig.make()) {}

  // As the host does before a forecast: fit where the model can. Throws Failed when the whole call
  // fails.
  std::vector<std::int32_t> learn(const Ask& ask);
  // The same through `observe`.
  std::vector<std::int32_t> observe(const Rows& rows, std::int64_t after_points);
  Got forecast(const Ask& ask, CallBox* box = nullptr);
  // learn() and forecast(), where every series must be answered.
  Got answer(const Ask& ask);

  nova_instance* raw() const { return object_.get(); }
  const nova_model_ops& ops() const { return ops_; }

  static constexpr std::int64_t kStepNs = 300'000'000'000;

 private:
  nova_model_ops ops_;
  Object object_;
  std::vector<std::unique_ptr<Sheet>> lent_;  // vanished, but their addresses stay taken
};

// n different series of m points: level, daily season, a little noise; all positive.
Rows plain_rows(std::size_t n, std::size_t m);

// As many series as are learnt in about two seconds, at most 10 000: a careful model needs
// milliseconds for each, and a check is no place to wait.
std::size_t many_series_for(const Rig& rig, std::size_t points);

// Why the answers differ, "" if they are equal to within `tolerance` (relative).
std::string difference(const Got& a, const Got& b, double tolerance = 0);

}  // namespace nova::verify
