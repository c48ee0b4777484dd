#include "host/loop/door.hpp"

#include <algorithm>
#include <map>

#include "host/loop/victims.hpp"

namespace nova {
namespace {

OperationState state_of(loader::OpState state) { return static_cast<OperationState>(state); }

// Statuses after which the controller may or may not have acted.
bool outcome_unknown(ErrorCode code) {
  return code == ErrorCode::deadline_exceeded || code == ErrorCode::cancelled ||
         code == ErrorCode::internal || code == ErrorCode::unavailable;
}

loader::ScaleRow row_of(const ScaleRequest& request, const ScaleRow& row, std::uint32_t desired,
                        const Token& token) {
  loader::ScaleRow out;
  out.group_id = request.group_id;
  out.offer_id = row.offer_id;
  out.reason = request.reason;
  out.desired = desired;
  out.expected_generation = request.generation;
  out.token = token;
  return out;
}

}  // namespace

Token Door::Row::token() const {
  return desired == row->desired ? row->token
                                 : token_of(to_string(row->token) + "/" + std::to_string(desired));
}

std::optional<Door::Row> Door::fewer(const Row& row, ErrorCode code) {
  const bool too_many = code == ErrorCode::capacity || code == ErrorCode::quota;
  if (!too_many || row.desired <= row.row->held + 1) return std::nullopt;
  auto less = row;
  less.desired = row.row->held + (row.desired - row.row->held) / 2;
  return less;
}

Door::Door(const World& world, Options options, Charge charge, MachineBook& machines, Note note,
           Report report)
    : world_(world),
      options_(options),
      charge_(std::move(charge)),
      machines_(machines),
      errors_(options.step),
      note_(std::move(note)),
      report_(std::move(report)) {}

void Door::adopt(Operation operation) {
  machines_.sent(operation, 0);
  if (is_open(operation.state)) open_.push_back(std::move(operation));
}

bool Door::unknown(std::size_t group) const {
  const auto& spec = world_.groups[group];
  return std::any_of(open_.begin(), open_.end(), [&](const Operation& op) {
    return op.tenant == spec.tenant && op.group == spec.id && op.state == OperationState::unknown;
  });
}

std::vector<bool> Door::send(TimePoint now, const std::vector<Asked>& asked) {
  std::vector<bool> changed(world_.groups.size(), false);
  std::map<PerTenant, std::vector<const Asked*>> by_controller;
  for (const auto& a : asked) {
    const auto& spec = world_.groups[a.group];
    if (options_.dry_run || a.dry_run || a.request.rows.empty()) continue;
    if (errors_.waits(spec.tenant, spec.id, now))
      report_(spec.tenant, spec.id, a.decision_id + ": not sent: the controller is given a rest");
    else
      by_controller[{spec.tenant, spec.controller}].push_back(&a);
  }
  for (const auto& [controller, requests] : by_controller)
    send_to(controller, now, requests, changed);
  return changed;
}

void Door::send_to(const PerTenant& controller, TimePoint now,
                   const std::vector<const Asked*>& asked, std::vector<bool>& changed) {
  std::vector<Row> rows;
  for (const auto* a : asked)
    for (const auto& row : a->request.rows)
      if (row.desired < row.held ||
          !errors_.waits(controller.first, a->request.group_id, row.offer_id, now, a->urgent))
        rows.push_back({a, &row, row.desired});
  if (rows.empty()) return;
  rows = checked(controller, now, std::move(rows));
  const auto removals = choose(controller, now, rows);
  scale(controller, now, rows, changed);  // in one call: generations are compared before it acts
  remove(controller, now, removals, changed);
}

std::vector<Door::Row> Door::checked(const PerTenant& controller, TimePoint now,
                                     std::vector<Row> rows) {
  auto& client = *world_.controllers.at(controller);
  if (!client.can_check()) return rows;
  std::vector<loader::ScaleRow> asked;
  for (const auto& r : rows)
    asked.push_back(row_of(r.asked->request, *r.row, r.desired, r.token()));
  const auto answers = client.can_scale(asked, world_.timeout(controller.second));
  if (!answers) {
    report_(controller.first, "", answers.error().message);
    if (!outcome_unknown(answers.error().code))
      for (const auto& r : rows)
        went_wrong(controller.first, r.asked->request.group_id, r.row->offer_id,
                   answers.error().code, answers.error().message, now);
    return {};
  }
  std::vector<Row> allowed, rest;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& status = (*answers)[i].status;
    if (status.ok()) {
      allowed.push_back(rows[i]);
      continue;
    }
    const auto& group = rows[i].asked->request.group_id;
    went_wrong(controller.first, group, rows[i].row->offer_id, status.code, status.note, now);
    report_(controller.first, group,
            rows[i].asked->decision_id + ": cannot scale: " + to_string(status.code) + ": " +
                status.note);
    if (const auto less = fewer(rows[i], status.code)) rest.push_back(*less);
  }
  if (!rest.empty())
    for (const auto& row : checked(controller, now, std::move(rest))) allowed.push_back(row);
  return allowed;
}

