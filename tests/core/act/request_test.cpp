// Goal: a decision becomes the same absolute request every time it is made.
#include "core/act/request.hpp"

#include <gtest/gtest.h>

#include <set>

namespace nova {
namespace act_request_test {

Decision decision(std::vector<MixRow> rows) {
  Decision d;
  d.mix.rows = std::move(rows);
  d.reason = "because";
  return d;
}

TEST(MakeRequest, AsksOnlyForWhatChangesAddingFirst) {
  const std::vector<MixRow> held{{"a", 3}, {"b", 2}, {"c", 1}};
  const auto r =
      make_request("web", "t/web#7", decision({{"a", 1}, {"b", 2}, {"c", 0}, {"d", 4}}), held, 9);
  ASSERT_EQ(r.rows.size(), 3u);
  EXPECT_EQ(r.rows[0].offer_id, "d");  // machines come before others go
  EXPECT_EQ(r.rows[0].desired, 4u);
  EXPECT_EQ(r.rows[1].offer_id, "a");
  EXPECT_EQ(r.rows[2].offer_id, "c");
  EXPECT_EQ(r.generation, 9u);
  EXPECT_EQ(r.group_id, "web");
}

TEST(MakeRequest, TokensNameTheDecisionAndTheOffer) {
  const auto once = make_request("web", "t/web#7", decision({{"a", 1}, {"b", 1}}), {}, 0);
  const auto again = make_request("web", "t/web#7", decision({{"a", 1}, {"b", 1}}), {}, 5);
  const auto other = make_request("web", "t/web#8", decision({{"a", 1}, {"b", 1}}), {}, 0);
  EXPECT_EQ(once.rows[0].token, again.rows[0].token);
  std::set<Token> tokens;
  for (const auto& r : {once, other})
    for (const auto& row : r.rows) tokens.insert(row.token);
  EXPECT_EQ(tokens.size(), 4u);
}

TEST(Token, TextRoundTrip) {
  const auto r = make_request("web", "t/web#7", decision({{"a", 1}}), {}, 0);
  const auto token = r.rows[0].token;
  EXPECT_EQ(parse_token(to_string(token)), token);
  for (const auto* bad :
       {"", "12", "zz", "0123456789abcdef0123456789abcdeg", "0123456789abcdef0123456789abcdef0"})
    EXPECT_FALSE(parse_token(bad)) << bad;
}

TEST(OperationState, OpenOnesAreFollowed) {
  EXPECT_TRUE(is_open(OperationState::unknown));
  EXPECT_TRUE(is_open(OperationState::pending));
  EXPECT_TRUE(is_open(OperationState::running));
  for (const auto ended : {OperationState::nothing, OperationState::done, OperationState::partial,
                           OperationState::failed, OperationState::cancelled})
    EXPECT_FALSE(is_open(ended)) << to_string(ended);
}

}  // namespace act_request_test
}  // namespace nova
