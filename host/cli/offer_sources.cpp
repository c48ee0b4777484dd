#include "host/cli/offer_sources.hpp"

#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <boost/program_options.hpp>
#include <ostream>
#include <set>

#include "host/cli/cost.hpp"
#include "host/cli/cost_plugins.hpp"
#include "host/wiring/suggest.hpp"

namespace nova::cli {
namespace {

namespace po = boost::program_options;

// Adds what a plugin offers; false when it failed.
bool gather(const Call& call, PricePlugin& plugin, const OfferQuestion& question,
            std::vector<Offer>& offers) {
  auto listed = plugin.client->list_offers(question.filter_json(), plugin.timeout);
  if (!listed.ok()) {
    call.err << "novascale cost: \"" << plugin.name << "\": " << listed.error().message << "\n";
    return false;
  }
  for (const auto& remark : listed->remarks)
    if (plugin.said->add(plugin.name, remark))
      call.err << "novascale cost: \"" << plugin.name << "\": " << remark << "\n";
  std::erase_if(listed->offers, [&](const Offer& offer) { return !question.keeps(offer); });
  if (offers.empty()) return offers = std::move(listed->offers), true;
  offers.insert(offers.end(), std::make_move_iterator(listed->offers.begin()),
                std::make_move_iterator(listed->offers.end()));
  return true;
}

// What the question names and no plugin has, for people; "" when each name is known.
std::string unknown_name(const Call& call, std::vector<PricePlugin>& plugins,
                         const OfferQuestion& question) {
  std::vector<Offer> all;
  OfferQuestion anything;  // what is there at all is there on demand; zones are those of pools
  if (question.zone.empty()) anything.purchase = {"on-demand"};
  for (auto& plugin : plugins) gather(call, plugin, anything, all);
  std::set<std::string> regions, zones, types, archs, systems;
  for (const auto& offer : all) {
    regions.insert(offer.region);
    zones.insert(offer.zone);
    types.insert(offer.machine_type);
    archs.insert(offer.arch);
    systems.insert(offer.os);
  }
  const auto none = [](const std::string& what, const std::string& name,
                       const std::set<std::string>& known) {
    return "no offer " + what + " \"" + name + "\"" +
           did_you_mean(name, {known.begin(), known.end()});
  };
  for (const auto& region : question.regions)
    if (!regions.count(region)) return none("in region", region, regions);
  for (const auto& type : question.types)
    if (std::none_of(types.begin(), types.end(),
                     [&](const auto& known) { return glob_matches(type, known); }))
      return none("of type", type, types);
  if (!question.arch.empty() && !archs.count(question.arch))
    return none("of architecture", question.arch, archs);
  if (!question.os.empty() && !systems.count(question.os))
    return none("with", question.os, systems);
  OfferQuestion in_zone;
  in_zone.zone = question.zone;
  if (std::none_of(all.begin(), all.end(), [&](const Offer& o) { return in_zone.keeps(o); }))
    return none("in zone", question.zone, zones);
  return "";
}

}  // namespace

void add_offer_options(po::options_description& shown, po::options_description& hidden,
                       OfferWords& w, const std::string& prefix) {
  const auto vcpus = prefix + "vcpus", memory = prefix + "memory";
  shown.add_options()  //
      ("provider", po::value(&w.providers)->value_name("NAMES"),
       "price plugins to ask, such as aws,gce; by default all that are found or configured")  //
      ("region", po::value(&w.regions)->value_name("NAMES"), "in these regions")              //
      ("zone", po::value(&w.question.zone)->value_name("NAME"), "to be had in this zone")     //
      ("type", po::value(&w.types)->value_name("GLOBS"),
       "machine types, such as m5.*,c6?.large")  //
      (vcpus.c_str(), po::value(&w.vcpus)->value_name("FROM:TO"),
       "hardware threads; either end may lack")                                       //
      (memory.c_str(), po::value(&w.memory)->value_name("FROM:TO"), "GiB")            //
      ("arch", po::value(&w.question.arch)->value_name("ARCH"), "x86_64 or aarch64")  //
      ("os", po::value(&w.question.os)->value_name("OS"), "linux, windows, ...");     //
  hidden.add_options()("providers", po::value(&w.providers))("regions", po::value(&w.regions));
}

std::vector<std::string> split_names(const std::string& text) {
  std::vector<std::string> parts;
  if (!text.empty()) boost::split(parts, text, boost::is_any_of(","));
  return parts;
}

std::string check_word(const std::string& option, const std::string& word,
                       const std::vector<std::string>& known) {
  if (std::count(known.begin(), known.end(), word)) return "";
  return "--" + option + " must be one of " + boost::join(known, ", ") + ", got \"" + word + "\"" +
         did_you_mean(word, known);
}

std::string read_offer_words(OfferWords& w, const std::string& prefix) {
  auto& q = w.question;
  q.regions = split_names(w.regions);
  q.types = split_names(w.types);
  q.purchase = split_names(w.purchase);
  for (const auto* list : {&q.regions, &q.types})
    if (std::count(list->begin(), list->end(), "")) return "a list must have no empty name";
  for (const auto& word : q.purchase)
    if (auto wrong = check_word("purchase", word, purchase_words()); !wrong.empty()) return wrong;
  for (const auto& [option, text, range] :
       {std::tuple("vcpus", &w.vcpus, &q.vcpus), std::tuple("memory", &w.memory, &q.memory_gib)})
    if (!text->empty() && !parse_range(*text, *range))
      return "--" + prefix + option + " must be a range such as 4:16, 4: or :16, got \"" + *text +
             "\"";
  if (q.arch == "amd64") q.arch = "x86_64";  // the other name of the same thing
  if (q.arch == "arm64") q.arch = "aarch64";
  return "";
}

int gather_offers(const Call& call, const OfferWords& words, std::vector<Offer>& offers) {
  std::vector<PricePlugin> plugins;
  std::map<std::string, std::vector<std::string>> wishes;
  if (!words.offerings.empty()) wishes["offerings"] = words.offerings;
  if (const int code = open_price_plugins(call, split_names(words.providers), wishes, plugins);
      code != kFine)
    return code;
  bool failed = false;
  for (auto& plugin : plugins) failed |= !gather(call, plugin, words.question, offers);
  const auto& asked = words.question.regions;
  const bool missing =
      offers.empty() || std::any_of(asked.begin(), asked.end(), [&](const auto& r) {
        return std::none_of(offers.begin(), offers.end(),
                            [&](const Offer& o) { return o.region == r; });
      });
  if (missing && !failed)
    if (const auto name = unknown_name(call, plugins, words.question); !name.empty()) {
      offers.clear();
      return say(call, kNo, name);
    }
  if (offers.empty() && !failed)
    return say(call, kNo, "no offer matches: each name is known, not together");
  return failed ? kFailed : kFine;
}

}  // namespace nova::cli
