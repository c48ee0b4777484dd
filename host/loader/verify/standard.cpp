#include "host/loader/verify/standard.hpp"

#include <algorithm>

#include "host/loader/verify/model_bench.hpp"

namespace nova::verify {
namespace {

// The struct as another caller would lay it out, its end at a guard page.
template <class Io>
class Shaped {
 public:
  Shaped(Io io, const Shape& shape, const char* name)
      : bytes_(name, sizeof(Io) - shape.cut + shape.extra, Edge::end) {
    io.struct_size = static_cast<std::uint32_t>(sizeof(Io) - shape.cut + shape.extra);
    io.flags |= shape.flags;
    std::memcpy(bytes_.data(), &io, sizeof(Io) - shape.cut);
    std::memset(bytes_.data() + sizeof(Io) - shape.cut, 0xA5, shape.extra);
    bytes_.seal();
  }
  const Io* get() const { return reinterpret_cast<const Io*>(bytes_.data()); }

 private:
  GuardedBytes bytes_;
};

template <class T>
void append(std::string& out, const Column<T>& column) {
  out.append(reinterpret_cast<const char*>(column.data()), column.size() * sizeof(T));
}

// The rows that one variant is given: no two have one in common.
Rows rows_of(std::size_t variant, std::size_t n, std::size_t points) {
  auto rows = plain_rows((variant + 1) * n, points);
  rows.erase(rows.begin(), rows.end() - static_cast<std::ptrdiff_t>(n));
  return rows;
}

template <class Ops, class Io>
class Call : public StandardCall {
 public:
  using Function = nova_status (*)(nova_instance*, const nova_call*, const Io*, nova_error*);

 protected:
  StandardAnswer invoke(Function op, const Object& object, const nova_call* call, CallBox& box,
                        const Io& io, const Shape& shape) {
    const Shaped<Io> shaped(io, shape, struct_name());
    StandardAnswer answer;
    answer.code = op(object.get(), call, shaped.get(), &box.error);
    if (answer.code != NOVA_OK) answer.message = box.message();
    return answer;
  }
};

class Forecast : public Call<nova_model_ops, nova_forecast> {
 public:
  Forecast(const Rig& rig, std::size_t n, std::size_t variant)
      : op_(rig.ops<nova_model_ops>()),
        rows_(rows_of(variant, n, rig.setup.points)),
        sheet_(rows_, {}, variant * n + 1) {}
  const char* operation() const override { return "forecast"; }
  const char* struct_name() const override { return "nova_forecast"; }
  std::uint32_t last_field() const override { return sizeof(std::int32_t*); }

  void prepare(const Object& object) override {
    if (!op_.fit) return;
    const Column<std::int32_t> status("fit.item_status", rows_.size(), NOVA_OK);
    nova_fit io{};
    io.struct_size = sizeof io;
    io.history = sheet_.view();
    io.item_status = status.data();
    CallBox box;
    box.expect_ok(op_.fit(object.get(), &box.call, &io, &box.error), "fit");
  }

  StandardAnswer run_with(const Object& object, const nova_call* call, CallBox& box,
                          const Shape& shape) override {
    const auto n = rows_.size();
    const Column<std::uint32_t> leads("forecast.leads", std::vector<std::uint32_t>{1, 2, 12});
    const Column<double> levels("forecast.levels", std::vector<double>{0.1, 0.9});
    const Column<double> mean("forecast.mean", n * 3, kNaN),
        quantiles("forecast.quantiles", n * 6, kNaN);
    const Column<std::int32_t> status("forecast.item_status", n, NOVA_OK);
    nova_forecast io{};
    io.history = sheet_.view();
    io.origin_ns = sheet_.view()->t0_ns +
                   static_cast<std::int64_t>(sheet_.view()->point_count) * ModelBench::kStepNs;
    io.leads = leads.data(), io.lead_count = 3;
    io.levels = levels.data(), io.level_count = 2;
    io.mean = mean.data(), io.mean_series_stride = 3;
    io.quantiles = quantiles.data(), io.q_series_stride = 6, io.q_level_stride = 3;
    io.seed = 7;
    io.item_status = status.data();
    auto answer = invoke(op_.forecast, object, call, box, io, shape);
    append(answer.output, mean);
    append(answer.output, quantiles);
    append(answer.output, status);
    return answer;
  }

