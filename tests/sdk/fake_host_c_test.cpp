// Goal: what a C plugin may take for granted of a host, the fake one of <novascale/fake_host.h>
// has. Method: the sample of host.h, word for word; one bit of a state flipped at a time.
#include <gtest/gtest.h>

#include <novascale/fake_host.h>

namespace fake_host_c_test {

TEST(FakeHostC, HasWhatIsMandatory) {
  int64_t now = 42;
  const nova_host host = nova_fake_host(&now);
  const nova_host* h = &host;
  ::testing::internal::CaptureStderr();
  if (NOVA_HAS(h, log) && *h->log_threshold <= NOVA_LOG_INFO)
    h->log(h, NOVA_LOG_INFO, nova_text("hello"), nova_str{});
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "log 2: hello \n");
  EXPECT_EQ(h->now_ns(h, NOVA_CLOCK_TIME), 42);
  EXPECT_EQ(h->get_extension(h, NOVA_HOST_SECRETS), nullptr);
}

TEST(ChecksumC, TellsEveryFlippedBit) {
  unsigned char state[64];
  for (unsigned i = 0; i < sizeof state; ++i) state[i] = static_cast<unsigned char>(7 * i);
  const auto whole = nova_checksum(state, sizeof state);
  for (unsigned bit = 0; bit < 8 * sizeof state; ++bit) {
    state[bit / 8] ^= static_cast<unsigned char>(1u << bit % 8);
    EXPECT_NE(nova_checksum(state, sizeof state), whole) << bit;
    state[bit / 8] ^= static_cast<unsigned char>(1u << bit % 8);
  }
  EXPECT_NE(nova_checksum(state, sizeof state - 1), whole);
  EXPECT_EQ(nova_checksum("a", 1), 0xaf63dc4c8601ec8cu);  // of the FNV reference code
}

}  // namespace fake_host_c_test
