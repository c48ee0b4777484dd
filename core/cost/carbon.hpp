// Carbon: what a machine's electricity weighs, as far as it can be known from outside.
//
// An estimate from size alone: half-busy hardware threads and memory, with what the building takes.
// Coefficients: Cloud Carbon Footprint, "Methodology", appendix (averages over the processors of
// Amazon EC2: 0.74 W idle and 3.5 W busy a vCPU, 0.392 W a GiB, PUE 1.135). Good for comparing
// places and shapes of machines, not for an account of emissions.
#pragma once

namespace nova {

inline double watts_of(double vcpus, double memory_gib) {
  constexpr double kIdle = 0.74, kBusy = 3.5, kGib = 0.392, kBuilding = 1.135;
  return kBuilding * (vcpus * (kIdle + kBusy) / 2 + memory_gib * kGib);
}

// Grams an hour on a grid of so many grams a kWh.
inline double carbon_g_per_hour(double vcpus, double memory_gib, double g_per_kwh) {
  return watts_of(vcpus, memory_gib) / 1000 * g_per_kwh;
}

}  // namespace nova