 private:
  nova_model_ops op_;
  Rows rows_;
  Sheet sheet_;
};

class Latest : public Call<nova_metrics_ops, nova_latest> {
 public:
  Latest(const Rig& rig, std::size_t variant)
      : rig_(rig), op_(rig.ops<nova_metrics_ops>()), keys_(rig.bound_keys()) {
    for (; variant > 0 && !keys_.empty(); --variant)
      std::rotate(keys_.begin(), keys_.begin() + 1, keys_.end());
  }
  const char* operation() const override { return "latest"; }
  const char* struct_name() const override { return "nova_latest"; }
  std::uint32_t last_field() const override { return sizeof(std::int32_t*); }
  void prepare(const Object& object) override { rig_.bind(object); }

  StandardAnswer run_with(const Object& object, const nova_call* call, CallBox& box,
                          const Shape& shape) override {
    const Column<std::uint64_t> keys("latest.keys", keys_);
    const auto n = keys.size();
    const Column<double> values("latest.values", n, kNaN);
    const Column<std::int64_t> times("latest.times_ns", n, NOVA_NONE);
    const Column<std::int32_t> status("latest.item_status", n, NOVA_OK);
    nova_latest io{};
    io.count = n;
    io.keys = keys.data();
    io.values = values.data();
    io.times_ns = times.data();
    io.item_status = status.data();
    auto answer = invoke(op_.latest, object, call, box, io, shape);
    append(answer.output, values);
    append(answer.output, times);
    append(answer.output, status);
    return answer;
  }

 private:
  const Rig& rig_;
  nova_metrics_ops op_;
  std::vector<std::uint64_t> keys_;
};

// Asks for offers nobody has: an item status, no more.
class Quote : public Call<nova_cost_ops, nova_quote> {
 public:
  Quote(const Rig& rig, std::size_t n) : op_(rig.ops<nova_cost_ops>()), n_(n), now_(rig.now_ns) {}
  const char* operation() const override { return "quote"; }
  const char* struct_name() const override { return "nova_quote"; }
  std::uint32_t last_field() const override { return sizeof(std::int32_t*); }
  void prepare(const Object&) override {}

  StandardAnswer run_with(const Object& object, const nova_call* call, CallBox& box,
                          const Shape& shape) override {
    const Column<nova_str> id("quote.offer_id",
                              std::vector<nova_str>(n_, str("no/such/offer/at/all/x")));
    const Column<std::uint64_t> machines("quote.machines", std::vector<std::uint64_t>(n_, 1)),
        beside("quote.account_machines", std::vector<std::uint64_t>(n_, 0));
    const Column<std::int64_t> start("quote.start_ns", std::vector<std::int64_t>(n_, now_)),
        duration("quote.duration_s", std::vector<std::int64_t>(n_, 3600));
    const Column<std::int64_t> total("quote.total_nanos", n_, NOVA_NONE),
        valid("quote.valid_until_ns", n_, NOVA_NONE), as_of("quote.as_of_ns", n_, NOVA_NONE);
    const Column<std::int32_t> quality("quote.quality", n_),
        status("quote.item_status", n_, NOVA_OK);
    nova_quote io{};
    io.count = n_;
    io.offer_id = id.data(), io.machines = machines.data(), io.account_machines = beside.data();
    io.start_ns = start.data(), io.duration_s = duration.data();
    io.total_nanos = total.data(), io.valid_until_ns = valid.data(), io.as_of_ns = as_of.data();
    io.quality = quality.data(), io.item_status = status.data();
    auto answer = invoke(op_.quote, object, call, box, io, shape);
    append(answer.output, total);
    append(answer.output, quality);
    append(answer.output, status);
    return answer;
  }

