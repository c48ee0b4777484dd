#include "host/cli/plan_text.hpp"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <vector>

#include "core/base/text.hpp"
#include "host/cli/cells.hpp"
#include "host/cli/text_table.hpp"

namespace nova::cli {
namespace {

using PlanRows = std::vector<std::vector<std::string>>;

std::string share_or_dash(const Json& value) {
  return value.is_null() ? "-" : percent(number(value));
}
std::string figure(const Json& value) {
  return value.is_null() ? "-" : short_number(number(value));
}
// "2024-04-01 05:30" of an ISO 8601 time; all of them are UTC.
std::string short_time(const Json& value) {
  if (!value.is_string()) return "-";
  auto text = value.get<std::string>().substr(0, 16);
  if (text.size() > 10) text[10] = ' ';
  return text;
}

std::string joined(const Json& words, const char* between) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : between) + word.get<std::string>();
  return text;
}

void print_needs(std::ostream& out, const Json& plan) {
  PlanRows rows{{"  machines for", "now", "short", "medium", "long", "utilisation",
                 "saturates (UTC)", "forecast by"}};
  for (const auto& r : plan.at("resources")) {
    std::vector<std::string> row{
        "  " + r.value("signal", ""),
        std::to_string(r.value("machines_now", 0u)) + (r.value("binding_now", false) ? " *" : "")};
    if (r.contains("problem")) {
      row.insert(row.end(), {"-", "-", "-", share_or_dash(r.at("utilisation")), "-",
                             r.at("problem").get<std::string>()});
    } else {
      for (const auto* h : {"short", "medium", "long"}) {
        const auto& need = r.at("needs").at(h);
        row.push_back(std::to_string(need.value("machines", 0u)) +
                      (need.value("binding", false) ? " *" : ""));
      }
      const auto& s = r.at("saturates");
      row.push_back(share_or_dash(r.at("utilisation")));
      row.push_back(s.at("at").is_null()
                        ? "no (" + share_or_dash(s.at("probability")) + ")"
                        : short_time(s.at("at")) + " (" + share_or_dash(s.at("probability")) + ")");
      row.push_back(r.value("source", ""));
    }
    rows.push_back(std::move(row));
  }
  print_rows(out, rows, "lrrrrrll");
  const auto& h = plan.at("horizons");
  out << "  * binds; short " << h.at("short").value("in", "") << ", medium "
      << h.at("medium").value("in", "") << ", long " << h.at("long").value("in", "")
      << ", at quantile " << short_number(plan.value("quantile", 0.0), 3) << "; saturated above "
      << percent(plan.value("bottleneck_threshold", 0.0)) << " of the present machines\n";
}

// Signals that size nothing.
void print_watched(std::ostream& out, const Json& plan) {
  const auto watched = plan.find("watched");
  if (watched == plan.end()) return;
  out << "\n";
  PlanRows rows{
      {"  watched", "now", "limit", "used", "full (UTC)", "expected by then at the most"}};
  for (const auto& w : *watched) {
    std::vector<std::string> row{"  " + w.value("signal", ""), figure(w.at("value")),
                                 figure(w.at("limit")), share_or_dash(w.at("utilisation"))};
    if (w.contains("problem")) {
      row.insert(row.end(), {"-", w.value("problem", "")});
    } else {
      const auto& s = w.at("saturates");
      row.push_back(w.at("limit").is_null() ? "-"
                    : s.at("at").is_null()
                        ? "no (" + share_or_dash(s.at("probability")) + ")"
                        : short_time(s.at("at")) + " (" + share_or_dash(s.at("probability")) + ")");
      std::string most;
      for (const auto* h : {"short", "medium", "long"})
        most += (most.empty() ? "" : ", ") + figure(w.at("expected").at(h).at("upper"));
      row.push_back(most + " (short, medium, long)");
    }
    rows.push_back(std::move(row));
  }
  print_rows(out, rows, "lrrrll");
}

// Where what was seen and what is configured are not the same.
void print_learned(std::ostream& out, const Json& plan) {
  for (const auto& r : plan.at("resources")) {
    const auto learned = r.find("learned_per_machine");
    if (learned == r.end()) continue;
    const double seen = number(learned->at("value")), sd = number(learned->at("sd"));
    out << "  " << r.value("signal", "") << ": a machine was seen to serve " << short_number(seen)
        << " +- " << short_number(2 * sd, 2) << " at 100 %";
    constexpr double kOther = 0.1;  // of what is planned with
    const double planned = number(r.at("per_machine"));
    if (std::abs(seen - planned) > std::max(2 * sd, kOther * planned))
      out << ", not the " << short_number(planned) << " that is planned with";
    out << "\n";
  }
}

