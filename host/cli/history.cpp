// Verb `history`: what the journal says was decided, in short; and whether it still comes out so.
#include <boost/program_options.hpp>
#include <deque>
#include <map>
#include <optional>
#include <ostream>

#include "core/base/text.hpp"
#include "core/record/decision_json.hpp"
#include "host/cli/command.hpp"
#include "host/cli/dry_runs.hpp"
#include "host/cli/learned.hpp"
#include "host/cli/setup.hpp"
#include "host/cli/spending.hpp"
#include "host/loop/journal.hpp"
#include "host/loop/relived.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;

struct HistoryOptions {
  std::string group, format = "text";
  std::int64_t last = 20;
  bool summary = false, replay = false;
};

po::options_description describe_history(HistoryOptions& o) {
  po::options_description d(
      "Usage: novascale --config PATH history [options]\n\nShows the newest decisions in the "
      "journal.\n\nOptions");
  d.add_options()                                                                        //
      ("group", po::value(&o.group)->value_name("G"), "of this group only")              //
      ("last", po::value(&o.last)->value_name("N"), "so many decisions (20)")            //
      ("summary", po::bool_switch(&o.summary), "totals per group instead of decisions")  //
      ("replay", po::bool_switch(&o.replay),
       "decide everything again from the recorded inputs and compare, bit for bit")  //
      ("format", po::value(&o.format)->value_name("text|json"),
       "lines for people or for programs")  //
      ("help,h", "show this help");
  return d;
}

struct Totals {
  std::uint64_t out = 0, in = 0, moves = 0, hold = 0, operations_failed = 0;
  std::uint64_t dry = 0;  // of all but holds: nothing was sent
  std::string first, last;
  std::map<std::string, std::uint64_t> causes;
};

bool is_of(const Entry& entry, const std::string& group) {
  return group.empty() || entry.group == group || entry.tenant + "/" + entry.group == group;
}

std::string line_of(const Entry& entry) {
  const auto& b = entry.body;
  const auto action = b.value("action", "");
  std::string text = to_iso8601(entry.time) + "  " + entry.decision_id() + "  " + action + " " +
                     (knew_fleet(b) ? std::to_string(b.value("current", 0u)) : "-");
  if (action != "hold") text += " -> " + std::to_string(b.value("desired", 0u));
  if (b.value("dry_run", false)) text += " (dry run)";
  return text + "  " + b.value("reason", "");
}

int show_decisions(const Call& call, const std::filesystem::path& journal,
                   const HistoryOptions& o) {
  std::deque<Entry> newest;
  DryRuns dry_runs;
  const auto read = read_journal(journal, 1, [&](const Entry& entry) {
    dry_runs.take(entry);
    if (entry.type == EntryType::decision && is_of(entry, o.group)) {
      newest.push_back(dry_runs.marked(entry));
      if (newest.size() > static_cast<std::size_t>(o.last)) newest.pop_front();
    }
    return true;
  });
  if (!read) return failed(call, read.error());
  for (const auto& entry : newest)
    call.out << (o.format == "json" ? entry.to_line() : line_of(entry)) << "\n";
  if (newest.empty()) call.err << "novascale: no decision on record\n";
  return newest.empty() ? kNo : kFine;
}

int show_summary(const Call& call, const std::filesystem::path& journal, const HistoryOptions& o) {
  std::map<std::string, Totals> groups;
  Learned learned;
  DryRuns dry_runs;
  const auto read = read_journal(journal, 1, [&](const Entry& entry) {
    dry_runs.take(entry);
    if (entry.group.empty() || !is_of(entry, o.group)) return true;
    learned.take(entry);
    auto& t = groups[entry.tenant + "/" + entry.group];
    if (entry.type == EntryType::operation && entry.body.value("state", "") == "failed")
      ++t.operations_failed;
    if (entry.type != EntryType::decision) return true;
    const auto action = entry.body.value("action", "");
    ++(action == "scale_out"  ? t.out
       : action == "scale_in" ? t.in
       : action == "move"     ? t.moves
                              : t.hold);
    if (action != "hold" && dry_runs.is_dry(entry)) ++t.dry;
    ++t.causes[entry.body.value("cause", "")];
    if (t.first.empty()) t.first = to_iso8601(entry.time);
    t.last = to_iso8601(entry.time);
    return true;
  });
  if (!read) return failed(call, read.error());
  Spending spending;  // beside commitments
  if (const auto done = spending.read(journal); !done && done.error().code != ErrorCode::not_found)
    return failed(call, done.error());
  Json all = Json::object();
  std::map<std::string, Usd> costs;
  std::map<std::string, std::string> prices;  // where they are the default
  for (const auto& group : spending.groups())
    if (group.at_default_price())
      prices[group.name()] = ", at the default of " + short_number(group.price.dollars()) +
                             " USD/h a machine: neither price_usd_per_hour nor offers say another";
  for (const auto& [payer, spent] : spending.spent()) costs[payer.name()] = spent;
  for (const auto& [name, t] : groups) {
    const auto cost = costs[name];
    Json j{{"first", t.first},
           {"last", t.last},
           {"scale_out", t.out},
           {"scale_in", t.in},
           {"move", t.moves},
           {"hold", t.hold},
           {"dry_run", t.dry},
           {"operations_failed", t.operations_failed},
           {"cost_usd", cost.dollars()},
           {"default_price", !prices[name].empty()},
           {"causes", t.causes},
           {"learned", learned.json(name)}};
    if (o.format == "json") {
      all[name] = j;
      continue;
    }
    call.out << name << "  " << t.first << " to " << t.last << ": " << t.out << " scale-outs, "
             << t.in << " scale-ins, " << t.moves << " moves"
             << (t.dry > 0 ? " (" + std::to_string(t.dry) + " of them in a dry run)" : "") << ", "
             << t.hold << " holds on record, " << t.operations_failed << " failed operations; "
             << to_string(cost) << " USD for machines" << prices[name] << "\n";
    for (const auto& [cause, count] : t.causes) call.out << "  " << cause << ": " << count << "\n";
    learned.print(call.out, name);
  }
  if (o.format == "json") call.out << all.dump(2) << "\n";
  if (groups.empty()) call.err << "novascale: no decision on record\n";
  return groups.empty() ? kNo : kFine;
}

