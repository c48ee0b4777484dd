// LivePrices: present prices from AWS, read again when they are due, over the built-in catalogue.
//
// Asked in list_offers, on its thread and within its deadline: at most 0.7 of the time left goes to
// AWS, the rest is for the answer. A reading that does not fit goes on at the next call where it
// stopped. What could not be read is told each time as a remark (and once in the log), with what
// serves instead: the last good reading and its age, else the catalogue. Each price names its
// source, day and quality: spot is observed, on-demand is the published list.
// Times are the host's clock; only request limits are real time. [serial]; book() is read by
// [concurrent] calls, which are never in flight beside refresh().
#pragma once

#include <novascale.hpp>

#include "plugins/aws/client.hpp"
#include "plugins/cost/catalogue/live_book.hpp"
#include "section.hpp"

namespace nova::cloud {

class LivePrices {
 public:
  // Off unless the config says `live`. Throws nova::Error (NOVA_INVALID_ARGUMENT) with a key's
  // pointer. Reads the snapshot; opens no connection.
  LivePrices(const Context& context, const PriceBook& book);

  void refresh(const Call& call);
  const LiveBook* book() const { return live_.get(); }  // null = nothing was ever read
  Json describe() const;

 private:
  void make_sections();
  // False: time is up, the reading goes on at the next call.
  bool read(Section& section, const aws::Keys& keys, const aws::Until& until);
  Page page_of(const Section& section, const aws::Keys& keys, const aws::Until& until);
  void commit(Section& section);
  void fail(Section& section, const Error& error);
  void snapshot_trouble(const std::string& text);
  std::string told(const Section& section) const;  // its trouble, and what serves
  std::string standing(const Section& section) const;
  void rebuild();
  void add_price(const Section& section, const LiveRow& row, const Source* source);

  Context context_;
  const PriceBook& book_;
  std::string endpoint_, snapshot_;
  std::vector<std::string> types_;
  std::vector<Section> sections_;
  std::unique_ptr<aws::Client> client_;  // null = not live
  std::unique_ptr<LiveBook> live_;
  std::string snapshot_trouble_;
};

}  // namespace nova::cloud
