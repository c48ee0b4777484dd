// Goal: each kind of refusal is told once, with what to do about it, until the controller does what
// it is asked or nobody asks any more; who asks in vain asks less and less. Method: a table of
// codes, then a clock turned by hand.
#include "host/loop/request_errors.hpp"

#include <gmock/gmock.h>

namespace nova {
namespace loop_request_errors_test {

using std::chrono::minutes;
using testing::HasSubstr;
const TimePoint kNow = from_unix_ns(1'000'000'020'000'000'000);

TEST(RequestErrors, KindsAndWhatToDo) {
  const std::tuple<ErrorCode, const char*, const char*, const char*> cases[] = {
      {ErrorCode::capacity, "capacity", "warning", "what is to be had is taken"},
      {ErrorCode::quota, "quota", "critical", "ask the provider for more"},
      {ErrorCode::throttled, "throttled", "warning", "requests come less often"},
      {ErrorCode::unauthenticated, "auth", "critical", "check the credentials"},
      {ErrorCode::permission_denied, "auth", "critical", "check the credentials"},
      {ErrorCode::invalid_argument, "invalid", "critical", "correct the group's controller_config"},
      {ErrorCode::failed_precondition, "failed", "critical", "see what the controller says"}};
  for (const auto& [code, kind, severity, advice] : cases) {
    RequestErrors errors(minutes(1));
    errors.failed("t", "web", "fleet", "o", code, "the words of it", kNow);
    const auto all = errors.conditions(kNow);
    ASSERT_EQ(all.size(), 1u) << kind;
    EXPECT_EQ(all[0].alert, "controller_error");
    EXPECT_EQ(all[0].about, std::string("controller fleet: ") + kind);
    EXPECT_EQ(all[0].severity, severity);
    EXPECT_EQ(all[0].more.at("kind"), kind);
    EXPECT_THAT(all[0].text, HasSubstr("the words of it"));
    EXPECT_THAT(all[0].text, HasSubstr(advice));
  }
  RequestErrors errors(minutes(1));
  errors.failed("t", "web", "fleet", "o", ErrorCode::aborted, "", kNow);  // another was faster
  EXPECT_TRUE(errors.conditions(kNow).empty());
}

TEST(RequestErrors, EndWithALaterSuccessOrWithTime) {
  RequestErrors errors(minutes(1));
  errors.failed("t", "web", "fleet", "o", ErrorCode::quota, "", kNow);
  errors.failed("t", "api", "fleet", "o", ErrorCode::quota, "", kNow);
  errors.succeeded("t", "web", kNow);  // of the same tick: another offer
  EXPECT_EQ(errors.conditions(kNow).size(), 2u);
  errors.succeeded("t", "web", kNow + minutes(1));
  ASSERT_EQ(errors.conditions(kNow).size(), 1u);
  EXPECT_EQ(errors.conditions(kNow)[0].group, "api");
  EXPECT_EQ(errors.conditions(kNow + RequestErrors::kForgotten).size(), 1u);
  EXPECT_TRUE(errors.conditions(kNow + RequestErrors::kForgotten + minutes(1)).empty());
}

TEST(RequestErrors, WaitsTwiceAsLongEachTime) {
  RequestErrors errors(minutes(1));
  std::vector<int> asked;
  for (int m = 0; m < 300; ++m) {
    const auto now = kNow + minutes(m);
    if (errors.waits("t", "web", now)) continue;
    asked.push_back(m);
    errors.failed("t", "web", "fleet", "o", ErrorCode::throttled, "", now);
    errors.failed("t", "web", "fleet", "o", ErrorCode::throttled, "",
                  now);  // two offers, one request
    EXPECT_FALSE(errors.waits("t", "api", now));
  }
  EXPECT_THAT(asked,
              testing::ElementsAre(0, 1, 3, 7, 15, 31, 61, 91, 121, 151, 181, 211, 241, 271));
  errors.succeeded("t", "web", kNow + minutes(300));
  EXPECT_FALSE(errors.waits("t", "web", kNow + minutes(272)));
  errors.failed("t", "web", "fleet", "o", ErrorCode::capacity, "", kNow + minutes(300));
  EXPECT_FALSE(errors.waits("t", "web", kNow + minutes(300)));
  EXPECT_TRUE(errors.waits("t", "web", "o", kNow + minutes(300)));
  EXPECT_FALSE(errors.waits("t", "web", "p", kNow + minutes(300))) << "another offer may be had";
  for (int i = 1; i < 6; ++i)
    errors.failed("t", "web", "fleet", "o", ErrorCode::capacity, "", kNow + minutes(300 + i));
  EXPECT_TRUE(errors.waits("t", "web", "o", kNow + minutes(310)));
  EXPECT_FALSE(errors.waits("t", "web", "o", kNow + minutes(310), true)) << "below its min";
  EXPECT_TRUE(errors.waits("t", "web", "o", kNow + minutes(305), true)) << "for a minute";
}

TEST(RequestErrors, OutliveARestart) {
  RequestErrors errors(minutes(1)), later(minutes(1));
  errors.failed("t", "web", "fleet", "o", ErrorCode::quota, "no more", kNow);
  const auto c = errors.conditions(kNow)[0];
  Json alert = c.more;
  alert["alert"] = c.alert, alert["about"] = c.about, alert["severity"] = c.severity;
  alert["text"] = c.text, alert["firing"] = true;
  later.restore("t", "web", alert, kNow);
  ASSERT_EQ(later.conditions(kNow).size(), 1u);
  EXPECT_EQ(later.conditions(kNow)[0].text, c.text);
  later.restore("t", "web", {{"alert", "signal_lost"}, {"about", c.about}, {"firing", false}},
                kNow);
  EXPECT_EQ(later.conditions(kNow).size(), 1u);
  later.restore("t", "web", {{"alert", c.alert}, {"about", c.about}, {"firing", false}}, kNow);
  EXPECT_TRUE(later.conditions(kNow).empty());
}

}  // namespace loop_request_errors_test
}  // namespace nova
