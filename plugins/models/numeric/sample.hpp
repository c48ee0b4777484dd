// Small statistics of a sample, with missing values (NaN, and infinities) left out.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace nova::numeric {

// The spread of errors that are as likely to be positive as negative, from their sizes: at most
// kKept order statistics, dense in the tails, so that a state stays small however long the history
// was. Of very many errors some kSorted are looked at, evenly over the order they come in: sorting
// all would take longer than the fits they come from.
class ErrorSample {
 public:
  static constexpr std::size_t kKept = 256, kSorted = 4096;
  ErrorSample() = default;
  explicit ErrorSample(std::vector<double> errors);  // any order and sign; non-finite ones drop
  // From saved parts; throws std::invalid_argument when they cannot have come from here.
  ErrorSample(std::vector<double> sorted, std::vector<double> places, double rms, double count);

  // The p-quantile, 0 < p < 1, of the symmetric distribution: the |2p - 1|-quantile of the sizes
  // with the sign of p - 1/2. With fewer than kEmpirical errors the normal distribution of their
  // root mean square; otherwise between the two nearest order statistics (Hyndman and Fan, "Sample
  // Quantiles in Statistical Packages", 1996, definition 7), exact up to kKept errors.
  double quantile(double p) const;
  static constexpr std::size_t kEmpirical = 20;

  double count() const { return count_; }  // errors seen
  double rms() const { return rms_; }
  const std::vector<double>& sorted() const { return sorted_; }
  const std::vector<double>& places() const { return places_; }

 private:
  std::vector<double> sorted_;  // sizes, ascending
  std::vector<double> places_;  // share of each kept error in the order, in [0, 1]; empty = even
  double rms_ = 0, count_ = 0;
};

}  // namespace nova::numeric