 private:
  nova_cost_ops op_;
  std::size_t n_;
  std::int64_t now_;
};

// Asks for operations that never arrived.
class Poll : public Call<nova_controller_ops, nova_operations> {
 public:
  Poll(const Rig& rig, std::size_t n) : rig_(rig), op_(rig.ops<nova_controller_ops>()), n_(n) {}
  const char* operation() const override { return "poll"; }
  const char* struct_name() const override { return "nova_operations"; }
  const char* last_name() const override { return "eta_ns"; }
  std::uint32_t last_field() const override { return sizeof(std::int64_t*); }
  void prepare(const Object& object) override { rig_.bind(object); }

  StandardAnswer run_with(const Object& object, const nova_call* call, CallBox& box,
                          const Shape& shape) override {
    std::vector<nova_uuid> ids(n_);
    for (std::size_t i = 0; i < n_; ++i)
      ids[i].b[0] = 0xEE, ids[i].b[15] = static_cast<std::uint8_t>(i);
    const Column<nova_uuid> token("operations.token", ids);
    const Column<std::int32_t> state("operations.state", n_),
        result("operations.result", n_, NOVA_OK);
    const Column<std::uint32_t> machines("operations.machines", n_);
    const Column<double> progress("operations.progress", n_, kNaN);
    const Column<std::int64_t> started("operations.started_ns", n_, NOVA_NONE),
        ended("operations.ended_ns", n_, NOVA_NONE), eta("operations.eta_ns", n_, NOVA_NONE);
    nova_operations io{};
    io.count = n_;
    io.token = token.data(), io.state = state.data(), io.result = result.data();
    io.machines = machines.data(), io.progress = progress.data();
    io.started_ns = started.data(), io.ended_ns = ended.data(), io.eta_ns = eta.data();
    auto answer = invoke(op_.poll, object, call, box, io, shape);
    append(answer.output, state);
    append(answer.output, result);
    return answer;
  }

 private:
  const Rig& rig_;
  nova_controller_ops op_;
  std::size_t n_;
};

class Write : public Call<nova_sink_ops, nova_event_batch> {
 public:
  Write(const Rig& rig, std::size_t n) : op_(rig.ops<nova_sink_ops>()), n_(n), now_(rig.now_ns) {}
  const char* operation() const override { return "write"; }
  const char* struct_name() const override { return "nova_event_batch"; }
  // Of an event batch nothing may be missing: event_json is what it is about.
  std::uint32_t last_field() const override { return 0; }
  void prepare(const Object&) override {}

  StandardAnswer run_with(const Object& object, const nova_call* call, CallBox& box,
                          const Shape& shape) override {
    nova_uuid host{};
    host.b[0] = 1;
    std::vector<std::uint64_t> numbers(n_);
    for (std::size_t i = 0; i < n_; ++i) numbers[i] = i + 1;
    const Column<nova_uuid> writer("event.writer", std::vector<nova_uuid>(n_, host));
    const Column<std::uint64_t> sequence("event.sequence", numbers);
    const Column<std::int64_t> time("event.time_ns", std::vector<std::int64_t>(n_, now_));
    const Column<nova_str> tenant("event.tenant", std::vector<nova_str>(n_, str("acme"))),
        type("event.type", std::vector<nova_str>(n_, str("decision"))),
        subject("event.subject", std::vector<nova_str>(n_, str("web"))),
        body("event.event_json", std::vector<nova_str>(n_, str("{\"n\":1}")));
    nova_event_batch io{};
    io.count = n_;
    io.writer = writer.data(), io.sequence = sequence.data(), io.time_ns = time.data();
    io.tenant = tenant.data(), io.type = type.data(), io.subject = subject.data();
    io.event_json = body.data();
    return invoke(op_.write, object, call, box, io, shape);
  }

