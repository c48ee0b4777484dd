// Verb `status`: how each group stands. Asks the running host over host.http; where none can be
// asked, the journal tells what the last tick saw and decided.
#include <boost/program_options.hpp>
#include <map>
#include <ostream>

#include "core/decide/text.hpp"
#include "host/cli/cells.hpp"
#include "host/cli/command.hpp"
#include "host/cli/dry_runs.hpp"
#include "host/cli/recorded_engine.hpp"
#include "host/cli/setup.hpp"
#include "host/http/client.hpp"
#include "host/http/status.hpp"
#include "host/loop/journal.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;
using nlohmann::ordered_json;

std::string figure(const ordered_json& group, const char* key) {
  const auto at = group.find(key);
  return at != group.end() && at->is_number() ? cli::plain(at->get<double>(), "%.4g") : "-";
}

std::string words(const ordered_json& group, const char* key) {
  const auto at = group.find(key);
  return at != group.end() && at->is_string() ? at->get<std::string>() : "";
}

bool is_called(const ordered_json& group, const std::string& name) {
  return name.empty() || words(group, "group") == name ||
         words(group, "tenant") + "/" + words(group, "group") == name;
}

void print_group(const ordered_json& g, std::ostream& out) {
  out << words(g, "tenant") << "/" << words(g, "group") << "  " << figure(g, "serving")
      << " serving, ";
  if (g.contains("booting")) out << figure(g, "booting") << " booting, ";
  out << figure(g, "desired") << " wanted";
  if (g.contains("min")) out << " of " << figure(g, "min") << " to " << figure(g, "max");
  if (g.contains("usd_per_hour")) out << "  " << figure(g, "usd_per_hour") << " usd/h";
  if (g.value("default_price", false)) out << " at the default price";
  if (g.value("dry_run", false)) out << "  dry run";
  if (const auto text = words(g, "paused"); !text.empty()) out << "  " << text;
  if (const auto text = words(g, "decided_at"); !text.empty()) out << "  decided at " << text;
  out << "\n";
  for (const auto& s : g.value("signals", ordered_json::array()))
    out << "  " << words(s, "name") << ": load " << figure(s, "load") << ", forecast "
        << figure(s, "forecast") << "\n";
  for (const auto& w : g.value("watched", ordered_json::array()))
    out << "  " << words(w, "text") << "\n";
  if (const auto learning = words(g, "learning"); !learning.empty())
    out << "  " << learning << "\n";
  out << "  " << words(g, "action") << ": " << words(g, "reason") << "\n";
}

// What the last tick on record saw; of a fleet that it did not see there is no number.
void add_last_tick(ordered_json& g, const GroupEngine& group, const Menu& menu) {
  const auto& fleet = group.fleet();
  const bool known = fleet.known && (fleet.operation_unknown || group.last_seen() == group.now());
  std::vector<MixRow> serving;
  std::uint32_t booting = 0;
  for (const auto& row : fleet.rows) {
    serving.push_back({row.offer_id, row.serving});
    booting += row.booting;
  }
  const auto machines = [&](double count) { return known ? ordered_json(count) : ordered_json(); };
  g["serving"] = machines(reference_machines(price_mix(serving, menu).capacity));
  g["booting"] = machines(booting);
  g["current"] = machines(reference_machines(price_mix(fleet.held(), menu).capacity));
  if (!known) g["desired"] = nullptr;
  const auto& spec = group.spec();
  g["min"] = spec.min;
  g["max"] = spec.max;
  const auto pause = web::pause_of(group);
  g["paused"] = pause ? ordered_json(to_text(*pause)) : ordered_json();
  for (std::size_t s = 0; s < spec.signals.size(); ++s) {
    const auto forecast = group.forecast_at_lead(s);
    g["signals"].push_back({{"name", spec.signals[s].name},
                            {"load", number(group.load(s))},
                            {"forecast", forecast ? number(*forecast) : Json()}});
  }
}

