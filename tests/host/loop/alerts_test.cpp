// Goal: of each alert its beginning, its changes and its end are told, once each, and a restart
// forgets nothing. Method: conditions by hand, tick by tick; what is told is written as one line.
#include "host/loop/alerts.hpp"

#include <gtest/gtest.h>

namespace nova {
namespace loop_alerts_test {

Condition condition(const std::string& alert, const std::string& severity = "critical",
                    std::size_t ticks = 1) {
  return {"acme", "web", alert, "signal requests", severity, alert + " text", ticks};
}

class Alerts : public testing::Test {
 protected:
  // What one tick tells: "+name:severity" begins or changes, "-name" ends.
  std::string tick(std::vector<Condition> conditions) {
    std::string told;
    for (const auto& event : book_.observe(kStart + std::chrono::minutes(++minute_), conditions)) {
      EXPECT_EQ(event.tenant + "/" + event.group, "acme/web");
      last_ = event.body;
      told += (event.body.at("firing") ? "+" : "-") + event.body.value("alert", "") +
              (event.body.at("firing") ? ":" + event.body.value("severity", "") : "") + " ";
    }
    return told;
  }
  const TimePoint kStart = from_unix_ns(1'700'000'000'000'000'000);
  AlertBook book_;
  Json last_;
  int minute_ = 0;
};

TEST_F(Alerts, TellEachEdgeOnce) {
  EXPECT_EQ(tick({}), "");
  EXPECT_EQ(tick({condition("a")}), "+a:critical ");
  EXPECT_EQ(tick({condition("a"), condition("b")}), "+b:critical ");
  EXPECT_EQ(tick({condition("a"), condition("b")}), "");
  EXPECT_EQ(tick({condition("b")}), "-a ");
  EXPECT_EQ(last_.at("since_unix_ns"), unix_ns(kStart + std::chrono::minutes(2)));
  EXPECT_EQ(last_.at("text"), "resolved: a text");
  EXPECT_EQ(tick({condition("a"), condition("b")}), "+a:critical ") << "anew";
  EXPECT_EQ(tick({}), "-a -b ");
  EXPECT_EQ(tick({}), "");
}

TEST_F(Alerts, WaitUntilAConditionHasStoodLongEnough) {
  const auto late = condition("down", "critical", 3);
  EXPECT_EQ(tick({late}), "");
  EXPECT_EQ(tick({late}), "");
  EXPECT_EQ(tick({}), "") << "what was not told is not resolved";
  EXPECT_EQ(tick({late}), "");
  EXPECT_EQ(tick({late}), "");
  EXPECT_EQ(tick({late}), "+down:critical ");
}

TEST_F(Alerts, AreKeptByWhatBeginsNone) {
  auto doubtful = condition("will_saturate");
  doubtful.raises = false;
  doubtful.text = "";
  EXPECT_EQ(tick({doubtful}), "");
  EXPECT_EQ(tick({condition("will_saturate")}), "+will_saturate:critical ");
  EXPECT_EQ(tick({doubtful}), "");
  EXPECT_EQ(tick({}), "-will_saturate ");
  EXPECT_EQ(last_.at("text"), "resolved: will_saturate text");
}

TEST_F(Alerts, TellWhenSeverityOrLevelChanges) {
  auto budget = condition("budget", "warning");
  budget.more = {{"level", "warning"}};
  EXPECT_EQ(tick({budget}), "+budget:warning ");
  budget.severity = "critical";
  budget.more["level"] = "alert";
  EXPECT_EQ(tick({budget}), "+budget:critical ");
  budget.more["level"] = "exceeded";
  EXPECT_EQ(tick({budget}), "+budget:critical ");
  EXPECT_EQ(last_.at("level"), "exceeded");
  EXPECT_EQ(last_.at("since_unix_ns"), unix_ns(kStart + std::chrono::minutes(1)));
  EXPECT_EQ(tick({budget}), "");
  EXPECT_EQ(tick({}), "-budget ");
}

TEST_F(Alerts, GoOnAfterARestart) {
  auto slow = condition("c", "warning", 5);
  tick({condition("a"), condition("b"), slow});
  const auto state = book_.state();
  EXPECT_EQ(state.size(), 2u) << "only what was told";
  AlertBook next;
  for (const auto& body : state) next.restore(body.at("tenant"), body.at("group"), body);
  next.restore("acme", "web", Json{{"text", "no alert"}});
  next.restore("acme", "web",
               Json{{"alert", "b"}, {"about", "signal requests"}, {"firing", false}});
  book_ = std::move(next);
  EXPECT_EQ(tick({condition("a")}), "+a:critical ") << "told again, for who forgot it";
  EXPECT_EQ(last_.at("since_unix_ns"), unix_ns(kStart + std::chrono::minutes(1)));
  EXPECT_EQ(tick({condition("a")}), "");
  EXPECT_EQ(tick({}), "-a ");
}

TEST_F(Alerts, ThatEndedWhileTheHostWasAwayEnd) {
  tick({condition("a")});
  AlertBook next;
  for (const auto& body : book_.state()) next.restore("acme", "web", body);
  book_ = std::move(next);
  EXPECT_EQ(tick({}), "-a ");
}

}  // namespace loop_alerts_test
}  // namespace nova