// Where a replay begins: at the journal's beginning or, where that has expired, at the snapshot. A
// start entry in the middle is no beginning, for what the host knew by then is not on record.
struct Beginning {
  std::uint64_t from = 1;
  TimePoint kept_since;  // of the oldest entry on record
  std::optional<Snapshot> snapshot;
};

Result<Beginning> beginning_of(const std::filesystem::path& journal) {
  Beginning b;
  std::uint64_t first = 1;
  const auto read = read_journal(journal, 1, [&](const Entry& entry) {
    first = entry.seq;
    b.kept_since = entry.time;
    return false;
  });
  if (!read) return read.error();
  if (first == 1) return b;
  auto snapshot = load_snapshot(journal.parent_path());
  if (!snapshot) return snapshot.error();
  b.from = first;
  b.snapshot = std::move(snapshot).value();
  if (b.snapshot && Relived::config_of(*b.snapshot).is_null()) b.snapshot.reset();
  if (b.snapshot) b.from = b.snapshot->seq + 1;
  return b;
}

int replay_all(const Call& call, const std::filesystem::path& journal) {
  std::uint64_t compared = 0, different = 0;
  Relived relived([&](const Replay& replay) {
    compared += replay.decisions();
    different += replay.differences().size();
    for (const auto& d : replay.differences())
      call.err << d.id << "\n  on record " << d.recorded << "\n  replayed  " << d.replayed << "\n";
  });
  const auto beginning = beginning_of(journal);
  if (!beginning) return failed(call, beginning.error());
  const auto& snapshot = beginning->snapshot;
  const bool expired = beginning->from > 1;
  if (snapshot)
    if (const auto done = relived.restore(*snapshot); !done) return failed(call, done.error());
  if (snapshot || !expired) {
    Result<void> taken;
    const auto read = read_journal(journal, beginning->from, [&](const Entry& entry) {
      taken = relived.take(entry);
      return taken.ok();
    });
    if (!read) return failed(call, read.error());
    if (!taken) return failed(call, taken.error());
    relived.finish();
  }
  if (expired) {
    call.err << "novascale: the journal before " << to_iso8601(beginning->kept_since)
             << " has expired; ";
    if (!snapshot)
      call.err << "nothing can be replayed, for there is no snapshot to begin with\n";
    else if (compared == 0)
      call.err << "nothing can be replayed, for no decision is on record since the snapshot of "
               << to_iso8601(snapshot->time) << "\n";
    else
      call.err << "replayed from the snapshot of " << to_iso8601(snapshot->time) << " on\n";
  } else if (compared == 0) {
    call.err << "novascale: no decision on record\n";
  }
  call.out << compared << " decisions replayed, " << different << " differ\n";
  return compared > 0 && different == 0 ? kFine : kNo;
}

int run_history(const Call& call) {
  HistoryOptions o;
  const auto described = describe_history(o);
  po::variables_map seen;
  po::store(po::command_line_parser(call.args).options(described).positional({}).run(), seen);
  po::notify(seen);
  if (seen.count("help")) {
    call.out << described;
    return kFine;
  }
  if (o.format != "text" && o.format != "json")
    return usage(call, "--format: must be text or json, got \"" + o.format + "\"");
  if (o.last < 1) return usage(call, "--last: must be 1 or more, got " + std::to_string(o.last));
  if (o.replay && !o.group.empty())
    return usage(call, "--group has no effect beside --replay, which makes all decisions again");
  std::filesystem::path journal;
  if (const int code = find_journal(call, journal); code != kFine) return code;
  if (o.replay) return replay_all(call, journal);
  return o.summary ? show_summary(call, journal, o) : show_decisions(call, journal, o);
}

}  // namespace

const Command kHistory{"history", "decisions on record; --replay makes them again", run_history};

}  // namespace nova::cli
