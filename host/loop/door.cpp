#include "host/loop/door.hpp"

#include <algorithm>
#include <map>

namespace nova {
namespace {

OperationState state_of(loader::OpState state) { return static_cast<OperationState>(state); }

// Statuses after which the controller may or may not have acted.
bool outcome_unknown(ErrorCode code) {
  return code == ErrorCode::deadline_exceeded || code == ErrorCode::cancelled ||
         code == ErrorCode::internal || code == ErrorCode::unavailable;
}

loader::ScaleRow row_of(const ScaleRequest& request, const ScaleRow& row) {
  loader::ScaleRow out;
  out.group_id = request.group_id;
  out.offer_id = row.offer_id;
  out.reason = request.reason;
  out.desired = row.desired;
  out.expected_generation = request.generation;
  out.token = row.token;
  return out;
}

}  // namespace

Door::Door(const World& world, bool dry_run, Note note, Report report)
    : world_(world), dry_run_(dry_run), note_(std::move(note)), report_(std::move(report)) {}

bool Door::unknown(std::size_t group) const {
  const auto& spec = world_.groups[group];
  return std::any_of(open_.begin(), open_.end(), [&](const Operation& op) {
    return op.tenant == spec.tenant && op.group == spec.id && op.state == OperationState::unknown;
  });
}

std::vector<bool> Door::send(TimePoint now, const std::vector<Asked>& asked) {
  std::vector<bool> changed(world_.groups.size(), false);
  std::map<PerTenant, std::vector<const Asked*>> by_controller;
  for (const auto& a : asked)
    if (!dry_run_ && !a.dry_run && !a.request.rows.empty())
      by_controller[{world_.groups[a.group].tenant, world_.groups[a.group].controller}].push_back(
          &a);
  for (const auto& [controller, requests] : by_controller)
    send_to(controller, now, requests, changed);
  return changed;
}

void Door::send_to(const PerTenant& controller, TimePoint now,
                   const std::vector<const Asked*>& asked, std::vector<bool>& changed) {
  auto& client = *world_.controllers.at(controller);
  const auto timeout = world_.timeout(controller.second);
  std::vector<loader::ScaleRow> rows;
  std::vector<const Asked*> owner;
  for (const auto* a : asked)
    for (const auto& row : a->request.rows) {
      rows.push_back(row_of(a->request, row));
      owner.push_back(a);
    }
  if (client.can_check()) {
    const auto checked = client.can_scale(rows, timeout);
    if (!checked) return report_(controller.first, "", checked.error().message);
    std::vector<loader::ScaleRow> allowed;
    std::vector<const Asked*> allowed_owner;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto& status = (*checked)[i].status;
      if (status.ok()) {
        allowed.push_back(rows[i]);
        allowed_owner.push_back(owner[i]);
      } else {
        if (status.code == ErrorCode::capacity)
          refused_[{controller.first, rows[i].group_id}].insert(rows[i].offer_id);
        report_(controller.first, rows[i].group_id,
                owner[i]->decision_id + ": cannot scale: " + to_string(status.code) + ": " +
                    status.note);
      }
    }
    rows = std::move(allowed);
    owner = std::move(allowed_owner);
  }
  if (rows.empty()) return;

  const auto answers = client.scale(rows, timeout);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Operation op;
    op.token = rows[i].token;
    op.tenant = controller.first;
    op.group = rows[i].group_id;
    op.offer_id = rows[i].offer_id;
    op.decision_id = owner[i]->decision_id;
    op.desired = rows[i].desired;
    op.requested = now;
    const auto code = answers ? (*answers)[i].status.code : answers.error().code;
    const auto text = answers ? (*answers)[i].status.note : answers.error().message;
    op.result = static_cast<std::int32_t>(code);
    if (code == ErrorCode::ok)
      op.state = state_of((*answers)[i].state);
    else
      op.state = outcome_unknown(code) ? OperationState::unknown : OperationState::failed;
    const bool acts = code == ErrorCode::ok && op.state != OperationState::nothing;
    if (acts || op.state == OperationState::unknown) changed[owner[i]->group] = true;
    note_refused(op);
    note_(op, text);
    if (is_open(op.state)) open_.push_back(std::move(op));
  }
}

// All of what was asked for, or a part of it.
void Door::note_refused(const Operation& op) {
  if (op.result == static_cast<std::int32_t>(ErrorCode::capacity))
    refused_[{op.tenant, op.group}].insert(op.offer_id);
}

std::vector<std::string> Door::take_refused(std::size_t group) {
  const auto& spec = world_.groups[group];
  const auto taken = refused_.extract({spec.tenant, spec.id});
  if (taken.empty()) return {};
  return {taken.mapped().begin(), taken.mapped().end()};
}

void Door::follow() {
  std::map<PerTenant, std::vector<Operation*>> by_controller;
  for (auto& op : open_) {
    const auto group = std::find_if(world_.groups.begin(), world_.groups.end(), [&](const auto& g) {
      return g.tenant == op.tenant && g.id == op.group;
    });
    if (group != world_.groups.end())
      by_controller[{group->tenant, group->controller}].push_back(&op);
    else
      op.state = OperationState::cancelled;  // its group is configured no more: nobody follows it
  }
  for (const auto& [controller, operations] : by_controller) follow_at(controller, operations);
  std::erase_if(open_, [](const Operation& op) { return !is_open(op.state); });
}

void Door::follow_at(const PerTenant& controller, const std::vector<Operation*>& operations) {
  std::vector<loader::Token> tokens;
  for (const auto* op : operations) tokens.push_back(op->token);
  const auto states =
      world_.controllers.at(controller)->poll(tokens, world_.timeout(controller.second));
  if (!states) return report_(controller.first, "", states.error().message);
  for (std::size_t i = 0; i < operations.size(); ++i) {
    auto& op = *operations[i];
    const auto& now = (*states)[i];
    auto state = state_of(now.state);
    // It never arrived: the next decision asks anew.
    if (state == OperationState::unknown && now.result == ErrorCode::not_found)
      state = OperationState::failed;
    if (state == op.state) continue;
    op.state = state;
    op.result = static_cast<std::int32_t>(now.result);
    note_refused(op);
    note_(op, now.note);
  }
}

}  // namespace nova
