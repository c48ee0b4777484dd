#include "host/cli/backtest_sweep.hpp"

#include <algorithm>
#include <atomic>
#include <boost/algorithm/string.hpp>
#include <charconv>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>
#include <thread>

#include "host/cli/backtest_trial.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/promise_option.hpp"
#include "host/wiring/config_files.hpp"

namespace nova::cli {
namespace {

using nlohmann::json;

// A number, a word of JSON or, if it is neither, a string.
json value_of(const std::string& text) {
  auto value = json::parse(text, nullptr, false);
  return value.is_discarded() ? json(text) : value;
}

// The group that --group names, in the file; the only one if it names none; null if there is none.
json* group_in(json& root, const std::string& name) {
  const auto groups = root.find("groups");
  if (groups == root.end() || !groups->is_array()) return nullptr;
  if (name.empty()) return groups->size() == 1 ? &groups->front() : nullptr;
  for (auto& group : *groups) {
    if (!group.is_object()) continue;
    const auto text = [&](const char* key, const char* other) {
      const auto at = group.find(key);
      return at != group.end() && at->is_string() ? at->get<std::string>() : std::string(other);
    };
    const auto id = text("id", "");
    if (name == id || name == text("tenant", "default") + "/" + id) return &group;
  }
  return nullptr;
}

// Of the mistakes in what stands there the loader tells; here they are passed over.
bool says(const json& object, const char* key, const json& value) {
  return object.is_object() && object.value(key, json()) == value;
}

// The signal of role demand, which is that of one that states none; null if there is none.
json* demand_in(json& group) {
  const auto signals = group.find("signals");
  if (signals == group.end() || !signals->is_array()) return nullptr;
  for (auto& signal : *signals)
    if (signal.is_object() && (!signal.contains("role") || says(signal, "role", "demand")))
      return &signal;
  return nullptr;
}

// The predictive policy that acts; one is added if there is none.
json& predictive_in(json& group) {
  auto& policies = group["policies"];
  if (!policies.is_array()) policies = json::array();
  for (auto& policy : policies)
    if (says(policy, "type", "predictive") && !says(policy, "shadow", true)) return policy;
  policies.insert(policies.begin(), json{{"type", "predictive"}});
  return policies.front();
}

// Forecasts are made once for all policies of a group, so its shadows have the same models.
void set_models(json& group, const json& models) {
  predictive_in(group)["models"] = models;
  for (auto& policy : group["policies"])
    if (says(policy, "type", "predictive")) policy["models"] = models;
}

Result<void> set(json& group, const std::string& key, const std::string& text) {
  const auto wrong = [&](const std::string& rule) {
    return Error{ErrorCode::invalid_argument,
                 "--sweep: " + key + " must be " + rule + ", got \"" + text + "\""};
  };
  if (key == "target") {
    auto* signal = demand_in(group);
    if (!signal)
      return Error{ErrorCode::invalid_argument,
                   "--sweep: target needs a signal of role demand in the group"};
    (*signal)["target_utilisation"] = value_of(text);
  } else if (key == "model") {
    set_models(group, text == "auto" ? json(text) : json::array({text}));
  } else if (key == "quantile") {
    double q = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), q);
    if (ec != std::errc{} || end != text.data() + text.size() || !(q >= 0.5 && q < 1))
      return wrong("a share from 0.5 to below 1");
    predictive_in(group)["weights"] = {{"cost", 1 - q}, {"performance", q}, {"risk", 0}};
  } else {
    try {
      group[json::json_pointer(key)] = value_of(text);
    } catch (const json::exception&) {
      return Error{ErrorCode::invalid_argument,
                   "--sweep: KEY must be promise, target, quantile, model or a JSON pointer within "
                   "the group such as /lead_time, got \"" +
                       key + "\""};
    }
  }
  return {};
}

// A value being tried; what it has to say waits until it is its turn.
struct Place {
  std::string value;
  std::ostringstream err;
  std::unique_ptr<Trial> trial;
  std::vector<PolicyRun> runs;
};

int prepare(const Call& call, const Sweep& sweep, const SweepOptions& o,
            std::vector<std::unique_ptr<Place>>& places) {
  const auto document = read_config_files(call.globals.config);
  for (const auto& value : sweep.values) {
    auto place = std::make_unique<Place>();
    place->value = value;
    auto root = document.root;
    auto promise = o.promise;
    auto* group = group_in(root, o.past.group);
    if (sweep.key == "promise") {
      const auto parsed = parse_promise(value);
      if (!parsed) return usage(call, "--sweep: promise " + parsed.error().message);
      promise = *parsed;
    } else if (group) {
      if (const auto done = set(*group, sweep.key, value); !done)
        return usage(call, done.error().message);
    }
    const Call own{call.globals, {}, call.out, place->err};
    place->trial = std::make_unique<Trial>(own);
    // Relative paths start where they do in the file itself.
    const auto& file = call.globals.config;
    const bool folder = std::filesystem::is_directory(file);
    const bool whole = sweep.key == "promise" || !group || !document.errors.empty();
    auto config =
        whole ? load_config(file) : load_config_text(root.dump(), folder ? file / "*.json" : file);
    const int code = place->trial->prepare(own, std::move(config), o.past, promise);
    if (code != kFine) {
      call.err << place->err.str();
      return code;
    }
    places.push_back(std::move(place));
  }
  return kFine;
}

