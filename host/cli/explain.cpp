// Verb `explain`: one decision with all it was based on; or why nothing was done.
#include <algorithm>
#include <boost/program_options.hpp>
#include <map>
#include <optional>
#include <ostream>

#include "core/cost/refusals.hpp"
#include "core/decide/text.hpp"
#include "core/engine/flip.hpp"
#include "core/engine/trial_fleet.hpp"
#include "core/record/decision_json.hpp"
#include "host/cli/command.hpp"
#include "host/cli/dry_runs.hpp"
#include "host/cli/plan_text.hpp"
#include "host/cli/recorded_engine.hpp"
#include "host/cli/setup.hpp"
#include "host/loop/journal.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;

// What the journal has on one decision.
struct Story {
  std::optional<Entry> decision, outcome;
  std::map<std::string, std::string> overrides;  // of prices, by offer
  std::vector<Entry> operations;
  std::optional<Entry> plan;  // the group's newest
};

std::string rows_of(const Json& rows) {
  std::string text;
  for (const auto& row : rows) {
    const auto offer = row.value("offer", "");
    text += (text.empty() ? "" : " + ") + std::to_string(row.value("count", 0u)) + " x " +
            (offer.empty() ? "machine" : offer);
  }
  return text;
}

// What is bought, what else could be, and what it is worth.
void print_mix(std::ostream& out, const Json& b,
               const std::map<std::string, std::string>& overrides) {
  out << "\nmix\n";
  for (const auto& row : b.at("mix")) {
    out << "  " << rows_of(Json::array({row}));
    if (const auto set = overrides.find(row.value("offer", "")); set != overrides.end())
      out << ", at an " << set->second;
    out << "\n";
  }
  out << "  for " << short_number(b.value("mix_usd_per_hour", 0.0)) << " USD/h\n";
  if (b.contains("retiring"))
    out << "  of these until the others serve: " << rows_of(b["retiring"]) << "\n";
  if (b.contains("risk"))
    out << "  expected to lose " << short_number(100 * b["risk"].value("lost_per_hour", 0.0), 3)
        << " % of it an hour, at worst "
        << short_number(100 * b["risk"].value("worst_pool_share", 0.0), 3)
        << " % at once with one spot pool\n";
  if (b.contains("refused")) out << "\npools that were not asked\n";
  for (const auto& pool : b.value("refused", Json::array()))
    out << "  " << pool.value("offer", "") << ": " << in_words(refused_for(pool.value("why", "")))
        << ", until " << pool.value("until", "")
        << (pool.value("times", 1u) == 1
                ? ""
                : ", refused " + std::to_string(pool.value("times", 1u)) + " times in a row")
        << "\n";
  if (b.contains("options")) out << "\nwhat else could be bought, from cheapest to safest\n";
  for (const auto& o : b.value("options", Json::array()))
    out << "  " << o.value("stated_for", "") << ": " << short_number(o.value("usd_per_hour", 0.0))
        << " USD/h, loses " << short_number(100 * o.value("lost_per_hour", 0.0), 3)
        << " % an hour: " << rows_of(o.at("mix")) << "\n";
  if (b.contains("roi"))
    out << "\nagainst doing nothing for "
        << to_string(Duration(static_cast<std::int64_t>(b["roi"].value("horizon_s", 0.0) * 1e9)))
        << ": " << b["roi"].value("text", "") << "\n";
}

// What came of it beside what a fleet that only reacts would have done meanwhile.
void print_judgement(std::ostream& out, const Json& b) {
  const auto line = [](const FleetAccount& a) {
    return std::to_string(a.violations) + " of " + std::to_string(a.steps) + " steps violated, " +
           to_string(a.total(), 4) + " USD";
  };
  out << (b.value("success", false) ? "it proved right: " : "it proved wrong: ")
      << b.value("why", "") << "\nsince then " << line(account_from(b.at("own")))
      << "; reactive only " << line(account_from(b.at("reactive"))) << "\n";
}

