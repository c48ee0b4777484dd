// Goal: nothing an author does leaves a function of the table by an exception, and callers of any
// age get as much of the error as they know. Method: tables of throws, struct sizes and flag bits.
#include <gtest/gtest.h>

#include <cstring>
#include <novascale.hpp>

namespace {

nova_error fresh(std::uint32_t size = sizeof(nova_error)) {
  nova_error err;
  std::memset(&err, 0x7F, sizeof err);  // what the callee must not touch keeps this pattern
  err.struct_size = size;
  err.code = NOVA_OK;
  return err;
}

TEST(Guard, TurnsEveryThrowIntoAStatus) {
  const std::tuple<const char*, void (*)(), nova_status, const char*> cases[] = {
      {"own error", [] { throw nova::Error(NOVA_QUOTA, "full"); }, NOVA_QUOTA, "full"},
      {"error without a status", [] { throw nova::Error(NOVA_OK, "odd"); }, NOVA_INTERNAL, "odd"},
      {"no memory", [] { throw std::bad_alloc(); }, NOVA_RESOURCE_EXHAUSTED, "out of memory"},
      {"standard", [] { throw std::out_of_range("index 7"); }, NOVA_INTERNAL, "index 7"},
      {"not an exception", [] { throw 42; }, NOVA_INTERNAL, "unknown exception"},
  };
  for (const auto& [name, thrower, status, text] : cases) {
    nova_error err = fresh();
    EXPECT_EQ(nova::guard(&err, thrower), status) << name;
    EXPECT_EQ(err.code, status) << name;
    EXPECT_STREQ(err.message, text) << name;
  }
}

TEST(Guard, LeavesAnErrorAloneWhenAllIsWell) {
  nova_error err = fresh();
  EXPECT_EQ(nova::guard(&err, [] {}), NOVA_OK);
  EXPECT_EQ(err.message[0], 0x7F);
}

TEST(Guard, PassesAStatusThatTheMethodReturns) {
  nova_error err = fresh();
  EXPECT_EQ(nova::guard(&err, [] { return nova_status{NOVA_UNAVAILABLE}; }), NOVA_UNAVAILABLE);
  EXPECT_EQ(err.code, NOVA_UNAVAILABLE);
}

TEST(Guard, CarriesRetryAndVendorCode) {
  nova_error err = fresh();
  nova::guard(&err, [] {
    throw nova::Error(NOVA_THROTTLED, "slow down").retry_after_ms(1500).vendor_code(-3).partial();
  });
  EXPECT_EQ(err.flags, unsigned{NOVA_ERROR_RETRYABLE | NOVA_ERROR_PARTIAL});
  EXPECT_EQ(err.retry_after_ms, 1500u);
  EXPECT_EQ(err.vendor_code, -3);
}

TEST(Guard, LivesWithoutAnErrorStruct) {
  EXPECT_EQ(nova::guard(nullptr, [] { throw 1; }), NOVA_INTERNAL);
}

TEST(Guard, WritesNoFurtherThanTheCallerKnows) {
  nova_error err = fresh(offsetof(nova_error, message));  // an older caller: no message
  nova::guard(&err, [] { throw nova::Error(NOVA_NOT_FOUND, "text"); });
  EXPECT_EQ(err.code, NOVA_NOT_FOUND);
  EXPECT_EQ(err.message[0], 0x7F);
  err = fresh(4);
  nova::guard(&err, [] { throw nova::Error(NOVA_NOT_FOUND, "text"); });
  EXPECT_EQ(err.code, NOVA_OK);
}

TEST(Guard, CutsLongTextAtAWholeCharacter) {
  nova_error err = fresh();
  const std::string text = std::string(486, 'x') + "\xE2\x82\xAC";  // a euro sign across the end
  nova::guard(&err, [&] { throw nova::Error(NOVA_INTERNAL, text); });
  EXPECT_EQ(std::string(err.message), std::string(486, 'x'));
}

// ---- the same through a component's table ------------------------------------------------------

struct Thrower {
  static constexpr auto id = "test.thrower", name = "Thrower", version = "1";
  explicit Thrower(const nova::Context& ctx) {
    if (ctx.host()->flags == 1) throw std::runtime_error("no birth");
  }
  ~Thrower() noexcept(false) {
    if (std::uncaught_exceptions() == 0 && throw_in_destructor) throw 1;
  }
  void forecast(const nova_call&, nova::Forecast&) { throw std::runtime_error("no forecast"); }
  static inline bool throw_in_destructor = false;
};

TEST(Thunks, CreateForecastAndDestroyNeverThrow) {
  const nova_component& c = nova::model_component<Thrower>;
  const auto& ops = *static_cast<const nova_model_ops*>(c.ops);
  nova_host host{};
  host.struct_size = sizeof host;
  nova_call call{};
  call.struct_size = sizeof call;
  nova_error err = fresh();
  nova_instance* instance = nullptr;

  host.flags = 1;
  EXPECT_EQ(c.create(&c, &call, &host, {}, &instance, &err), NOVA_INTERNAL);
  EXPECT_STREQ(err.message, "no birth");
  EXPECT_EQ(instance, nullptr);
  host.flags = 0;
  ASSERT_EQ(c.create(&c, &call, &host, {}, &instance, &err), NOVA_OK);

  nova_forecast io{};
  io.struct_size = sizeof io;
  EXPECT_EQ(ops.forecast(instance, &call, &io, &err), NOVA_INTERNAL);
  EXPECT_STREQ(err.message, "no forecast");
  EXPECT_EQ(ops.forecast(nullptr, &call, &io, &err), NOVA_INVALID_ARGUMENT);
  EXPECT_EQ(ops.forecast(instance, &call, nullptr, &err), NOVA_INVALID_ARGUMENT);
  EXPECT_EQ(ops.forecast(instance, nullptr, &io, &err), NOVA_INVALID_ARGUMENT);

  io.flags = 0x00010000;  // a high bit: must be understood
  EXPECT_EQ(ops.forecast(instance, &call, &io, &err), NOVA_UNIMPLEMENTED);
  io.flags = 0;
  call.flags = 0x80000000;
  EXPECT_EQ(ops.forecast(instance, &call, &io, &err), NOVA_UNIMPLEMENTED);
  call.flags = 0;
  host.flags = 0x40000000;
  nova_instance* other = nullptr;
  EXPECT_EQ(c.create(&c, &call, &host, {}, &other, &err), NOVA_UNIMPLEMENTED);
  io.flags = 0x0000FFFE;  // low bits that nobody knows yet are nothing to us
  EXPECT_EQ(ops.forecast(instance, &call, &io, &err), NOVA_INTERNAL);

  Thrower::throw_in_destructor = true;
  c.destroy(instance);
  Thrower::throw_in_destructor = false;
}

}  // namespace
