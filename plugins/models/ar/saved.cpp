// A state of the forecaster as bytes and back.
#include <limits>

#include "plugins/models/ar/ar.hpp"

namespace nova::ar {
namespace {

void put(StateWriter& w, const Transform& t) {
  for (const double v : {t.shift, t.least, t.centre, t.spread}) w.put(v);
}

Transform transform_from(StateReader& r, bool log) {
  Transform t;
  t.log = log;
  for (double* v : {&t.shift, &t.least, &t.centre, &t.spread}) *v = r.get<double>();
  return t;
}

void refuse_unless(bool good) {
  if (!good) StateReader::refuse("inconsistent");
}

bool all_finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

Member member_from(StateReader& r) {
  Member m;
  const auto kind = r.get<std::uint8_t>(), view = r.get<std::uint8_t>();
  refuse_unless(kind <= static_cast<std::uint8_t>(Member::Kind::theta) && view < kViews);
  m.kind = static_cast<Member::Kind>(kind);
  m.view = static_cast<View>(view);
  m.span = r.get<std::uint32_t>();
  for (double* v : {&m.factor, &m.slope, &m.ridge, &m.fit.intercept}) *v = r.get<double>();
  m.lags = r.list<std::uint32_t>();
  m.fit.coefficients = r.list<double>();
  refuse_unless(m.span >= 1 && m.lags.size() == m.fit.coefficients.size() &&
                all_finite(m.fit.coefficients));
  for (std::size_t k = 0; k < m.lags.size(); ++k)
    refuse_unless(m.lags[k] > (k == 0 ? 0 : m.lags[k - 1]));
  return m;
}

}  // namespace

void State::save(StateWriter& w) const {
  w.put<std::uint8_t>(scales.has_log);
  w.put<std::uint8_t>(scales.non_negative);
  put(w, scales.level);
  put(w, scales.log);
  w.put<std::uint64_t>(keep);
  w.put(bound);
  w.put(count);
  const std::size_t kept = std::min(keep, views.size());
  w.put(std::span<const double>(views.x).last(kept));
  w.put<std::uint64_t>(members.size());
  for (const auto& m : members) {
    w.put(static_cast<std::uint8_t>(m.kind));
    w.put(static_cast<std::uint8_t>(m.view));
    w.put(m.span);
    for (const double v : {m.factor, m.slope, m.ridge, m.fit.intercept}) w.put(v);
    w.put(m.lags);
    w.put(m.fit.coefficients);
  }
  w.put(errors.table());
  w.put<std::uint64_t>(promises.size());
  for (const auto& p : promises) {
    w.put(p.origin);
    w.put(p.centres);
  }
}

State State::load(StateReader& r) {
  State s;
  s.scales.has_log = r.get<std::uint8_t>() != 0;
  s.scales.non_negative = r.get<std::uint8_t>() != 0;
  s.scales.level = transform_from(r, false);
  s.scales.log = transform_from(r, true);
  s.keep = r.get<std::uint64_t>();
  s.bound = r.get<double>();
  s.count = r.get<std::uint64_t>();
  const auto values = r.list<double>();
  refuse_unless(!values.empty() && values.size() <= s.keep && s.count >= values.size() &&
                s.bound > 0 && all_finite(values));
  for (const double x : values) s.views.push(s.scales, x);
  for (auto n = r.get<std::uint64_t>(); n > 0; --n) {
    s.members.push_back(member_from(r));
    const Member& m = s.members.back();
    const std::size_t needed = m.lags.empty() ? m.span : m.lags.back();
    refuse_unless(s.scales.has(m.view) &&
                  (needed < values.size() || m.kind >= Member::Kind::seasonal_median ||
                   needed == values.size()) &&
                  reach(m) <= s.keep);
  }
  refuse_unless(!s.members.empty());
  s.errors = numeric::Conformal(r.list<double>());
  for (auto n = r.get<std::uint64_t>(); n > 0; --n) {
    Promise p;
    p.origin = r.get<std::uint64_t>();
    p.centres = r.list<double>();
    refuse_unless(p.origin <= s.count && all_finite(p.centres));
    s.promises.push_back(std::move(p));
  }
  return s;
}

}  // namespace nova::ar