// What is not known is left out.
void print_alternatives(std::ostream& out, const Json& b) {
  if (b.at("alternatives").empty()) return;
  out << "\nalternatives, best first (score = price + penalty of the expected shortfall; without a "
         "forecast of the present one)\n";
  for (const auto& a : b.at("alternatives")) {
    const auto figure = [&](const char* what, const char* key, int digits) {
      if (!a.at(key).is_null())
        out << ", " << what << " " << short_number(number(a.at(key)), digits);
    };
    out << "  " << a.value("machines", 0u)
        << " machines: " << short_number(a.value("usd_per_hour", 0.0)) << " USD/h";
    figure("overload probability", "overload_probability", 3);
    figure("expected short", "expected_short", 3);
    figure("score", "score_usd_per_hour", 4);
    out << (a.value("machines", 0u) == b.value("desired", 0u) ? ", decided" : "") << "\n";
  }
}

void print(std::ostream& out, const Story& story) {
  const auto& b = story.decision->body;
  out << story.decision->decision_id() << " at " << to_iso8601(story.decision->time) << "\n"
      << b.value("action", "") << ": ";
  if (knew_fleet(b))
    out << b.value("current", 0u) << " machines asked for, " << b.value("serving", 0u)
        << " serving, " << b.value("desired", 0u) << " wanted";
  else
    out << "how many machines there are is not known";
  out << (b.value("dry_run", false) ? " (dry run: nothing was sent)" : "") << "\n"
      << "because " << b.value("reason", "") << "\n";
  if (const double confidence = number(b.at("confidence")); confidence == confidence)
    out << "confidence " << short_number(confidence, 3) << "\n";
  if (!b.at("proposals").empty()) out << "\npolicies\n";
  for (const auto& p : b.at("proposals")) {
    out << "  " << p.value("policy", "") << ": ";
    if (p.value("active", false)) out << p.value("machines", 0u) << ", ";
    out << (p.value("active", false) ? "" : "no opinion, ") << p.value("reason", "") << "\n";
  }
  if (b.contains("forecasts")) out << "\nforecasts\n";
  for (const auto& line : b.value("forecasts", Json::array()))
    out << "  " << line.get<std::string>() << "\n";
  if (b.contains("watched")) out << "\nwatched\n";
  for (const auto& line : b.value("watched", Json::array()))
    out << "  " << line.get<std::string>() << "\n";
  if (b.contains("shadows")) out << "\nin the shadow, each on the fleet it would have by now\n";
  for (const auto& s : b.value("shadows", Json::array()))
    out << "  " << s.value("policy", "") << ": " << s.value("current", 0u) << " -> "
        << s.value("desired", 0u) << ", " << s.value("reason", "") << "\n";
  if (!b.at("limits").empty()) out << "\nlimits that bound\n";
  for (const auto& l : b.at("limits"))
    out << "  " << l.value("name", "") << ": " << l.value("wanted", 0u) << " became "
        << l.value("allowed", 0u) << "\n";
  print_alternatives(out, b);
  if (knew_fleet(b)) print_mix(out, b, story.overrides);
  for (const auto& op : story.operations)
    out << "operation " << op.body.value("token", "").substr(0, 8) << " at " << to_iso8601(op.time)
        << ": " << op.body.value("state", "") << " " << op.body.value("text", "") << "\n";
  if (story.outcome) {
    out << "outcome at " << to_iso8601(story.outcome->time) << ": "
        << story.outcome->body.value("serving", 0u) << " serving";
    for (const auto& s : story.outcome->body.at("signals"))
      out << ", " << s.value("signal", "") << " " << short_number(number(s.at("load")));
    out << "\n";
    if (story.outcome->body.contains("success")) print_judgement(out, story.outcome->body);
  }
  if (story.plan) {
    out << "\nplanned at " << to_iso8601(story.plan->time) << " (`plan` shows all of it)\n";
    print_recommendations(out, story.plan->body);
  }
}

