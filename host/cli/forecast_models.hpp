// The models `forecast` may use: those found in the plugin folders, with their default settings and
// those given.
#pragma once

#include <iosfwd>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "host/loader/catalogue.hpp"
#include "host/loader/instance.hpp"
#include "host/loader/model_client.hpp"

namespace nova::cli {

struct FoundModel {
  std::string name;  // last part of the component id, or all of it where two end alike
  loader::PluginCatalogue::Found plugin;
  std::string config_json;  // defaults filled in
};

// `settings` by name of a model: { "arima": { "order": [2, 0, 1] } }. `wanted` empty = every model
// there is; those that cannot be used without settings are named on `err` and left out. Errors:
// invalid_argument (a name that is not there, with what was meant, or twice; settings that the
// model's schema refuses), unavailable (none found).
Result<std::vector<FoundModel>> find_models(loader::PluginCatalogue& catalogue,
                                            const std::vector<std::string>& wanted,
                                            const nlohmann::json& settings, std::ostream& err);

// One instance of each model, for one thread.
class ModelBench {
 public:
  // `count` of them. Error: as the first create that failed, such as for settings that the model
  // refuses.
  static Result<std::vector<ModelBench>> make(const std::vector<FoundModel>& models,
                                              const std::shared_ptr<loader::HostContext>& context,
                                              std::size_t count);

  std::size_t size() const { return clients_.size(); }
  loader::ModelClient& client(std::size_t model) { return *clients_[model]; }
  const std::string& name(std::size_t model) const { return instances_[model]->name(); }
  bool heavy(std::size_t model) const { return heavy_[model]; }  // see ModelClient::heavy()

 private:
  std::vector<std::unique_ptr<loader::Instance>> instances_;
  std::vector<std::unique_ptr<loader::ModelClient>> clients_;
  std::vector<bool> heavy_;
};

}  // namespace nova::cli