void run_all(const Call& call, const SweepOptions& o,
             const std::vector<std::unique_ptr<Place>>& places) {
  std::mutex showing;
  Progress progress(call.err, call.err_is_terminal, "sweep");
  std::vector<double> done(places.size(), 0);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < places.size(); i = next++)
      places[i]->runs = places[i]->trial->run(
          o.rivals,
          [&, i](double share) {
            const std::lock_guard lock(showing);
            done[i] = share;
            double all = 0;
            for (const double d : done) all += d;
            progress.show(all / static_cast<double>(done.size()));
          },
          nullptr);
  };
  const auto cores = o.threads > 0 ? o.threads : std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::jthread> others;
  for (std::size_t t = 1; t < std::min<std::size_t>(cores, places.size()); ++t)
    others.emplace_back(work);
  work();
  others.clear();  // joins
  progress.close();
}

// Ours under each value; another once where no value changes what it does. Not every value need
// have the same ones: it may make a policy a shadow.
std::vector<PolicyRun> rows_of(const Sweep& sweep,
                               const std::vector<std::unique_ptr<Place>>& places) {
  std::vector<PolicyRun> rows;
  const auto add = [&](const PolicyRun& run, const std::string& name) {
    rows.push_back(run);
    rows.back().name = name;
  };
  const auto label = [&](const Place& place) { return sweep.key + "=" + place.value; };
  std::vector<std::string> others;
  for (const auto& place : places) {
    add(place->runs.front(), label(*place));
    for (std::size_t i = 1; i < place->runs.size(); ++i)
      if (!std::count(others.begin(), others.end(), place->runs[i].name))
        others.push_back(place->runs[i].name);
  }
  for (const auto& name : others) {
    std::vector<std::pair<const Place*, const PolicyRun*>> found;
    for (const auto& place : places)
      for (const auto& run : place->runs)
        if (run.name == name) found.emplace_back(place.get(), &run);
    const bool same = found.size() == places.size() &&
                      std::all_of(found.begin(), found.end(), [&](const auto& each) {
                        return to_json(each.second->scores) == to_json(found[0].second->scores);
                      });
    if (same)
      add(*found[0].second, name);
    else
      for (const auto& [place, run] : found) add(*run, name + " " + label(*place));
  }
  return rows;
}

}  // namespace

Result<Sweep> parse_sweep(const std::string& text) {
  const auto equals = text.find('=');
  Sweep sweep;
  if (equals != std::string::npos) {
    sweep.key = text.substr(0, equals);
    boost::split(sweep.values, text.substr(equals + 1), boost::is_any_of(","));
  }
  if (sweep.key.empty() || sweep.values.empty() ||
      std::find(sweep.values.begin(), sweep.values.end(), "") != sweep.values.end())
    return Error{ErrorCode::invalid_argument,
                 "must be KEY=A,B,... such as promise=1%,0.1%, got \"" + text + "\""};
  return sweep;
}

int run_sweep(const Call& call, const Sweep& sweep, const SweepOptions& o) {
  if (call.globals.config.empty()) return usage(call, "needs --config PATH");
  std::vector<std::unique_ptr<Place>> places;
  if (const int wrong = prepare(call, sweep, o, places); wrong != kFine) return wrong;
  run_all(call, o, places);
  int code = kFine;
  for (const auto& place : places) {
    call.err << place->err.str();
    const auto done = place->trial->policies_answered();
    if (!done)
      code = failed(
          call, {done.error().code, sweep.key + "=" + place->value + ": " + done.error().message});
  }
  if (o.format == "text") {
    print_table(call.out, rows_of(sweep, places));
    return code;
  }
  nlohmann::ordered_json out{{"sweep", sweep.key}, {"outcomes", nlohmann::ordered_json::array()}};
  for (const auto& place : places) {
    nlohmann::ordered_json row{{"value", place->value}};
    row.update(summary_json(place->runs, place->trial->promise()));
    out["outcomes"].push_back(std::move(row));
  }
  call.out << out.dump(2) << "\n";
  return code;
}

}  // namespace nova::cli
