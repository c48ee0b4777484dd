// Goal: host services reach the author whole, and a host that lacks one is an error or a fallback,
// never a crash. Method: the fake host, and hosts of older sizes.
#include <gtest/gtest.h>

#include <novascale/fake_host.hpp>

namespace {

nova::Context context(const nova_host* host, const char* json = "{}") {
  return nova::Context(host, nova::Config(json, ""));
}

TEST(Context, SaysWhoseInstanceItIs) {
  const nova::FakeHost host("ets", "acme", "/var/x");
  const auto ctx = context(host.get());
  EXPECT_EQ(ctx.instance(), "ets");
  EXPECT_EQ(ctx.tenant(), "acme");
  EXPECT_EQ(ctx.data_dir(), "/var/x");
}

TEST(Context, ReadsBothClocks) {
  nova::FakeHost host;
  host.now_ns = 77;
  host.monotonic_ns = 5;
  EXPECT_EQ(context(host.get()).now_ns(), 77);
  EXPECT_EQ(context(host.get()).monotonic_ns(), 5);
}

TEST(Context, ResolvesSecretsOnlyByReference) {
  nova::FakeHost host;
  host.secrets["env:TOKEN"] = "abc";
  EXPECT_EQ(context(host.get()).secret("secret:env:TOKEN"), "abc");
  EXPECT_EQ(context(host.get()).secret("plain"), "plain");
  EXPECT_EQ(host.secrets_read, 1);
  try {
    context(host.get()).secret("secret:env:NOTHING");
    FAIL();
  } catch (const nova::Error& e) {
    EXPECT_EQ(e.status(), NOVA_NOT_FOUND);
    EXPECT_STREQ(e.what(), "no secret env:NOTHING");
  }
}

TEST(Context, LogsFromTheThresholdOn) {
  nova::FakeHost host;
  host.log_threshold = static_cast<std::int32_t>(nova::Level::info);
  const auto log = context(host.get()).log();
  int made = 0;
  const auto text = [&made] { return ++made, std::string("built"); };
  log.debug(text);
  EXPECT_EQ(made, 0);  // nobody reads it, so nobody made it
  log.info(text);
  log.warn("plain");
  EXPECT_EQ(made, 1);
  ASSERT_EQ(host.logs.size(), 2u);
  EXPECT_EQ(host.logs[0].text, "built");
  EXPECT_EQ(host.logs[1].level, nova::Level::warn);
}

TEST(Context, SharesWorkOutInPartsOrDoesItAlone) {
  for (const bool pool : {true, false}) {
    nova::FakeHost host;
    host.has_pool = pool;
    std::vector<int> seen(1000);
    context(host.get()).parallel(seen.size(), 64, [&](std::uint64_t begin, std::uint64_t end) {
      for (auto i = begin; i < end; ++i) ++seen[i];
    });
    EXPECT_EQ(seen, std::vector<int>(1000, 1));
    EXPECT_EQ(host.pool_parts, pool ? 16 : 0);
  }
}

TEST(Context, AnOlderHostLacksServices) {
  nova::FakeHost host;
  nova_host old = *host.get();
  old.struct_size = offsetof(nova_host, log);
  const auto ctx = context(&old);
  EXPECT_FALSE(ctx.log().wants(nova::Level::critical));
  EXPECT_THROW(ctx.now_ns(), nova::Error);
  EXPECT_THROW(ctx.secret("secret:env:X"), nova::Error);
  int parts = 0;
  ctx.parallel(500, 10, [&](std::uint64_t, std::uint64_t) { ++parts; });
  EXPECT_EQ(parts, 1);
}

}  // namespace
