// least_squares asks for several points at once; a test's function knows one.
#pragma once

#include "plugins/models/numeric/minimise.hpp"

#include <vector>

namespace nova::numeric {

template <class F>
Residuals lanes(std::size_t residuals, F f) {
  return [=](Points points, std::span<double> r) {
    std::vector<double> one(residuals);
    for (std::size_t i = 0; i < points.size(); ++i) {
      f(points[i], std::span<double>(one));
      for (std::size_t t = 0; t < residuals; ++t) r[t * kLanes + i] = one[t];
    }
  };
}

}  // namespace nova::numeric
