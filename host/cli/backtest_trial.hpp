// One configuration made ready to be tried on a recorded load, and what it and its rivals came to.
//
// Each trial has plugin instances of its own, so several may run at once, each on one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/cli/backtest_page.hpp"
#include "host/cli/backtest_table.hpp"
#include "host/cli/command.hpp"
#include "host/cli/past_load.hpp"
#include "host/cli/setup.hpp"
#include "host/loop/model_service.hpp"
#include "host/loop/policy_service.hpp"
#include "host/loop/world.hpp"

namespace nova::cli {

class Trial {
 public:
  // `call` need not outlive this, its streams must.
  explicit Trial(const Call& call);

  // kFine, or the exit code when it has said what is wrong. `promise` replaces what the group says.
  int prepare(const Call& call, LoadedConfig config, const PastLoadOptions& options,
              std::optional<PromiseSpec> promise);

  // Ours first, then the rivals in their order. `progress` is called on this thread; `fan` may be
  // null.
  std::vector<PolicyRun> run(const std::vector<std::string>& rivals,
                             const std::function<void(double)>& progress, ForecastFan* fan);

  // Of the last run(): policy plugins that left ours without their proposal. Errors: unavailable.
  Result<void> policies_answered() const;

  const PastLoad& past() const { return past_; }
  const std::optional<PromiseSpec>& promise() const { return promise_; }

 private:
  Clock clock_;
  Setup setup_;
  World world_;
  PastLoad past_;
  std::optional<PromiseSpec> promise_;
  std::size_t policies_asked_ = 0, policies_failed_ = 0;
  std::string policy_trouble_;  // the first
};

}  // namespace nova::cli
