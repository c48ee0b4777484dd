// Goal: models are fitted when they must be, warm when they know the series, and taught new points
// otherwise; one series that fails costs nobody else.
// Method: chaos, whose answer tells how it was taught: its level is 1000 higher after a warm fit.
#include "host/loop/model_service.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "host/loader/library.hpp"

namespace nova {
namespace {

constexpr Duration kStep = std::chrono::minutes(5);
const TimePoint kStart = from_unix_ns(1'000'000'200'000'000'000);

class ModelServiceTest : public testing::Test {
 protected:
  ModelServiceTest() {
    const auto library =
        loader::Library::open(std::filesystem::path(NOVA_BUILD_DIR) / "tests/support/chaos.so")
            .value();
    loader::InstanceSpec spec;
    spec.name = "c";
    spec.config_json = R"({"fault":"tells_warm"})";
    instance_ = loader::Instance::create(loader::HostContext::make({}), library,
                                         *library->find("org.novacron.test.chaos.model"), spec)
                    .value();
    client_ = std::make_unique<loader::ModelClient>(*instance_);
    service_ = std::make_unique<ModelService>(
        [this](const auto&, const std::string& plugin) {
          return plugin == "chaos" ? client_.get() : nullptr;
        },
        [](const auto&) { return Duration(std::chrono::seconds(30)); });
  }

  // What is said of a history of `n` points of `value`, the last of them new.
  ModelAnswer ask(std::uint64_t key, std::size_t n, double value, bool fit, bool anew = false) {
    history_.assign(n, value);
    ModelQuestion q;
    q.plugin = &plugin_;
    q.tenant = &tenant_;
    q.key = key;
    q.fit = fit;
    q.anew = anew;
    q.new_points = 1;
    q.history = history_;
    q.origin = kStart + kStep * static_cast<std::int64_t>(n);
    q.step = kStep;
    q.leads = &leads_;
    q.levels = &levels_;
    return service_->ask(std::span(&q, 1)).at(0);
  }

  std::string plugin_ = "chaos", tenant_ = "default";
  std::vector<std::uint32_t> leads_{1};
  std::vector<double> levels_{0.5}, history_;
  std::unique_ptr<loader::Instance> instance_;
  std::unique_ptr<loader::ModelClient> client_;
  std::unique_ptr<ModelService> service_;
};

TEST_F(ModelServiceTest, FitsAnewThenObservesThenRefitsWarm) {
  const auto first = ask(1, 40, 5, false);  // it must be fitted, due or not
  EXPECT_TRUE(first.fitted);
  EXPECT_EQ(first.mean, std::vector<double>{5});
  const auto second = ask(1, 41, 5, false);
  EXPECT_FALSE(second.fitted);
  EXPECT_EQ(second.mean, std::vector<double>{5});
  const auto third = ask(1, 42, 5, true);
  EXPECT_TRUE(third.fitted);
  EXPECT_EQ(third.mean, std::vector<double>{1005});
  EXPECT_EQ(ask(2, 42, 7, true).mean, std::vector<double>{7});  // another series is not known
}

TEST_F(ModelServiceTest, FitsFromNothingAfterADrift) {
  ask(1, 40, 5, true);
  EXPECT_EQ(ask(1, 41, 5, true, true).mean, std::vector<double>{5});
  EXPECT_EQ(ask(1, 42, 5, true).mean, std::vector<double>{1005});
  // A fit that is put off by the budget of a tick stays off.
  EXPECT_FALSE(ask(1, 43, 5, false, true).fitted);
}

TEST_F(ModelServiceTest, FitsFromNothingWhenTheHistoryHasDoubled) {
  ask(1, 40, 5, true);
  EXPECT_EQ(ask(1, 79, 5, true).mean, std::vector<double>{1005});
  EXPECT_EQ(ask(1, 80, 5, true).mean, std::vector<double>{5});
  EXPECT_EQ(ask(1, 159, 5, true).mean, std::vector<double>{1005});
  EXPECT_EQ(ask(1, 160, 5, true).mean, std::vector<double>{5});
}

TEST_F(ModelServiceTest, IsNotWarmAfterAFailure) {
  ask(1, 40, 5, true);
  const auto failed = ask(1, 41, std::nan(""), true);
  EXPECT_FALSE(failed.status.ok());
  EXPECT_FALSE(failed.fitted);
  const auto again = ask(1, 42, 5, true);
  EXPECT_TRUE(again.fitted);
  EXPECT_EQ(again.mean, std::vector<double>{5});
}

TEST_F(ModelServiceTest, SaysWhenThereIsNoSuchPlugin) {
  plugin_ = "nobody";
  const auto answer = ask(1, 40, 5, true);
  EXPECT_EQ(answer.status.error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace nova