std::vector<Door::Removal> Door::choose(const PerTenant& controller, TimePoint now,
                                        std::vector<Row>& rows) {
  auto& client = *world_.controllers.at(controller);
  const auto shrinks = [](const Row& r) { return r.row->desired < r.row->held; };
  std::set<std::string> groups;
  for (const auto& r : rows)
    if (shrinks(r)) groups.insert(r.asked->request.group_id);
  if (groups.empty() || !client.can_act() || removes_none_.count(controller) != 0) return {};
  const auto machines =
      client.list_machines({groups.begin(), groups.end()}, world_.timeout(controller.second));
  if (!machines) return {};
  std::vector<Removal> removals;
  std::erase_if(rows, [&](const Row& r) {
    if (!shrinks(r)) return false;
    const auto victims = choose_victims(
        *machines, r.asked->request.group_id, r.row->offer_id, r.row->held,
        r.row->held - r.row->desired, charge_(r.asked->group, r.row->offer_id), now, options_.step);
    if (!victims) return false;
    for (const auto& machine : *victims) removals.push_back({r, machine});
    return true;
  });
  return removals;
}

void Door::remove(const PerTenant& controller, TimePoint now, const std::vector<Removal>& removals,
                  std::vector<bool>& changed) {
  if (removals.empty()) return;
  std::vector<loader::ActRow> rows;
  for (const auto& [r, machine] : removals) {
    loader::ActRow row;
    row.action = loader::Action::remove;
    row.group_id = r.asked->request.group_id;
    row.machine_id = machine;
    row.reason = r.asked->request.reason;
    row.token = token_of(r.asked->decision_id + "/remove/" + machine);
    rows.push_back(std::move(row));
  }
  const auto answers =
      world_.controllers.at(controller)->act(rows, world_.timeout(controller.second));
  std::vector<Row> counted;  // of a controller that acts, but not so
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (answers && (*answers)[i].status.code == ErrorCode::unimplemented) {
      removes_none_.insert(controller);
      if (i == 0 || counted.empty() || counted.back().row != removals[i].row.row)
        counted.push_back(removals[i].row);
      continue;
    }
    Operation op;
    op.token = rows[i].token;
    op.machine = rows[i].machine_id;
    op.tenant = controller.first;
    op.requested = now;
    take(std::move(op), removals[i].row,
         answers ? (*answers)[i]
                 : loader::OpAnswer{{answers.error().code, answers.error().message}, {}},
         changed);
  }
  scale(controller, now, counted, changed);
}

void Door::scale(const PerTenant& controller, TimePoint now, const std::vector<Row>& rows,
                 std::vector<bool>& changed) {
  if (rows.empty()) return;
  std::vector<loader::ScaleRow> asked;
  for (const auto& r : rows)
    asked.push_back(row_of(r.asked->request, *r.row, r.desired, r.token()));
  const auto answers =
      world_.controllers.at(controller)->scale(asked, world_.timeout(controller.second));
  std::vector<Row> rest;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Operation op;
    op.token = rows[i].token();
    op.tenant = controller.first;
    op.requested = now;
    take(std::move(op), rows[i],
         answers ? (*answers)[i]
                 : loader::OpAnswer{{answers.error().code, answers.error().message}, {}},
         changed);
    if (!answers) continue;
    if (const auto less = fewer(rows[i], (*answers)[i].status.code)) rest.push_back(*less);
  }
  scale(controller, now, rest, changed);
}

