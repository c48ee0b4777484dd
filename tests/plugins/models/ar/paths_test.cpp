// Goal: every rule of the pool forecasts what it says, from any origin, alone or among many.
// Method: small series counted by hand, and many origins against one by one.
#include "plugins/models/ar/paths.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace ar_paths_test {

using nova::ar::Dealt;
using nova::ar::Member;
using nova::ar::Origins;
using nova::ar::View;
using nova::ar::Views;
using Kind = Member::Kind;

Views views_of(const std::vector<double>& x, std::uint32_t season = 0) {
  Views v;
  v.season = season;
  nova::ar::Scales scales;  // levels, as they are
  for (const double value : x) v.push(scales, value);
  return v;
}

std::vector<double> one(const Member& m, const Views& v, std::size_t origin, std::size_t leads) {
  std::vector<Dealt> dealt;
  for (const auto& z : v.z) dealt.emplace_back(z, 1);
  std::vector<double> out(leads);
  nova::ar::paths(m, dealt, {origin, 1, 1}, leads, 1e6, {out.data(), 1});
  return out;
}

Member member(Kind kind, std::uint32_t span, View view = View::level) {
  Member m;
  m.kind = kind;
  m.span = span;
  m.view = view;
  return m;
}

Member autoregression(std::vector<std::uint32_t> lags, std::vector<double> coefficients,
                      double intercept, View view = View::level, std::uint32_t apart = 0) {
  Member m = member(Kind::autoregression, apart, view);
  m.lags = std::move(lags);
  m.fit = {intercept, std::move(coefficients)};
  return m;
}

using V = std::vector<double>;

TEST(Paths, RulesByHand) {
  const auto v = views_of({5, 1, 2, 9, 4, 6, 8, 7}, 3);
  EXPECT_EQ(one(member(Kind::seasonal, 1), v, 7, 3), (V{7, 7, 7}));
  EXPECT_EQ(one(member(Kind::seasonal, 3), v, 7, 5), (V{6, 8, 7, 6, 8}));
  EXPECT_EQ(one(member(Kind::seasonal_median, 3), v, 7, 2), (V{4, 8}));  // of 6 2; of 8 9 5
  EXPECT_EQ(one(member(Kind::median, 3), v, 7, 2), (V{7, 7}));
  EXPECT_EQ(one(member(Kind::median, 4), v, 7, 1), (V{6.5}));
  EXPECT_EQ(one(member(Kind::median, 50), v, 2, 1), (V{2}));  // as much as there is
  EXPECT_EQ(one(member(Kind::drift, 4), v, 7, 2), (V{6.5, 6}));
  Member theta = member(Kind::theta, 1);
  theta.factor = 1;
  theta.slope = 0.5;
  EXPECT_EQ(one(theta, v, 7, 2), (V{7.5, 8}));
  EXPECT_EQ(one(autoregression({1, 3}, {0.5, 1}, 1), v, 7, 3),
            (V{1 + 3.5 + 6, 1 + 5.25 + 8, 1 + 7.125 + 7}));
  // Steps: the last one was -1; it halves and is summed up.
  EXPECT_EQ(one(autoregression({1}, {0.5}, 0, View::level_steps, 1), v, 7, 3),
            (V{6.5, 6.25, 6.125}));
  // Against a season ago: always one more than then.
  EXPECT_EQ(one(autoregression({1}, {0}, 1, View::level_seasons, 3), v, 7, 4), (V{7, 9, 8, 8}));
}

TEST(Paths, StayWithinTheirBound) {
  const auto v = views_of({1, 2, 4, 8});
  std::vector<Dealt> dealt;
  for (const auto& z : v.z) dealt.emplace_back(z, 1);
  std::vector<double> out(60);
  for (const Member& m : {autoregression({1}, {2}, 0), member(Kind::drift, 1),
                          autoregression({1}, {2}, 0, View::level_steps, 1)}) {
    nova::ar::paths(m, dealt, {3, 1, 1}, 60, 100, {out.data(), 1});
    for (const double f : out) EXPECT_LE(f, 100);
    EXPECT_EQ(out.back(), 100);
  }
}

TEST(Paths, ManyOriginsAreOneByOne) {
  std::mt19937_64 random{1};
  std::normal_distribution<double> normal;
  V x(300);
  for (double& value : x) value = normal(random);
  const auto v = views_of(x, 24);
  Member theta = member(Kind::theta, 1);
  theta.factor = 0.3;
  const std::vector<Member> members = {
      autoregression({1, 2, 3, 24, 25, 48}, {0.3, 0.2, -0.1, 0.3, 0.05, 0.1}, 0.1),
      autoregression({1, 5}, {0.3, 0.2}, 0.1, View::level_steps, 1),
      autoregression({1, 24}, {0.3, -0.2}, 0.1, View::level_seasons, 24),
      member(Kind::seasonal, 24),
      member(Kind::seasonal_median, 24),
      member(Kind::median, 12),
      member(Kind::drift, 24),
      theta};
  for (const std::size_t stride : {1, 2, 5})
    for (const auto& m : members) {
      const Origins origins{200, stride, 19};
      constexpr std::size_t kLeads = 60, kWidth = 23;
      std::vector<Dealt> dealt;
      for (const auto& z : v.z) dealt.emplace_back(z, stride);
      V out(kLeads * kWidth, -7);
      nova::ar::paths(m, dealt, origins, kLeads, 1e6, {out.data(), kWidth});
      for (std::size_t j = 0; j < origins.count; ++j) {
        const auto alone = one(m, v, origins.at(j), kLeads);
        for (std::size_t h = 0; h < kLeads; ++h)
          EXPECT_NEAR(out[h * kWidth + j], alone[h], 1e-12)
              << "kind " << static_cast<int>(m.kind) << " stride " << stride << " lead " << h + 1;
      }
      EXPECT_EQ(out[origins.count], -7);  // nothing is written beside the origins
    }
}

TEST(Paths, ReadNoMoreThanTheirReach) {
  std::mt19937_64 random{2};
  std::normal_distribution<double> normal;
  V x(400);
  for (double& value : x) value = normal(random);
  for (const auto& m : {autoregression({1, 7}, {0.4, 0.3}, 0), member(Kind::seasonal, 7),
                        autoregression({1, 7}, {0.4, 0.3}, 0, View::level_steps, 1),
                        autoregression({1, 7}, {0.4, 0.3}, 0, View::level_seasons, 7),
                        member(Kind::seasonal_median, 7), member(Kind::median, 12),
                        member(Kind::drift, 24), member(Kind::theta, 1)}) {
    const auto all = one(m, views_of(x, 7), 399, 20);
    const V kept(x.end() - static_cast<std::ptrdiff_t>(reach(m)), x.end());
    const auto some = one(m, views_of(kept, 7), kept.size() - 1, 20);
    EXPECT_EQ(all, some) << static_cast<int>(m.kind) << " " << static_cast<int>(m.view);
  }
}

}  // namespace ar_paths_test
