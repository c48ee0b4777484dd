// `cost budget`: where each budget of a configuration stands, by the journal of its host.
#include <algorithm>
#include <boost/program_options.hpp>
#include <ostream>

#include "host/cli/budget_report.hpp"
#include "host/cli/cost.hpp"
#include "host/cli/offer_sources.hpp"
#include "host/cli/spending.hpp"

namespace nova::cli {

int cost_budget(const Call& call, const std::vector<std::string>& args) {
  namespace po = boost::program_options;
  std::string format = "text";
  po::options_description shown("Options of cost budget"), hidden;
  shown.add_options()  //
      ("format", po::value(&format)->default_value("text")->value_name("FORMAT"),
       "text or json")  //
      ("help,h", "show this help");
  if (parse_cost_words(args, shown, hidden)) {
    call.out << "Usage: novascale --config PATH cost budget [options]\n\nWhere each budget stands: "
                "spent, projected, state, when it starts anew. The exit code is 1 if one is "
                "exceeded.\n\n"
             << shown;
    return kFine;
  }
  if (const auto wrong = check_word("format", format, {"text", "json"}); !wrong.empty())
    return say(call, kUsage, wrong);
  if (call.globals.config.empty()) return say(call, kUsage, "needs --config PATH");
  const auto loaded = load_config(call.globals.config);
  for (const auto& error : loaded.errors) call.err << error.text() << "\n";
  if (!loaded.ok()) return kNo;
  const auto specs = budgets_of(loaded.config);
  if (specs.empty()) return say(call, kNo, call.globals.config.string() + ": has no budget");
  Spending spending(loaded.config);
  if (const auto read = spending.read(loaded.config.host.data_dir / "journal"); !read.ok())
    return say(call, read.error().code == ErrorCode::not_found ? kNo : kFailed,
               read.error().message);
  const auto status = spending.book().status(spending.last());
  std::vector<BudgetLine> lines;
  for (std::size_t b = 0; b < specs.size(); ++b) lines.push_back({specs[b], status[b]});
  write_budgets(call.out, lines, spending.last(), format);
  return std::any_of(
             lines.begin(), lines.end(),
             [](const BudgetLine& line) { return line.status.level == BudgetLevel::exceeded; })
             ? kNo
             : kFine;
}

}  // namespace nova::cli