void print_bottlenecks(std::ostream& out, const Json& plan) {
  bool any = false;
  for (const auto& b : plan.at("bottlenecks")) {
    if (b.value("urgency", "none") == "none") continue;
    if (!any) out << "\nbottlenecks, the most urgent first\n";
    any = true;
    out << "  " << b.value("signal", "") << ": " << b.value("urgency", "") << ", "
        << share_or_dash(b.at("utilisation")) << " used";
    if (!b.at("saturates_at").is_null()) out << ", saturates " << short_time(b.at("saturates_at"));
    if (!b.at("affected").empty()) out << "; moves with " << joined(b.at("affected"), ", ");
    out << "\n";
    for (const auto& action : b.at("actions")) out << "    " << action.get<std::string>() << "\n";
  }
}

void print_extremes(std::ostream& out, const char* what, const Json& all) {
  for (const auto& e : all)
    out << "\n    " << what << " at +" << e.value("offset", "") << ": " << figure(e.at("level"))
        << " (" << figure(e.at("ratio")) << " x the mean) for " << e.value("lasting", "")
        << ", next " << short_time(e.at("next"));
}

void print_course(std::ostream& out, const Json& plan) {
  out << "\ncourse of demand\n";
  for (const auto& r : plan.at("resources")) {
    if (r.contains("problem")) continue;
    const auto& trend = r.at("trend");
    out << "  " << r.value("signal", "") << ": " << trend.value("heading", "");
    if (trend.value("heading", "") != "steady")
      out << " by " << figure(trend.at("per_day")) << " a day";
    for (const auto& p : r.at("seasons")) {
      out << "\n   season of " << p.value("length", "") << ", strength "
          << figure(p.at("strength"));
      print_extremes(out, "peak", p.at("peaks"));
      print_extremes(out, "valley", p.at("valleys"));
    }
    out << "\n";
  }
}

void print_risk(std::ostream& out, const Json& plan) {
  out << "\nrisk " << share_or_dash(plan.at("risk").at("overall")) << "\n";
  PlanRows rows;
  for (const auto& r : plan.at("risk").at("risks")) {
    const auto help = r.value("mitigation", "");
    rows.push_back({"  " + r.value("kind", ""), share_or_dash(r.at("score")), r.value("level", ""),
                    r.value("finding", "")});
    if (!help.empty()) rows.push_back({"", "", "", "-> " + help});
  }
  print_rows(out, rows, "lrll");
}

void print_alternatives(std::ostream& out, const Json& plan) {
  out << "\nalternatives, best score first\n";
  PlanRows rows{{"  machines", "usd/h", "hours short", "overload", "for and against"}};
  for (const auto& o : plan.at("alternatives")) {
    const auto pros = joined(o.at("pros"), ", "), cons = joined(o.at("cons"), ", ");
    rows.push_back({"  " + std::to_string(o.value("machines", 0u)), figure(o.at("usd_per_hour")),
                    figure(o.at("expected_short_machine_hours")),
                    share_or_dash(o.at("overload_probability")),
                    pros.empty() && cons.empty() ? "recommended"
                                                 : (pros.empty() ? "" : "+ " + pros) +
                                                       (pros.empty() || cons.empty() ? "" : "; ") +
                                                       (cons.empty() ? "" : "- " + cons)});
  }
  print_rows(out, rows, "rrrrl");
}

}  // namespace

void print_recommendations(std::ostream& out, const Json& plan) {
  for (const auto& r : plan.at("recommendations")) {
    const auto action = r.value("action", "");
    out << "  " << action;
    if (action.starts_with("scale") || action == "commit") out << " to " << r.value("machines", 0u);
    if (r.value("priority", "none") != "none") out << " (" << r.value("priority", "") << ")";
    if (!r.at("implement_by").is_null())
      out << (r.at("implement_by") == plan.at("time")
                  ? ", now"
                  : ", by " + short_time(r.at("implement_by")) + " UTC");
    out << ": " << r.value("reason", "") << "\n";
    if (const auto cost = r.find("cost_impact"); cost != r.end() && action != "hold") {
      out << "    " << figure(cost->at("usd_per_hour")) << " USD/h becomes "
          << figure(cost->at("becomes_usd_per_hour"));
      if (const auto worth = r.find("roi"); worth != r.end())
        out << "; over " << worth->value("horizon", "") << ": " << worth->value("text", "");
      out << "\n";
    }
  }
}

void print_plan(std::ostream& out, const std::string& group, const Json& plan) {
  out << group << " at " << plan.value("time", "") << ": " << plan.value("current", 0u)
      << " machines asked for, " << plan.value("serving", 0u) << " serving ("
      << "from " << plan.value("min", 0u) << " to " << plan.value("max", 0u)
      << ")\n\nrecommended\n";
  print_recommendations(out, plan);
  out << "\n";
  print_needs(out, plan);
  if (const auto s = plan.find("storage_gib"); s != plan.end())
    out << "  storage of the machines: " << figure(s->at("now")) << " GiB now, "
        << figure(s->at("peak").at("short")) << ", " << figure(s->at("peak").at("medium"))
        << " and " << figure(s->at("peak").at("long")) << " at the peaks\n";
  print_learned(out, plan);
  print_watched(out, plan);
  print_bottlenecks(out, plan);
  print_course(out, plan);
  print_risk(out, plan);
  print_alternatives(out, plan);
}

}  // namespace nova::cli
