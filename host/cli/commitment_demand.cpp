#include "host/cli/commitment_demand.hpp"

#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>

#include "host/cli/forecast_csv.hpp"
#include "host/loop/journal.hpp"

namespace nova::cli {
namespace {

constexpr auto kHour = std::chrono::hours(1);
constexpr std::size_t kMostHours = 24 * 366 * 20;

// Sums of one series by the hour.
class Hours {
 public:
  void add(TimePoint at, double machines) {
    if (std::isnan(machines)) return;
    auto& [sum, points] = hours_[floor_to(at, kHour)];
    sum += machines;
    points += 1;
  }

  // In hours of `seen` in which nothing was added, none ran.
  void fill(const Hours& seen) {
    for (const auto& [hour, mean] : seen.hours_) hours_[hour].second = mean.second;
  }

  Result<HourlyDemand> demand(const std::string& name) const {
    HourlyDemand out{name, {}, {}};
    if (hours_.empty()) return out;
    out.first = hours_.begin()->first;
    const auto count = static_cast<std::size_t>((hours_.rbegin()->first - out.first) / kHour) + 1;
    if (count > kMostHours)
      return Error{ErrorCode::invalid_argument, "\"" + name + "\" spans more than 20 years"};
    out.machines.assign(count, std::numeric_limits<double>::quiet_NaN());
    for (const auto& [hour, mean] : hours_)
      out.machines[static_cast<std::size_t>((hour - out.first) / kHour)] = mean.first / mean.second;
    return out;
  }

 private:
  std::map<TimePoint, std::pair<double, double>> hours_;  // sum, points
};

Result<std::vector<HourlyDemand>> all_of(const std::map<std::string, Hours>& series) {
  std::vector<HourlyDemand> all;
  for (const auto& [name, hours] : series) {
    auto demand = hours.demand(name);
    if (!demand.ok()) return demand.error();
    all.push_back(std::move(demand).value());
  }
  return all;
}

Error wrong(const std::filesystem::path& path, const std::string& what) {
  return {ErrorCode::invalid_argument, path.string() + ": " + what};
}

TimePoint instant_of(TimeKind kind, std::int64_t at) {
  return from_unix_ns(kind == TimeKind::index ? at * 3600 : at);  // an index counts hours
}

// The same machine bought on demand: "aws/us-east-1/us-east-1a/m5.large/linux/spot" is of
// "aws/us-east-1//m5.large/linux/on-demand". What is no offer id stays as it is.
std::string on_demand_id(const std::string& offer) {
  std::vector<std::string> parts;
  boost::split(parts, offer, boost::is_any_of("/"));
  if (parts.size() < 6) return offer;
  return parts[0] + '/' + parts[1] + "//" + parts[3] + '/' + parts[4] + "/on-demand";
}

}  // namespace

Result<std::vector<HourlyDemand>> demand_from_csv(const std::filesystem::path& path,
                                                  double per_machine, std::ostream& err) {
  const auto read = read_series_csv(path);
  if (!read.ok()) return read.error();
  if (!read->assumed.empty()) err << "novascale cost: " << read->assumed << "\n";
  std::map<std::string, Hours> series;
  for (const auto& one : read->series) {
    const std::string name = "\"" + one.name + "\" ";
    if (!one.refusal.empty()) return wrong(path, name + one.refusal);
    const bool index = one.grid.kind == TimeKind::index;
    if (one.grid.months || (!index && Duration{one.grid.step} > kHour && one.values.size() > 1))
      return wrong(path, name + "must have a point an hour or more often");
    for (std::size_t k = 0; k < one.values.size(); ++k) {
      if (one.values[k] < 0) return wrong(path, name + "must have no negative demand");
      series[one.name].add(
          instant_of(one.grid.kind, one.grid.instant(static_cast<std::int64_t>(k))),
          one.values[k] / per_machine);
    }
  }
  return all_of(series);
}

Result<std::vector<HourlyDemand>> demand_from_journal(const std::filesystem::path& journal,
                                                      const std::string& group) {
  std::vector<std::string> names, ids;  // of the groups, in the order of the inputs
  std::map<std::string, Hours> series;
  Hours seen;
  bool any = false;
  Result<void> fine;
  const auto take = [&](const Entry& entry) {
    if (entry.type == EntryType::start) {
      names.clear(), ids.clear();
      for (const auto& g : entry.body.at("config").at("groups")) {
        ids.push_back(g.at("id").get<std::string>());
        names.push_back(g.value("tenant", "default") + "/" + ids.back());
      }
    }
    if (entry.type != EntryType::input) return;
    const auto& groups = entry.body.at("groups");
    std::map<std::string, double> running;
    bool known = true;
    for (std::size_t g = 0; g < groups.size() && g < names.size(); ++g) {
      if (!group.empty() && group != ids[g] && group != names[g]) continue;
      any = true;
      const auto& fleet = groups[g].at("fleet");
      known = known && fleet.at("known").get<bool>();
      for (const auto& row : fleet.at("rows"))
        for (const char* state : {"booting", "serving", "unhealthy", "draining"})
          running[on_demand_id(row.at("offer").get<std::string>())] += row.at(state).get<double>();
    }
    if (!known || !any) return;
    seen.add(entry.time, 0);
    for (const auto& [offer, machines] : running) series[offer].add(entry.time, machines);
  };
  const auto read = read_journal(journal, 1, [&](const Entry& entry) {
    try {
      take(entry);
    } catch (const Json::exception& e) {
      fine = Error{ErrorCode::data_loss,
                   "journal entry " + std::to_string(entry.seq) + " is not whole: " + e.what()};
    }
    return fine.ok();
  });
  if (!read.ok()) return read.error();
  if (!fine.ok()) return fine.error();
  if (!any)
    return Error{ErrorCode::not_found, group.empty() ? "nothing on record in " + journal.string()
                                                     : "no group \"" + group + "\" on record"};
  for (auto& [offer, hours] : series) hours.fill(seen);
  return all_of(series);
}

Result<std::vector<HourlyDemand>> demand_from_forecast(const std::filesystem::path& path,
                                                       const std::string& column,
                                                       double per_machine) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return wrong(path, "cannot be read");
  const auto cells = [](std::string row) {
    boost::trim_right(row);
    std::vector<std::string> parts;
    boost::split(parts, row, boost::is_any_of(","));
    return parts;
  };
  const auto names = cells(line);
  const auto place = [&](const std::string& name) {
    return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  };
  const auto name = place("series"), time = place("timestamp"), value = place(column);
  for (const auto& [at, what] :
       {std::pair(name, std::string("series")), {time, "timestamp"}, {value, column}})
    if (at == names.size()) return wrong(path, "has no column \"" + what + "\"");
  std::map<std::string, Hours> series;
  for (int number = 2; std::getline(file, line); ++number) {
    const auto row = cells(line);
    const auto at = row.size() == names.size() ? parse_stamp(row[time]) : std::nullopt;
    double machines = 0;
    const auto* end = at ? row[value].data() + row[value].size() : nullptr;
    if (!at || std::from_chars(row[value].data(), end, machines).ptr != end || machines > 1e15)
      return wrong(path, "line " + std::to_string(number) + " is no row of a forecast");
    series[row[name]].add(instant_of(at->kind, at->at), std::max(0.0, machines) / per_machine);
  }
  return all_of(series);
}

}  // namespace nova::cli
