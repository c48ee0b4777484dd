#include "core/engine/replay.hpp"

#include "core/engine/tick_json.hpp"
#include "core/record/decision_json.hpp"

namespace nova {

std::vector<PricedOffer> default_offers(const GroupSpec& spec) {
  if (!spec.cost.empty()) return {};
  return {{"", spec.price, 1.0}};
}

Replay::Replay(Engine& engine) : engine_(engine) {
  for (std::size_t i = 0; i < engine.size(); ++i) {
    index_[engine.specs()[i].name()] = i;
    menus_.emplace_back(default_offers(engine.specs()[i]));
  }
}

void Replay::set_offers(const std::string& group_name, std::vector<PricedOffer> offers) {
  if (const auto at = index_.find(group_name); at != index_.end())
    menus_[at->second] = Menu(std::move(offers));
}

Result<std::size_t> Replay::index_of(const Entry& entry) const {
  const auto at = index_.find(entry.tenant + "/" + entry.group);
  if (at == index_.end())
    return Error{ErrorCode::data_loss, "replay: entry " + std::to_string(entry.seq) +
                                           " is of group " + entry.tenant + "/" + entry.group +
                                           ", which the configuration does not have"};
  return at->second;
}

Result<void> Replay::take(const Entry& entry) try {
  switch (entry.type) {
    case EntryType::input: {
      decide_all();
      const auto input = tick_input_from(entry.time, entry.body);
      if (!input) return input.error();
      if (input->groups.size() != engine_.size())
        return Error{ErrorCode::data_loss, "replay: entry " + std::to_string(entry.seq) + " has " +
                                               std::to_string(input->groups.size()) +
                                               " groups, the configuration " +
                                               std::to_string(engine_.size())};
      engine_.observe(*input);
      observed_ = true;
      return {};
    }
    case EntryType::forecast: {
      const auto group = index_of(entry);
      if (!group) return group.error();
      const auto answer = model_answer_from(entry.body, *group, engine_.group(*group));
      if (!answer) return answer.error();
      engine_.answer(*answer);
      return {};
    }
    case EntryType::proposal: {
      const auto group = index_of(entry);
      if (!group) return group.error();
      const auto answer = policy_answer_from(entry.body, *group);
      if (!answer) return answer.error();
      engine_.answer(*answer);
      return {};
    }
    case EntryType::offers: {
      const auto group = index_of(entry);
      if (!group) return group.error();
      menus_[*group] = Menu(offers_from(entry.body.at("offers")));
      return {};
    }
    case EntryType::decision: {
      const auto group = index_of(entry);
      if (!group) return group.error();
      recorded_[*group] = entry;
      return {};
    }
    case EntryType::start:
    case EntryType::operation:
    case EntryType::outcome:
    case EntryType::event:
    case EntryType::plan:
      return {};
  }
  return {};
} catch (const Json::exception& e) {
  return Error{ErrorCode::data_loss,
               "replay: entry " + std::to_string(entry.seq) + ": " + e.what()};
}

void Replay::finish() { decide_all(); }

void Replay::decide_all() {
  if (!observed_) return;
  observed_ = false;
  const auto round = engine_.decide_all([this](std::size_t g) -> const Menu& { return menus_[g]; });
  for (std::size_t i = 0; i < engine_.size(); ++i) {
    const auto replayed = to_json(round.decisions[i]).dump();
    const auto recorded = recorded_.find(i);
    if (recorded == recorded_.end()) continue;
    ++decisions_;
    if (const auto on_record = recorded->second.body.dump(); on_record != replayed)
      differences_.push_back({recorded->second.decision_id(), on_record, replayed});
  }
  recorded_.clear();
}

}  // namespace nova
