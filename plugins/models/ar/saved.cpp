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
  m.bands = r.get<std::uint8_t>();
  refuse_unless(m.lags.size() == m.fit.coefficients.size() && all_finite(m.fit.coefficients));
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
  w.put(views.season);
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
    w.put(m.bands);
  }
  w.put(errors.table());
  w.put(errors.corrections());
  w.put<std::uint64_t>(promises.size());
  for (const auto& p : promises) {
    w.put(p.origin);
    w.put(p.centres);
    for (const auto& b : p.bounds) w.put(b.core), w.put(b.tail);
  }
}

State State::load(StateReader& r) {
  State s;
  s.scales.has_log = r.get<std::uint8_t>() != 0;
  s.scales.non_negative = r.get<std::uint8_t>() != 0;
  s.scales.level = transform_from(r, false);
  s.scales.log = transform_from(r, true);
  s.keep = r.get<std::uint64_t>();
  s.views.season = r.get<std::uint32_t>();
  s.bound = r.get<double>();
  s.count = r.get<std::uint64_t>();
  const auto values = r.list<double>();
  refuse_unless(!values.empty() && values.size() <= s.keep && s.count >= values.size() &&
                s.bound > 0 && all_finite(values));
  for (const double x : values) s.views.push(s.scales, x);
  for (auto n = r.get<std::uint64_t>(); n > 0; --n) {
    s.members.push_back(member_from(r));
    const Member& m = s.members.back();
    const bool regresses = m.kind == Member::Kind::autoregression;
    refuse_unless(s.scales.has(m.view) && reach(m) <= s.keep &&
                  (regresses ? !m.lags.empty() && m.span == s.views.apart(m.view) : m.span >= 1));
    if (regresses || m.kind == Member::Kind::seasonal)
      refuse_unless((regresses ? std::max(m.lags.back(), m.span) : m.span) <= values.size());
  }
  refuse_unless(!s.members.empty());
  try {
    auto table = r.list<double>();
    s.errors = numeric::Conformal(std::move(table), r.list<double>());
  } catch (const std::invalid_argument&) {
    StateReader::refuse("inconsistent");
  }
  for (auto n = r.get<std::uint64_t>(); n > 0; --n) {
    Promise p;
    p.origin = r.get<std::uint64_t>();
    p.centres = r.list<double>();
    p.bounds.resize(p.centres.size());
    refuse_unless(p.origin <= s.count && all_finite(p.centres) &&
                  p.centres.size() <= s.errors.leads());
    for (auto& b : p.bounds) b.core = r.get<double>(), b.tail = r.get<double>();
    s.promises.push_back(std::move(p));
  }
  return s;
}

}  // namespace nova::ar