// In the form the host answers in, as far as the journal knows it: the newest decision of each
// group, and what the last tick saw.
Result<ordered_json> last_on_record(const std::filesystem::path& data_dir) {
  std::map<std::string, ordered_json> decided;
  DryRuns dry_runs;
  const auto read = read_journal(data_dir / "journal", 1, [&](const Entry& entry) {
    dry_runs.take(entry);
    if (entry.type != EntryType::decision) return true;
    ordered_json g{{"tenant", entry.tenant}, {"group", entry.group}};
    for (const auto* key : {"desired", "action", "cause", "reason"})
      if (entry.body.contains(key)) g[key] = entry.body.at(key);
    g["dry_run"] = dry_runs.is_dry(entry);
    for (const auto& line : entry.body.value("watched", Json::array()))
      g["watched"].push_back({{"text", line}});
    g["decided_at"] = to_iso8601(entry.time);
    decided[entry.tenant + "/" + entry.group] = std::move(g);
    return true;
  });
  if (!read) return read.error();
  if (decided.empty()) return Error{ErrorCode::not_found, "no decision is on record yet"};
  const auto recorded = recorded_engine(data_dir);
  if (!recorded) return recorded.error();
  const auto& engine = *recorded->engine;
  ordered_json groups = ordered_json::array();
  TimePoint now;
  for (std::size_t g = 0; g < engine.size(); ++g) {
    now = std::max(now, engine.group(g).now());
    const auto at = decided.find(engine.specs()[g].name());
    if (at == decided.end()) continue;
    add_last_tick(at->second, engine.group(g), recorded->replay->menu(g));
    groups.push_back(std::move(at->second));
  }
  return ordered_json{{"now", to_iso8601(now)}, {"source", "journal"}, {"groups", groups}};
}

Result<ordered_json> ask(const Call& call, const HostConfig& host) {
  if (host.http) {
    auto said = web::get(*host.http, "/api/v1/groups");
    if (said || said.error().code != ErrorCode::unavailable) return said;
    call.err << "nobody answers at " << host.http->text() << "; this is what the journal says\n";
  }
  return last_on_record(host.data_dir);
}

int show(const Call& call, ordered_json all, const std::string& name, bool as_json) {
  if (!all.contains("groups")) {
    call.err << "novascale: the first tick has not ended\n";
    return kNo;
  }
  auto& groups = all.at("groups");
  ordered_json chosen = ordered_json::array();
  for (auto& group : groups)
    if (is_called(group, name)) chosen.push_back(std::move(group));
  if (chosen.empty()) {
    call.err << "novascale: status: there is no group \"" << name << "\"\n";
    return kNo;
  }
  groups = std::move(chosen);
  if (as_json) {
    call.out << all.dump(2) << "\n";
    return kFine;
  }
  call.out << (words(all, "source") == "journal" ? "as of " : "") << words(all, "now");
  if (all.contains("ticks"))
    call.out << ", " << figure(all, "ticks") << " ticks (" << figure(all, "skipped") << " skipped)";
  call.out << "\n";
  for (const auto& group : groups) print_group(group, call.out);
  return kFine;
}

int run_status(const Call& call) {
  std::string name, format = "text";
  po::options_description d(
      "Usage: novascale --config PATH status [[TENANT/]GROUP] [options]\n\nShows how each group "
      "stands: asks the running host at host.http of the configuration, else the "
      "journal.\n\nOptions");
  d.add_options()                                                                       //
      ("format", po::value(&format)->value_name("text|json"), "lines or the document")  //
      ("help,h", "show this help");
  po::options_description all = d;
  all.add_options()("group", po::value(&name), "");
  po::positional_options_description positional;
  positional.add("group", 1);
  po::variables_map seen;
  po::store(po::command_line_parser(call.args).options(all).positional(positional).run(), seen);
  po::notify(seen);
  if (seen.count("help")) {
    call.out << d;
    return kFine;
  }
  if (format != "text" && format != "json")
    return usage(call, "--format: must be text or json, got \"" + format + "\"");
  if (call.globals.config.empty()) return usage(call, "needs --config PATH");
  const auto loaded = load_config(call.globals.config);
  for (const auto& error : loaded.errors) call.err << error.text() << "\n";
  if (!loaded.ok()) return kNo;
  auto groups = ask(call, loaded.config.host);
  if (groups) return show(call, std::move(groups).value(), name, format == "json");
  const int code = failed(call, groups.error());
  return groups.error().code == ErrorCode::not_found ? kNo : code;
}

}  // namespace

const Command kStatus{"status", "show how each group stands", run_status};

}  // namespace nova::cli
