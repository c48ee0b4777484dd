// PolicyService: the engine's questions to policy plugins, and their answers.
//
// Batches what may be asked together: the groups of one tenant and plugin whose forecasts lie on
// one grid. A group that fails costs nobody else, a call that fails costs its batch. Used by the
// loop and by the backtest.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/engine/tick.hpp"
#include "host/loader/policy_client.hpp"

namespace nova {

class PolicyService {
 public:
  // The client that serves a tenant through a plugin; null if there is none.
  using Find =
      std::function<loader::PolicyClient*(const std::string& tenant, const std::string& plugin)>;
  // `timeout_of` a plugin's calls, as configured.
  PolicyService(Find find, std::function<Duration(const std::string& plugin)> timeout_of)
      : find_(std::move(find)), timeout_of_(std::move(timeout_of)) {}

  // One answer to each question, in their order. All is copied before any plugin sees it.
  std::vector<PolicyAnswer> ask(const std::vector<PolicyQuestion>& questions) const;

 private:
  Find find_;
  std::function<Duration(const std::string&)> timeout_of_;
};

}  // namespace nova
