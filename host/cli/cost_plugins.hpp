// The price plugins of a verb: those of a configuration with its settings, or those found in the
// plugin folders with their defaults.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/cli/command.hpp"
#include "host/loader/cost_client.hpp"
#include "host/loader/instance.hpp"

namespace nova::cli {

// What plugins have said in the log, so that a remark is not said again. Safe from any thread.
class Logged {
 public:
  // False if it was said before.
  bool add(std::string_view plugin, std::string_view text) {
    const std::lock_guard lock(mutex_);
    return lines_.emplace(plugin, text).second;
  }

 private:
  std::mutex mutex_;
  std::set<std::pair<std::string, std::string>> lines_;
};

struct PricePlugin {
  std::string name;  // in the config; else the last part of the component id: "aws"
  std::unique_ptr<loader::Instance> instance;
  std::unique_ptr<loader::CostClient> client;
  Duration timeout;  // for each call
  std::shared_ptr<Logged> said;
};

// `wanted` empty = all there are. Nothing but price plugins is started, and nothing is written.
// Without a configuration `wishes` are settings for the plugins that know them.
// Prints what is wrong, for people; returns an exit code (kFine with at least one plugin).
int open_price_plugins(const Call& call, const std::vector<std::string>& wanted,
                       const std::map<std::string, std::vector<std::string>>& wishes,
                       std::vector<PricePlugin>& plugins);

}  // namespace nova::cli