// What the controller said to one operation that was sent.
void Door::take(Operation op, const Row& row, const loader::OpAnswer& answer,
                std::vector<bool>& changed) {
  op.group = row.asked->request.group_id;
  op.offer_id = row.row->offer_id;
  op.decision_id = row.asked->decision_id;
  op.desired = row.desired;
  const auto code = answer.status.code;
  op.result = static_cast<std::int32_t>(code);
  if (code == ErrorCode::ok)
    op.state = state_of(answer.state);
  else
    op.state = outcome_unknown(code) ? OperationState::unknown : OperationState::failed;
  if (!op.machine.empty() && code == ErrorCode::not_found)
    op.state = OperationState::nothing;  // it went by itself
  const bool acts = code == ErrorCode::ok && op.state != OperationState::nothing;
  if (acts || op.state == OperationState::unknown) {
    changed[row.asked->group] = true;
    machines_.sent(op, std::int64_t{op.desired} - std::int64_t{row.row->held});
  }
  ended(op, answer.status.note, op.requested);
  note_(op, answer.status.note);
  if (is_open(op.state)) open_.push_back(std::move(op));
}

// If it has.
void Door::ended(const Operation& op, const std::string& text, TimePoint now) {
  const auto code = static_cast<ErrorCode>(op.result);
  if (op.state == OperationState::failed || op.state == OperationState::partial)
    went_wrong(op.tenant, op.group, op.offer_id, code == ErrorCode::ok ? ErrorCode::internal : code,
               text, now);
  else if (op.state == OperationState::done || op.state == OperationState::nothing)
    errors_.succeeded(op.tenant, op.group, op.requested);
}

void Door::went_wrong(const std::string& tenant, const std::string& group, const std::string& offer,
                      ErrorCode code, const std::string& text, TimePoint now) {
  // Another pool may have one, or may be had by our account, or is what the group was meant to
  // name.
  if (code == ErrorCode::capacity || code == ErrorCode::quota ||
      code == ErrorCode::invalid_argument)
    refused_[{tenant, group}].try_emplace(offer, refused_for(RequestErrors::kind_of(code)));
  errors_.failed(tenant, group, controller_of(tenant, group), offer, code, text, now);
}

std::string Door::controller_of(const std::string& tenant, const std::string& group) const {
  for (const auto& spec : world_.groups)
    if (spec.tenant == tenant && spec.id == group) return spec.controller;
  return "";
}

std::map<std::string, RefusedFor> Door::take_refused(std::size_t group) {
  const auto& spec = world_.groups[group];
  const auto taken = refused_.extract({spec.tenant, spec.id});
  return taken.empty() ? std::map<std::string, RefusedFor>{} : std::move(taken.mapped());
}

void Door::follow(TimePoint now) {
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
  for (const auto& [controller, operations] : by_controller) follow_at(controller, now, operations);
  std::erase_if(open_, [](const Operation& op) { return !is_open(op.state); });
}

void Door::follow_at(const PerTenant& controller, TimePoint now,
                     const std::vector<Operation*>& operations) {
  std::vector<loader::Token> tokens;
  for (const auto* op : operations) tokens.push_back(op->token);
  const auto states =
      world_.controllers.at(controller)->poll(tokens, world_.timeout(controller.second));
  if (!states) return report_(controller.first, "", states.error().message);
  for (std::size_t i = 0; i < operations.size(); ++i) {
    auto& op = *operations[i];
    const auto& told = (*states)[i];
    auto state = state_of(told.state);
    // It never arrived: the next decision asks anew.
    const bool lost = state == OperationState::unknown && told.result == ErrorCode::not_found;
    if (lost) state = OperationState::failed;
    if (state == op.state) continue;
    op.state = state;
    op.result = static_cast<std::int32_t>(told.result);
    if (!lost) ended(op, told.note, now);
    note_(op, told.note);
  }
}

}  // namespace nova
