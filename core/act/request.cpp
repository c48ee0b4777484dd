#include "core/act/request.hpp"

#include <algorithm>
#include <map>

namespace nova {

// Two FNV-1a hashes of different bases.
Token token_of(const std::string& text) {
  Token token{};
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t hash = half == 0 ? 0xcbf29ce484222325ULL : 0x9ae16a3b2f90404fULL;
    for (const char c : text) {
      hash ^= static_cast<unsigned char>(c);
      hash *= 0x100000001b3ULL;
    }
    for (std::size_t i = 0; i < 8; ++i)
      token[half * 8 + i] = static_cast<std::uint8_t>(hash >> (8 * i));
  }
  return token;
}

std::string to_string(const Token& token) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const auto byte : token) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::optional<Token> parse_token(const std::string& text) {
  Token token{};
  if (text.size() != 2 * token.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = std::string("0123456789abcdef").find(text[i]);
    if (digit == std::string::npos) return std::nullopt;
    token[i / 2] = static_cast<std::uint8_t>(token[i / 2] << 4 | digit);
  }
  return token;
}

ScaleRequest make_request(const std::string& group_id, const std::string& decision_id,
                          const Decision& decision, const std::vector<MixRow>& held,
                          std::uint64_t generation) {
  std::map<std::string, std::uint32_t> before;
  for (const auto& row : held) before[row.offer_id] = row.count;
  ScaleRequest request{group_id, generation, decision.reason, {}};
  for (const auto& row : decision.mix.rows)
    if (row.count != before[row.offer_id])
      request.rows.push_back({row.offer_id, row.count, token_of(decision_id + "/" + row.offer_id),
                              before[row.offer_id]});
  std::stable_partition(request.rows.begin(), request.rows.end(),
                        [&](const ScaleRow& row) { return row.desired > before[row.offer_id]; });
  return request;
}

const char* to_string(OperationState state) noexcept {
  switch (state) {
    case OperationState::unknown:
      return "unknown";
    case OperationState::nothing:
      return "nothing";
    case OperationState::pending:
      return "pending";
    case OperationState::running:
      return "running";
    case OperationState::done:
      return "done";
    case OperationState::partial:
      return "partial";
    case OperationState::failed:
      return "failed";
    case OperationState::cancelled:
      return "cancelled";
  }
  return "unknown";
}

bool is_open(OperationState state) noexcept {
  return state == OperationState::unknown || state == OperationState::pending ||
         state == OperationState::running;
}

}  // namespace nova
