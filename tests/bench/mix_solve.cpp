// Answers mix questions read from standard input, for mix_oracle.py. Each begins with a line
// "demand mvcpu mib slots", goes on with "limits pool family zone alive base min_pools max_types
// spot" and "column type family zone pay mvcpu mib slots nanos hazard held", and ends with "solve
// steps runs". The answer is a line: microseconds of CPU (median of the runs), total, bound,
// violations, counts.
#include <algorithm>
#include <ctime>
#include <iostream>
#include <sstream>

#include "core/cost/optimise.hpp"
#include "core/cost/verify_mix.hpp"

namespace nova {
namespace {

void solve(const MixQuestion& question, std::int64_t steps, int runs) {
  std::vector<double> micros;
  std::optional<Result<MixAnswer>> answer;
  for (int k = 0; k < runs; ++k) {
    const auto start = std::clock();
    answer = optimise(question, {steps, 0.002, 1});
    micros.push_back(1e6 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  std::nth_element(micros.begin(), micros.begin() + runs / 2, micros.end());
  std::cout << micros[static_cast<std::size_t>(runs / 2)];
  if (!answer->ok()) {
    std::cout << " error " << answer->error().message << std::endl;
    return;
  }
  const auto& mix = answer->value();
  std::cout << ' ' << mix.cost.total.nanos << ' ' << mix.bound.nanos << ' '
            << violations(question, mix.counts).size();
  for (std::size_t j = 0; j < mix.counts.size(); ++j)
    if (mix.counts[j] > 0) std::cout << ' ' << j << ':' << mix.counts[j];
  std::cout << std::endl;
}

}  // namespace
}  // namespace nova

int main() {
  nova::MixQuestion question;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream in(line);
    std::string what;
    in >> what;
    if (what == "demand") {
      question = {};
      for (auto& d : question.demand) in >> d;
    } else if (what == "limits") {
      auto& l = question.limits;
      in >> l.pool >> l.family >> l.zone >> l.alive >> l.base_on_demand >> l.min_pools >>
          l.max_types >> l.spot;
    } else if (what == "column") {
      nova::MixColumn c;
      std::string pay;
      in >> c.machine_type >> c.family >> c.zone >> pay;
      for (auto& a : c.amount) in >> a;
      in >> c.price.nanos >> c.hazard >> c.held;
      c.pay = pay == "spot" ? nova::PayAs::spot : nova::PayAs::on_demand;
      c.expected = c.price;
      question.columns.push_back(std::move(c));
    } else if (what == "solve") {
      std::int64_t steps = 0;
      int runs = 0;
      in >> steps >> runs;
      nova::solve(question, steps, runs);
    }
  }
}
