// Pauses: what operators say of groups while the loop runs. Written from any thread, read once a
// tick; what is read is journalled with the tick's input, so a replay hears it, too.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/decide/behaviour.hpp"

namespace nova {

class Pauses {
 public:
  // `group` is "tenant/group". A pause that stops neither way is "resume".
  void set(const std::string& group, const Pause& pause) {
    const std::scoped_lock lock(mutex_);
    said_[group] = pause;
  }
  std::optional<Pause> of(const std::string& group) const {
    const std::scoped_lock lock(mutex_);
    const auto at = said_.find(group);
    return at == said_.end() ? std::nullopt : std::optional(at->second);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Pause> said_;
};

}  // namespace nova