// `what` is a decision id, or a group: then its newest decision.
Result<Story> find(const std::filesystem::path& journal, const std::string& what) {
  Story story;
  std::string id = what.find('#') == std::string::npos ? "" : what;
  std::map<std::string, std::map<std::string, std::string>> overrides;  // by group
  std::map<std::string, Entry> plans;                                   // by group
  DryRuns dry_runs;
  const auto read = read_journal(journal, 1, [&](const Entry& entry) {
    dry_runs.take(entry);
    if (entry.type == EntryType::offers) {
      auto& of_group = overrides[entry.tenant + "/" + entry.group];
      of_group.clear();
      for (const auto& offer : entry.body.at("offers"))
        if (offer.contains("override")) of_group[offer.at("id")] = offer.at("override");
      return true;
    }
    if (entry.type == EntryType::plan) plans[entry.tenant + "/" + entry.group] = entry;
    if (entry.type == EntryType::decision) {
      const auto name = entry.tenant + "/" + entry.group;
      const bool wanted = id.empty()
                              ? what == name || what == entry.group
                              : entry.decision_id() == id || entry.decision_id() == "default/" + id;
      if (wanted) story = {dry_runs.marked(entry), {}, overrides[name], {}, {}};
      return true;
    }
    if (!story.decision || entry.body.value("decision", "") != story.decision->decision_id())
      return true;
    if (entry.type == EntryType::operation) story.operations.push_back(entry);
    if (entry.type == EntryType::outcome) story.outcome = entry;
    return true;
  });
  if (!read) return read.error();
  if (!story.decision)
    return Error{ErrorCode::not_found, "explain: no decision of \"" + what + "\" on record"};
  const auto name = story.decision->tenant + "/" + story.decision->group;
  if (const auto plan = plans.find(name); id.empty() && plan != plans.end())
    story.plan = plan->second;
  return story;
}

// Nothing was done: what would have changed that. `last`: of a group, as it stands by now.
void print_flips(const Call& call, const std::filesystem::path& journal, const Entry& decision,
                 bool last) {
  if (decision.body.value("action", "") != "hold") return;
  auto time = decision.time;
  if (last)
    if (const auto read = read_journal(journal, decision.seq,
                                       [&](const Entry& entry) {
                                         if (entry.type == EntryType::input) time = entry.time;
                                         return true;
                                       });
        !read)
      return;
  call.out << "\nwhat would have changed it, with what was known at " << to_iso8601(time) << "\n";
  const auto moment = recorded_engine(journal.parent_path(), time);
  if (!moment) {
    call.out << "  cannot be told: " << moment.error().message << "\n";
    return;
  }
  const auto& engine = *moment->engine;
  for (std::size_t g = 0; g < engine.size(); ++g) {
    const auto& spec = engine.specs()[g];
    if (spec.tenant != decision.tenant || spec.id != decision.group) continue;
    if (std::any_of(spec.policies.begin(), spec.policies.end(), [](const PolicySpec& policy) {
          return std::holds_alternative<PluginSpec>(policy);
        })) {
      call.out << "  cannot be told: its policy is a plugin's, which is not asked again\n";
      return;
    }
    if (!engine.group(g).fleet().known) {
      call.out << "  cannot be told: the fleet is not known\n";
      return;
    }
    for (std::size_t s = 0; s < spec.signals.size(); ++s)
      for (const bool out : {true, false})
        if (const auto flip =
                find_flip(engine.group(g), s, out, moment->replay->menu(g), &engine.market()))
          call.out << "  " << to_string(*flip, out) << "\n";
        else if (out)
          call.out << "  " << spec.signals[s].name << ": its load was not known\n";
  }
}

int run_explain(const Call& call) {
  std::string what, format = "text";
  po::options_description options("Options");
  options.add_options()                                                                      //
      ("format", po::value(&format)->value_name("text|json"), "for people or for programs")  //
      ("help,h", "show this help");
  po::options_description all = options;
  all.add_options()("what", po::value(&what));
  po::positional_options_description positional;
  positional.add("what", 1);
  po::variables_map seen;
  po::store(po::command_line_parser(call.args).options(all).positional(positional).run(), seen);
  po::notify(seen);
  if (seen.count("help")) {
    call.out << "Usage: novascale --config PATH explain DECISION|GROUP\n\nShows one decision "
                "(tenant/group#seq, as `history` lists them) with its policies, limits,\n"
                "alternatives, operations and outcome; of a group the newest one, which also says "
                "why nothing is done, and what its newest plan recommends.\n\n"
             << options;
    return kFine;
  }
  if (what.empty()) return usage(call, "explain needs a decision (tenant/group#seq) or a group");
  std::filesystem::path journal;
  if (const int code = find_journal(call, journal); code != kFine) return code;
  const auto story = find(journal, what);
  if (!story) {
    call.err << "novascale: " << story.error().message << "\n";
    return story.error().code == ErrorCode::not_found ? kNo : kFailed;
  }
  if (format == "json") {
    call.out << story->decision->to_line() << "\n";
  } else {
    print(call.out, *story);
    print_flips(call, journal, *story->decision, what.find('#') == std::string::npos);
  }
  return kFine;
}

}  // namespace

const Command kExplain{"explain", "why a decision was taken, or why nothing is done", run_explain};

}  // namespace nova::cli
