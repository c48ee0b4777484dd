// Student's t distribution, for prediction intervals with an estimated variance.
#pragma once

namespace nova::numeric {

// P(T <= t) with dof > 0 degrees of freedom, by the regularised incomplete beta function
// (NIST Digital Library of Mathematical Functions, 8.17.22, its continued fraction).
double student_t_cdf(double t, double dof);

// t with P(T <= t) = p. Relative error below 1e-11 up to 1e5 degrees of freedom,
// below 1e-9 up to 1e7; p outside (0, 1) gives +-inf or NaN.
// Start: Hill, "Algorithm 396: Student's t-quantiles", Communications of the ACM 13 (1970); then
// Newton steps on the distribution function.
double student_t_quantile(double p, double dof);

// The same through a small cache of this thread: a batch asks for few pairs many times.
double student_t_quantile_cached(double p, double dof);

}  // namespace nova::numeric
