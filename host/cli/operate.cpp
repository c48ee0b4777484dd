// Verbs `pause` and `resume`: an operator speaks to the running host, over host.http.
#include <boost/program_options.hpp>
#include <ostream>

#include "host/cli/command.hpp"
#include "host/cli/setup.hpp"
#include "host/http/client.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;
using nlohmann::ordered_json;

// Where the host of this configuration is to be spoken to.
int find_host(const Call& call, Address& address) {
  if (call.globals.config.empty()) return usage(call, "needs --config PATH");
  const auto loaded = load_config(call.globals.config);
  for (const auto& error : loaded.errors) call.err << error.text() << "\n";
  if (!loaded.ok()) return kNo;
  if (!loaded.config.host.http)
    return usage(call,
                 "the configuration has no host.http, such as \"127.0.0.1:9464\", where a running "
                 "host could be spoken to");
  address = *loaded.config.host.http;
  return kFine;
}

int explain_failure(const Call& call, const Error& error) {
  const int code = failed(call, error);
  return error.code == ErrorCode::unavailable || error.code == ErrorCode::data_loss ? code : kNo;
}

// pause and resume differ in their options.
int speak(const Call& call, const std::string& verb, const std::string& about) {
  std::string group, scope, lasting;
  po::options_description d("Usage: novascale --config PATH " + verb + " [TENANT/]GROUP [options]" +
                            "\n\n" + about + "\n\nOptions");
  if (verb == "pause")
    d.add_options()  //
        ("scope", po::value(&scope)->value_name("all|up|down"),
         "which way nothing is done (all)")  //
        ("for", po::value(&lasting)->value_name("DURATION"),
         "such as 2h; until resumed if not given");
  d.add_options()("help,h", "show this help");
  po::options_description all = d;
  all.add_options()("group", po::value(&group), "");
  po::variables_map seen;
  po::positional_options_description positional;
  positional.add("group", 1);
  po::store(po::command_line_parser(call.args).options(all).positional(positional).run(), seen);
  po::notify(seen);
  if (seen.count("help")) {
    call.out << d;
    return kFine;
  }
  if (group.empty()) return usage(call, verb + " needs the name of a group");
  Address address;
  if (const int code = find_host(call, address); code != kFine) return code;
  auto body = ordered_json::object();
  if (!scope.empty()) body["scope"] = scope;
  if (!lasting.empty()) body["for"] = lasting;
  const auto done = web::post(address, "/api/v1/groups/" + group + "/" + verb, body);
  if (!done) return explain_failure(call, done.error());
  call.out << done->at("group").get<std::string>() << ": "
           << done->at("from_next_tick").get<std::string>() << ", from the next tick on\n";
  return kFine;
}

int pause_group(const Call& call) {
  return speak(call, "pause",
               "Hands off a group: the running host goes on to decide and record, and changes "
               "nothing.");
}

int resume_group(const Call& call) {
  return speak(call, "resume", "Takes a pause back, that of the configuration included.");
}

}  // namespace

const Command kPause{"pause", "hands off a group of the running host", pause_group};
const Command kResume{"resume", "take a pause back", resume_group};

}  // namespace nova::cli
