// Goal: a saved state comes back bit for bit, and anything else is refused before it does harm.
// Method: a round trip, then every truncation and every single flipped bit.
#include <gtest/gtest.h>

#include <novascale/fake_host.hpp>

namespace {

std::string sample(std::uint32_t version = 1) {
  nova::StateWriter w("test.model", version);
  w.put(3.25);
  w.put<std::int32_t>(-7);
  w.put(std::string_view("text"));
  w.put(std::vector<double>{1, 2, 3});
  w.put(std::vector<std::uint32_t>{});
  std::string out;
  const nova_writer raw = nova::FakeComponent::writer(out);
  w.send(nova::Writer(&raw));
  return out;
}
nova::Bytes bytes(const std::string& s) { return std::as_bytes(std::span(s)); }

void read(const std::string& state, std::uint32_t newest = 1, const char* name = "test.model") {
  nova::StateReader r(name, newest, bytes(state));
  EXPECT_EQ(r.get<double>(), 3.25);
  EXPECT_EQ(r.get<std::int32_t>(), -7);
  EXPECT_EQ(r.text(), "text");
  EXPECT_EQ(r.list<double>(), (std::vector<double>{1, 2, 3}));
  EXPECT_TRUE(r.list<std::uint32_t>().empty());
  EXPECT_TRUE(r.at_end());
}
nova_status refusal(const std::string& state, std::uint32_t newest = 1,
                    const char* name = "test.model") {
  try {
    nova::StateReader r(name, newest, bytes(state));
    return NOVA_OK;
  } catch (const nova::Error& e) {
    return e.status();
  }
}

TEST(State, ComesBackAsItWas) { read(sample()); }
TEST(State, SaysItsVersion) {
  const auto old = sample(1);
  EXPECT_EQ(nova::StateReader("test.model", 3, bytes(old)).version(), 1u);
}
TEST(State, RefusesAVersionFromTheFutureAndAForeignName) {
  EXPECT_EQ(refusal(sample(2), 1), NOVA_FAILED_PRECONDITION);
  EXPECT_EQ(refusal(sample(), 1, "other.model"), NOVA_FAILED_PRECONDITION);
}
TEST(State, RefusesEveryTruncation) {
  const auto state = sample();
  for (std::size_t n = 0; n < state.size(); ++n)
    EXPECT_EQ(refusal(state.substr(0, n)), NOVA_FAILED_PRECONDITION) << n << " bytes";
  EXPECT_EQ(refusal(state + "x"), NOVA_FAILED_PRECONDITION);
}
TEST(State, RefusesEveryFlippedBit) {
  const auto state = sample();
  for (std::size_t bit = 0; bit < state.size() * 8; ++bit) {
    auto damaged = state;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(refusal(damaged, 1000), NOVA_FAILED_PRECONDITION) << "bit " << bit;
  }
}
TEST(State, ALengthThatLiesAllocatesNothing) {
  nova::StateWriter w("test.model", 1);
  w.put<std::uint64_t>(UINT64_MAX / 8);
  std::string out;
  const nova_writer raw = nova::FakeComponent::writer(out);
  w.send(nova::Writer(&raw));
  nova::StateReader r("test.model", 1, bytes(out));
  EXPECT_THROW(r.list<double>(), nova::Error);
}
TEST(State, AWriterThatRefusesEndsTheSave) {
  nova_writer full{sizeof full, 0, nullptr,
                   [](const nova_writer*, const void*, std::uint64_t) -> nova_status {
                     return NOVA_RESOURCE_EXHAUSTED;
                   }};
  nova::StateWriter w("test.model", 1);
  try {
    w.send(nova::Writer(&full));
    FAIL();
  } catch (const nova::Error& e) {
    EXPECT_EQ(e.status(), NOVA_RESOURCE_EXHAUSTED);
  }
}

}  // namespace
