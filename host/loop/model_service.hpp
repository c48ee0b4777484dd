// ModelService: the engine's questions to model plugins, and their answers.
//
// Batches what may be asked together (one tenant, plugin, origin, step, leads and levels), fits
// what is due, observes new points, forecasts. Fits are warm where the model knows the series, but
// from nothing where it drifted and where the history is twice what it was at the last such fit: a
// warm one keeps what was chosen then. A series that fails costs nobody else. Used by the loop and
// by the backtest.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/engine/tick.hpp"
#include "host/loader/model_client.hpp"

namespace nova {

class ModelService {
 public:
  // The client that serves a tenant through a plugin; null if there is none.
  using Find =
      std::function<loader::ModelClient*(const std::string& tenant, const std::string& plugin)>;
  // `timeout_of` a plugin's calls, as configured.
  ModelService(Find find, std::function<Duration(const std::string& plugin)> timeout_of)
      : find_(std::move(find)), timeout_of_(std::move(timeout_of)) {}

  // One answer to each question, in the order of (group, signal, model). Borrowed history is copied
  // before any plugin sees it.
  std::vector<ModelAnswer> ask(std::span<const ModelQuestion> questions);
  // Who has very many asks so many at a time: answers are large, and those taken in can go.
  static constexpr std::size_t kAtATime = 1024;

 private:
  using Batch = std::vector<const ModelQuestion*>;
  void ask_batch(loader::ModelClient& client, Duration timeout, const Batch& batch,
                 std::vector<ModelAnswer>& answers);
  enum class How { fit, refit, observe };  // refit: from the parameters it has (NOVA_FIT_WARM)
  // Teaches the series of `batch`; failures land in `answers`.
  void teach(loader::ModelClient& client, Duration timeout, const Batch& batch, How how,
             std::vector<ModelAnswer*>& answers);

  Find find_;
  std::function<Duration(const std::string&)> timeout_of_;
  // Series each instance was fitted on in this process, with the points of the last fit from
  // nothing: a restart empties the plugins' heads.
  std::map<std::pair<const loader::ModelClient*, std::uint64_t>, std::size_t> fitted_;
};

}  // namespace nova
