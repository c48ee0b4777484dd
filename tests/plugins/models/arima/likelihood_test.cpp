// Goal: the innovations are those of the exact Gaussian distribution. Method: a slow twin that
// factors the whole covariance matrix of the observed points, closed forms, missing points.
#include "plugins/models/arima/likelihood.hpp"

#include <Eigen/Cholesky>

#include "tests/plugins/models/arima/series.hpp"

namespace nova::arima {
namespace arima_likelihood_test {

struct Case {
  Order order;
  std::vector<double> c;
};

std::vector<Case> cases() {
  const auto blocks = [](std::vector<Block> b) {
    Order order;
    order.blocks = std::move(b);
    return order;
  };
  return {{blocks({{1, 0, 0, 0}}), {}},
          {blocks({{1, 2, 0, 0}}), {1.2, -0.4}},
          {blocks({{1, 0, 0, 2}}), {0.5, -0.3}},
          {blocks({{1, 0, 0, 1}}), {-0.98}},
          {blocks({{1, 2, 0, 1}, {4, 1, 0, 1}}), {0.6, 0.2, 0.4, 0.7, -0.5}},
          {blocks({{1, 1, 0, 0}, {6, 0, 0, 2}}), {0.9, -0.4, 0.3}},
          {blocks({{1, 0, 0, 3}, {5, 2, 0, 0}}), {0.4, 0.2, -0.3, 0.5, 0.3}},
          {blocks({{1, 1, 0, 1}, {4, 1, 0, 0}, {12, 0, 0, 1}}), {0.5, 0.3, 0.4, -0.6}}};
}

// Innovations of the points that are there by the Cholesky factor of their covariance.
void twin(const Arma& arma, const std::vector<double>& w, std::vector<double>& v,
          std::vector<double>& f) {
  const std::size_t n = w.size();
  // Autocovariances from psi weights, summed until nothing is left.
  std::vector<double> psi(6000, 0.0), gamma(n, 0.0);
  psi[0] = 1;
  for (std::size_t i = 0; i < arma.ma.lag.size(); ++i) psi[arma.ma.lag[i]] = arma.ma.value[i];
  for (std::size_t k = 1; k < psi.size(); ++k)
    for (std::size_t i = 0; i < arma.ar.lag.size() && arma.ar.lag[i] <= k; ++i)
      psi[k] -= arma.ar.value[i] * psi[k - arma.ar.lag[i]];
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t j = 0; j + k < psi.size(); ++j) gamma[k] += psi[j] * psi[j + k];
  std::vector<std::size_t> at;
  for (std::size_t t = 0; t < n; ++t)
    if (std::isfinite(w[t])) at.push_back(t);
  const auto size = static_cast<Eigen::Index>(at.size());
  Eigen::MatrixXd cov(size, size);
  Eigen::VectorXd y(size);
  for (Eigen::Index i = 0; i < size; ++i) {
    y[i] = w[at[static_cast<std::size_t>(i)]];
    for (Eigen::Index j = 0; j < size; ++j) {
      const auto a = at[static_cast<std::size_t>(i)], b = at[static_cast<std::size_t>(j)];
      cov(i, j) = gamma[a > b ? a - b : b - a];
    }
  }
  const Eigen::MatrixXd l = cov.llt().matrixL();
  const Eigen::VectorXd e = l.triangularView<Eigen::Lower>().solve(y);
  v.assign(n, 0.0);
  f.assign(n, 1.0);
  for (Eigen::Index i = 0; i < size; ++i) {
    v[at[static_cast<std::size_t>(i)]] = e[i] * l(i, i);
    f[at[static_cast<std::size_t>(i)]] = l(i, i) * l(i, i);
  }
}

void expect_like_twin(const std::vector<double>& gaps) {
  std::mt19937_64 random{3};
  std::normal_distribution<double> noise;
  for (const Case& c : cases()) {
    const Arma arma{ar_product(c.order, c.c, false), ma_product(c.order, c.c)};
    std::vector<double> w(80), v(80), f(80), want_v, want_f;
    for (double& x : w) x = noise(random);
    for (const double t : gaps) w[static_cast<std::size_t>(t)] = std::nan("");
    ASSERT_TRUE(innovations(arma, w, v, f)) << c.order.text();
    twin(arma, w, want_v, want_f);
    for (std::size_t t = 0; t < w.size(); ++t) {
      EXPECT_NEAR(v[t], want_v[t], 1e-8) << c.order.text() << " " << t;
      EXPECT_NEAR(f[t], want_f[t], 1e-8) << c.order.text() << " " << t;
    }
  }
}

TEST(Innovations, AreThoseOfTheWholeCovariance) { expect_like_twin({}); }
TEST(Innovations, LeaveOutMissingPointsExactly) {
  expect_like_twin({3, 17, 18, 19, 20, 21, 50, 52, 54, 79});
  expect_like_twin({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14});
}

TEST(Autocovariances, HaveTheirClosedForms) {
  std::vector<double> gamma;
  ASSERT_TRUE(autocovariances({{{1}, {-0.8}}, {}}, 5, gamma));
  for (std::size_t k = 0; k < 6; ++k)
    EXPECT_NEAR(gamma[k], std::pow(0.8, static_cast<double>(k)) / 0.36, 1e-12);
  ASSERT_TRUE(autocovariances({{}, {{1, 12, 13}, {0.5, 0.4, 0.2}}}, 14, gamma));
  EXPECT_NEAR(gamma[0], 1.25 * 1.16, 1e-12);
  EXPECT_NEAR(gamma[11], 0.5 * 0.4, 1e-12);
  EXPECT_NEAR(gamma[14], 0, 1e-12);
  EXPECT_FALSE(autocovariances({{{1}, {-1.0}}, {}}, 3, gamma));
}

TEST(Innovations, RefuseWhatIsNotStationary) {
  std::vector<double> w(10, 1.0), v(10), f(10);
  EXPECT_FALSE(innovations({{{1}, {-1.1}}, {}}, w, v, f));
  w[3] = std::nan("");
  EXPECT_FALSE(innovations({{{1, 2}, {-1.5, 0.5}}, {}}, w, v, f));
}

}  // namespace arima_likelihood_test
}  // namespace nova::arima
