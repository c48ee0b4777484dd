// The public series of smoothing_series.csv and R's fits to them, as the smoothing code takes them.
#pragma once

#include "plugins/models/ets/estimate.hpp"
#include "tests/plugins/models/fixture.hpp"

namespace nova::reference {

struct PublicSeries {
  std::uint32_t season = 1;
  std::vector<double> values;
};

inline const std::map<std::string, PublicSeries>& all_series() {
  static const auto loaded = [] {
    std::map<std::string, PublicSeries> out;
    const auto table = fixture::read("smoothing_series.csv");
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      auto& s = out[table.rows[i].at("series")];
      s.season = static_cast<std::uint32_t>(table.number(i, "season"));
      s.values.push_back(table.number(i, "value"));
    }
    return out;
  }();
  return loaded;
}

// A row of smoothing_fits.csv with its states.
struct RFit {
  std::string series, form;
  ets::Spec spec;
  ets::Parameters parameters;
  ets::State start, end;
  double log_likelihood = 0, aicc = 0, sigma2 = 0;
};

inline ets::Spec spec_of(const std::string& form, std::uint32_t season) {
  ets::Spec spec;
  spec.form = ets::Form::parse(form).value();
  if (spec.form.season != ets::Season::none) spec.seasons[0] = season;
  return spec;
}

inline std::vector<RFit> r_fits() {
  const auto fits = fixture::read("smoothing_fits.csv"),
             states = fixture::read("smoothing_states.csv");
  std::vector<RFit> out;
  for (std::size_t i = 0; i < fits.rows.size(); ++i) {
    RFit f;
    f.series = fits.rows[i].at("series");
    f.form = fits.rows[i].at("form");
    f.spec = spec_of(f.form, all_series().at(f.series).season);
    f.parameters.alpha = fits.number(i, "alpha");
    f.parameters.beta = fits.number(i, "beta");
    f.parameters.gamma[0] = fits.number(i, "gamma");
    f.parameters.phi = fits.number(i, "phi");
    f.log_likelihood = fits.number(i, "loglik");
    f.aicc = fits.number(i, "aicc");
    f.sigma2 = fits.number(i, "sigma2");
    for (std::size_t j = 0; j < states.rows.size(); ++j) {
      const auto& row = states.rows[j];
      if (row.at("series") != f.series || row.at("form") != f.form) continue;
      auto& s = row.at("at") == "start" ? f.start : f.end;
      const double v = states.number(j, "value");
      if (row.at("part") == "level") s.level = v;
      if (row.at("part") == "trend" && !std::isnan(v)) s.trend = v;
      if (row.at("part") == "season") s.season[0].push_back(v);
    }
    out.push_back(std::move(f));
  }
  return out;
}

inline std::size_t unknowns_of(const ets::Spec& spec) {
  const auto& f = spec.form;
  return 2 + (f.trend == ets::Trend::none ? 0u : 2u) + (f.trend == ets::Trend::damped ? 1u : 0u) +
         (f.season == ets::Season::none ? 0u : spec.seasons[0]);
}

}  // namespace nova::reference
