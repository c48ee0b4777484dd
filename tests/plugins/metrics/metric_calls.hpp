// A metric source called through its table, with plain values: for tests of sources.
#pragma once

#include <chrono>
#include <novascale.hpp>
#include <novascale/fake_host.hpp>
#include <string>
#include <vector>

namespace nova_test {

using nova::FakeComponent;
using nova::kNaN;

constexpr std::int64_t kSecond = 1'000'000'000;

inline std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

struct Latest {
  double value = kNaN;
  std::int64_t time = NOVA_NONE;
  std::int32_t status = NOVA_OK;
};

inline Latest latest(FakeComponent& c, std::uint64_t key) {
  Latest out;
  const nova_latest io{sizeof io, 0, 1, &key, &out.value, &out.time, &out.status};
  c.invoke(c.ops<nova_metrics_ops>().latest, &io);
  return out;
}

inline std::vector<Latest> latest_of(FakeComponent& c, const std::vector<std::uint64_t>& keys) {
  std::vector<double> values(keys.size(), -7);
  std::vector<std::int64_t> times(keys.size(), NOVA_NONE);
  std::vector<std::int32_t> statuses(keys.size(), NOVA_OK);
  const nova_latest io{sizeof io,      0, keys.size(), keys.data(), values.data(), times.data(),
                       statuses.data()};
  c.invoke(c.ops<nova_metrics_ops>().latest, &io);
  std::vector<Latest> out;
  for (std::size_t i = 0; i < keys.size(); ++i) out.push_back({values[i], times[i], statuses[i]});
  return out;
}

struct Range {
  std::vector<double> values;
  std::int64_t newest = NOVA_NONE;
  std::int32_t status = NOVA_OK;
};

inline Range range(FakeComponent& c, std::uint64_t key, std::int64_t t0_ns, std::int64_t step_ns,
                   std::uint64_t points) {
  Range out{std::vector<double>(points, -7), NOVA_NONE, NOVA_OK};
  const nova_range io{sizeof io,
                      0,
                      &key,
                      1,
                      points,
                      t0_ns,
                      step_ns,
                      out.values.data(),
                      static_cast<std::int64_t>(points),
                      &out.newest,
                      &out.status};
  c.invoke(c.ops<nova_metrics_ops>().query_range, &io);
  return out;
}

}  // namespace nova_test
