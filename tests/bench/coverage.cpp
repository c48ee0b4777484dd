// Coverage of what the forecast room says of recorded loads, as the loop would ask and teach it.
//
//   coverage PLUGIN_DIR MODEL[,MODEL] DAY < series         a series a line: name,value,value,...
//
// DAY: points a day. The models learn of the first week of each series (of three quarters of a
// shorter one), then every point comes to them and to the room: fits every twelfth point on the
// last week, seasons found by the room, forecasts at each point. Prints how often the central 80 %
// and 95 % held what came 5, 15, 60 and 240 minutes ahead (those of them that are steps), the
// standard error of each such share, and then the pinball loss at each lead in mean changes of the
// load: of each model as it says, of the same calibrated by the room, and of the room's own
// forecast ("auto"). Driven by coverage.py.
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>

#include "core/engine/tick.hpp"
#include "core/forecast/panel.hpp"
#include "core/forecast/season_watch.hpp"
#include "core/metrics/new_level.hpp"
#include "core/metrics/outage.hpp"
#include "host/loader/catalogue.hpp"
#include "host/loop/model_service.hpp"

namespace {

using namespace nova;

constexpr std::size_t kFitEvery = 12;
const std::vector<double> kLevels{0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99};

struct Held {
  std::vector<double> in80, in95;  // 1 or 0, in the order of time
  std::vector<double> losses;      // pinball, mean over all levels
};

double mean_of(const std::vector<double>& x) {
  double sum = 0;
  for (const double v : x) sum += v;
  return sum / static_cast<double>(x.size());
}

// Mean absolute change from a point to the next: the unit of losses.
double change_of(const std::vector<double>& y) {
  std::vector<double> changes;
  for (std::size_t t = 1; t < y.size(); ++t)
    if (std::isfinite(y[t] - y[t - 1])) changes.push_back(std::abs(y[t] - y[t - 1]));
  return mean_of(changes);
}

// Standard error of the mean of hits that overlap: of forecasts h steps ahead, those less than h
// steps apart err alike. Newey and West, "A simple, positive semi-definite, heteroskedasticity and
// autocorrelation consistent covariance matrix", 1987, to 2 h steps.
double error_of(const std::vector<double>& x, std::int64_t lead) {
  const auto h = static_cast<std::size_t>(lead);
  const double mean = mean_of(x), reach = static_cast<double>(2 * h);
  double sum = 0;
  for (std::size_t k = 0; k < std::min(2 * h, x.size()); ++k) {
    double at = 0;
    for (std::size_t t = k; t < x.size(); ++t) at += (x[t] - mean) * (x[t - k] - mean);
    sum += (k == 0 ? 1 : 2) * (1 - static_cast<double>(k) / reach) * at;
  }
  return std::sqrt(std::max(sum, 0.0)) / static_cast<double>(x.size());
}

using Leads = std::vector<std::int64_t>;                 // steps
using Table = std::map<std::string, std::vector<Held>>;  // [lead]

void judge(Table& table, const std::string& who, const Forecast& said, std::span<const double> y,
           std::size_t now, const Leads& judged) {
  auto& row = table[who];
  row.resize(judged.size());
  for (std::size_t k = 0; k < judged.size(); ++k) {
    const auto leads = said.leads();
    const auto i = static_cast<std::size_t>(
        std::lower_bound(leads.begin(), leads.end(), judged[k]) - leads.begin());
    const std::size_t then = now + static_cast<std::size_t>(judged[k]) - 1;
    if (then >= y.size() || !std::isfinite(y[then])) continue;
    auto& held = row[k];
    const auto within = [&](double low, double high) {
      return said.quantile(low, i) <= y[then] && y[then] <= said.quantile(high, i);
    };
    held.in80.push_back(within(0.1, 0.9));
    held.in95.push_back(within(0.025, 0.975));
    double loss = 0;
    for (const double level : kLevels) {
      const double over = y[then] - said.quantile(level, i);
      loss += std::max(level * over, (level - 1) * over) / static_cast<double>(kLevels.size());
    }
    held.losses.push_back(loss);
  }
}

Leads leads_of(std::size_t day) {
  const auto step = static_cast<std::int64_t>(1440 / day);  // minutes
  Leads leads;
  for (const std::int64_t ahead : {5, 15, 60, 240})
    if (const auto lead = std::max<std::int64_t>(1, ahead / step);
        leads.empty() || lead > leads.back())
      leads.push_back(lead);
  return leads;
}

Table roll(const std::vector<double>& y, std::size_t day, std::uint64_t key, ModelService& service,
           const std::vector<std::string>& models) {
  const Duration step = std::chrono::seconds(86400 / day);
  const auto judged = leads_of(day);
  const auto shape = PanelShape::make(1, judged[1], judged.back(), judged, kLevels);
  Panel panel(shape, models);
  SeasonWatch seasons(step, key);
  const std::size_t week = 7 * day, first = std::min(week, y.size() * 3 / 4);
  const std::string tenant = "default";
  Table table;
  for (std::size_t now = first; now < y.size(); ++now) {
    const auto measured = std::span(y).first(now).last(std::min(now, week));
    std::vector<double> history(measured.begin(), measured.end());
    if (const auto outage = find_outage(history))
      std::fill_n(history.begin() + static_cast<std::ptrdiff_t>(outage->first), outage->count, NAN);
    const auto origin = from_unix_ns(0) + step * now;
    seasons.update(history, origin);
    if (now > first) panel.arrive(origin, history, seasons.judge());
    const auto level = find_new_level(history);
    const auto told = level ? on_new_level(history, *level) : std::vector<double>{};
    std::vector<ModelQuestion> questions;
    for (std::size_t m = 0; m < models.size(); ++m) {
      ModelQuestion q;
      q.model = m, q.plugin = &models[m], q.tenant = &tenant, q.key = q.seed = key;
      q.anew = panel.seat(m).refit;
      q.fit = (now - first) % kFitEvery == 0 || q.anew;
      q.new_points = now > first ? 1 : 0;
      q.history = told.empty() ? std::span<const double>(history) : told, q.origin = origin,
      q.step = step;
      q.leads = &shape.leads, q.levels = &shape.levels, q.seasons = seasons.lengths();
      questions.push_back(std::move(q));
    }
    for (const auto& a : service.ask(questions)) {
      if (a.fitted) panel.fitted(a.model);
      auto raw =
          a.status ? Forecast::make({origin, step, shape.leads, shape.levels, a.mean, a.quantiles})
                   : Result<Forecast>(a.status.error());
      if (!raw) {
        panel.fail(a.model, raw.error().message);
        continue;
      }
      panel.take(a.model, *raw, history, seasons.judge());
      judge(table, models[a.model] + " raw", *raw, y, now, judged);
      judge(table, models[a.model], *panel.seat(a.model).forecast, y, now, judged);
    }
    panel.conclude(origin, step, history, seasons.judge());
    if (panel.forecast()) judge(table, "auto", *panel.forecast(), y, now, judged);
  }
  return table;
}

std::vector<std::string> cells(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> all;
  for (std::string cell; std::getline(in, cell, ',');) all.push_back(cell);
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: coverage PLUGIN_DIR MODEL[,MODEL] DAY < series\n", stderr);
    return 2;
  }
  loader::PluginCatalogue catalogue({argv[1]});
  const auto names = cells(argv[2]);
  std::map<std::string, std::unique_ptr<loader::Instance>> instances;
  std::map<std::string, std::unique_ptr<loader::ModelClient>> clients;
  for (const auto& name : names) {
    const auto found = catalogue.open("org.novacron.model." + name);
    auto made = found ? loader::Instance::create(loader::HostContext::make({}), found->library,
                                                 *found->component, {})
                      : Result<std::unique_ptr<loader::Instance>>(found.error());
    if (!made) {
      std::fprintf(stderr, "coverage: %s: %s\n", name.c_str(), made.error().message.c_str());
      return 3;
    }
    instances[name] = std::move(made).value();
    clients[name] = std::make_unique<loader::ModelClient>(*instances[name]);
  }
  ModelService service([&](const auto&, const auto& plugin) { return clients[plugin].get(); },
                       [](const auto&) { return Duration(std::chrono::minutes(5)); });
  std::uint64_t key = 0;
  for (std::string line; std::getline(std::cin, line);) {
    const auto parts = cells(line);
    std::vector<double> y;
    for (std::size_t i = 1; i < parts.size(); ++i)
      y.push_back(parts[i].empty() ? std::nan("") : std::stod(parts[i]));
    const auto day = std::stoul(argv[3]);
    const auto leads = leads_of(day);
    for (const auto& [who, held] : roll(y, day, ++key, service, names)) {
      std::printf("%s,%s", parts[0].c_str(), who.c_str());
      for (std::size_t k = 0; k < held.size(); ++k)
        for (const auto* hits : {&held[k].in80, &held[k].in95})
          std::printf(",%.4f,%.4f", mean_of(*hits), error_of(*hits, leads[k]));
      for (const auto& at : held) std::printf(",%.4f", mean_of(at.losses) / change_of(y));
      std::printf("\n");
    }
  }
  return 0;
}
