// Offers for a verb: the words that say which, and the price plugins that list them.
//
// Shared by `cost offers`, `cost optimize` and `cost commitments`: the same words mean the same,
// and a name that no plugin knows gets the same answer.
#pragma once

#include <boost/program_options/options_description.hpp>
#include <string>
#include <vector>

#include "core/cost/offer.hpp"
#include "host/cli/command.hpp"
#include "host/cli/offer_question.hpp"

namespace nova::cli {

// What was given on the command line, and the question it amounts to.
struct OfferWords {
  std::string providers, regions, types, purchase, vcpus, memory;
  OfferQuestion question;
  std::vector<std::string> offerings;  // kinds of commitment to ask for; empty = the plugins' own
};

// Adds --provider, --region, --zone, --type, --arch, --os and the ranges of size, named
// `prefix`vcpus and `prefix`memory. `hidden` takes other spellings, --providers and --regions.
void add_offer_options(boost::program_options::options_description& shown,
                       boost::program_options::options_description& hidden, OfferWords& words,
                       const std::string& prefix = "");

// "a,b" -> a, b; "" -> nothing.
std::vector<std::string> split_names(const std::string& text);

// "" or what is wrong: "--sort must be one of a, b, got "c" (did you mean "b"?)".
std::string check_word(const std::string& option, const std::string& word,
                       const std::vector<std::string>& known);

// Fills the question; "" or what is wrong with the words.
std::string read_offer_words(OfferWords& words, const std::string& prefix = "");

// Asks the plugins; prints what is wrong. kFine with at least one offer; kFailed also where only
// some plugins answered, with what the others have in `offers`.
int gather_offers(const Call& call, const OfferWords& words, std::vector<Offer>& offers);

}  // namespace nova::cli
