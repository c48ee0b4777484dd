// Requests: a decision as what a controller is asked to do, and what becomes of it.
//
// A request is absolute ("be 12 of this offer") and carries a token, so it may be repeated without
// a second effect. Made by the engine, sent by the host's one door, followed here until its end.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/cost/mix.hpp"
#include "core/decide/decision.hpp"

namespace nova {

using Token = std::array<std::uint8_t, 16>;

// 32 lower-case hex digits, as in the journal; parse accepts exactly that.
std::string to_string(const Token& token);
std::optional<Token> parse_token(const std::string& text);

// One row of a request: one offer of one group. Its token names the operation.
struct ScaleRow {
  std::string offer_id;
  std::uint32_t desired = 0;
  Token token{};
  std::uint32_t held = 0;  // before
};

struct ScaleRequest {
  std::string group_id;
  std::uint64_t generation = 0;  // of the group as it was seen
  std::string reason;
  std::vector<ScaleRow> rows;
};

// 128 bits of a text, the same on every host.
Token token_of(const std::string& text);

// The rows in which `mix` differs from what is held, decreases behind increases: machines are added
// before others are given up. Tokens are a hash of the decision id and the offer: the same decision
// gives the same tokens, after a restart and in a replay, too.
ScaleRequest make_request(const std::string& group_id, const std::string& decision_id,
                          const Decision& decision, const std::vector<MixRow>& held,
                          std::uint64_t generation);

// States of an operation, as in the contract (controller.h).
enum class OperationState : std::int32_t {
  unknown = 0,  // sent, answer lost: poll it, send nothing else
  nothing = 1,
  pending = 2,
  running = 3,
  done = 4,
  partial = 5,
  failed = 6,
  cancelled = 7,
};
const char* to_string(OperationState state) noexcept;
bool is_open(OperationState state) noexcept;  // unknown, pending, running

struct Operation {
  Token token{};
  std::string tenant, group, offer_id, decision_id;
  std::string machine;  // whom it is about; "" = a count
  std::uint32_t desired = 0;
  OperationState state = OperationState::unknown;
  std::int32_t result = 0;  // nova_status of the end
  TimePoint requested;
};

}  // namespace nova
