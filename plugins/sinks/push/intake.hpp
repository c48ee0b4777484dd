// What a sink lets in: each event once, and none of a tenant it does not serve.
//
// A writer's events come in the order of their sequence, so the newest number of each writer tells
// what is a repetition.
#pragma once

#include <array>
#include <cstring>
#include <map>
#include <novascale/error.hpp>
#include <novascale/events.hpp>
#include <string>

namespace nova::push {

class Intake {
 public:
  // `tenant`: the only one served; "" = all.
  explicit Intake(std::string tenant) : tenant_(std::move(tenant)) {}

  // Throws nova::Error NOVA_PERMISSION_DENIED where a row is of another tenant.
  void admit(const Events& events) const {
    for (std::size_t i = 0; i < events.count(); ++i)
      if (!tenant_.empty() && events.tenant(i) != tenant_)
        throw Error(NOVA_PERMISSION_DENIED, "event " + std::to_string(i) + " is of tenant \"" +
                                                std::string(events.tenant(i)) +
                                                "\", this sink serves \"" + tenant_ + '"');
  }
  bool is_new(const Events& events, std::size_t i) const {
    const auto at = newest_.find(key(events.writer(i)));
    return at == newest_.end() || events.sequence(i) > at->second;
  }
  void taken(const Events& events, std::size_t i) {
    newest_[key(events.writer(i))] = events.sequence(i);
  }

 private:
  using Key = std::array<unsigned char, sizeof(nova_uuid)>;
  static Key key(const nova_uuid& id) {
    Key key;
    std::memcpy(key.data(), id.b, key.size());
    return key;
  }

  std::string tenant_;
  std::map<Key, std::uint64_t> newest_;
};

}  // namespace nova::push