 private:
  nova_sink_ops op_;
  std::size_t n_;
  std::int64_t now_;
};

// Groups of four machines with one demand each.
class Propose : public Call<nova_policy_ops, nova_proposal> {
 public:
  Propose(const Rig& rig, std::size_t n, std::size_t variant)
      : rig_(rig),
        op_(rig.ops<nova_policy_ops>()),
        rows_(rows_of(variant, n, 8)),
        sheet_(rows_, {}),
        first_key_(variant * n + 1) {}
  const char* operation() const override { return "propose"; }
  const char* struct_name() const override { return "nova_proposal"; }
  std::uint32_t last_field() const override { return sizeof(std::int32_t*); }
  void prepare(const Object& object) override { rig_.bind(object); }

  StandardAnswer run_with(const Object& object, const nova_call* call, CallBox& box,
                          const Shape& shape) override {
    const auto n = rows_.size();
    std::vector<std::uint64_t> names(n), places(n);
    for (std::size_t g = 0; g < n; ++g) names[g] = first_key_ + g, places[g] = g;
    const auto all = [n](std::uint32_t value) { return std::vector<std::uint32_t>(n, value); };
    const Column<std::uint64_t> keys("proposal.keys", names),
        group("proposal.signal_group", places);
    const Column<std::uint32_t> min("proposal.min", all(1)), max("proposal.max", all(100)),
        four("proposal.desired", all(4)), none("proposal.booting", all(0));
    const Column<std::int64_t> lead("proposal.lead_time_ns",
                                    std::vector<std::int64_t>(n, 180'000'000'000)),
        price("proposal.nanos_per_machine_hour", std::vector<std::int64_t>(n, 100'000'000)),
        proposed("proposal.proposed", n, NOVA_NONE);
    const Column<std::int32_t> role("proposal.signal_role",
                                    std::vector<std::int32_t>(n, NOVA_SIGNAL_DEMAND)),
        status("proposal.item_status", n, NOVA_OK);
    const Column<double> per_machine("proposal.per_machine", std::vector<double>(n, 50)),
        target("proposal.target_utilisation", std::vector<double>(n, 0.65)),
        most("proposal.max_utilisation", std::vector<double>(n, 0.8)),
        confidence("proposal.confidence", n, kNaN);
    nova_proposal io{};
    io.count = n;
    io.now_ns = rig_.now_ns;
    io.keys = keys.data(), io.min = min.data(), io.max = max.data();
    io.desired = io.serving = four.data(), io.booting = none.data();
    io.lead_time_ns = lead.data(), io.nanos_per_machine_hour = price.data();
    io.signals = sheet_.view(), io.signal_group = group.data(), io.signal_role = role.data();
    io.per_machine = per_machine.data(), io.target_utilisation = target.data();
    io.max_utilisation = most.data();
    io.proposed = proposed.data(), io.confidence = confidence.data();
    io.item_status = status.data();
    auto answer = invoke(op_.propose, object, call, box, io, shape);
    append(answer.output, proposed);
    append(answer.output, confidence);
    append(answer.output, status);
    return answer;
  }

 private:
  const Rig& rig_;
  nova_policy_ops op_;
  Rows rows_;
  Sheet sheet_;
  std::uint64_t first_key_;
};

}  // namespace

std::unique_ptr<StandardCall> standard_call(const Rig& rig, std::size_t items,
                                            std::size_t variant) {
  using loader::Kind;
  switch (rig.info.kind) {
    case Kind::model:
      return std::make_unique<Forecast>(rig, items, variant);
    case Kind::metrics:
      return std::make_unique<Latest>(rig, variant);
    case Kind::cost:
      return std::make_unique<Quote>(rig, items);
    case Kind::controller:
      return std::make_unique<Poll>(rig, items);
    case Kind::sink:
      return std::make_unique<Write>(rig, items);
    case Kind::policy:
      return std::make_unique<Propose>(rig, items, variant);
    default:
      throw Skipped{"a draft kind: no standard call yet"};
  }
}

}  // namespace nova::verify
