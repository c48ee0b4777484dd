// A host for an author's unit tests: no files, no threads, no real time, faults on request.
//
//   nova::FakeHost host;
//   host.secrets["env:TOKEN"] = "abc";
//   nova::FakeComponent drift(nova::model_component<Drift>, host, R"({"damping":0.5})");
//   const auto a = drift.forecast({{1, 2, 3}}, 2, {0.1, 0.9});
//   EXPECT_EQ(a.mean[0][1], 4);
// The fields are the switches; what the component did is in `logs` and `notes`. One thread only.
#pragma once

#include <novascale/all.h>

#include <novascale.hpp>

#include <map>
#include <string>
#include <vector>

namespace nova {
inline namespace sdk_v1 {

class FakeHost {
 public:
  struct LogLine {
    Level level;
    std::string text, fields_json;
  };
  struct Note {
    std::uint64_t item;  // UINT64_MAX = the whole call
    nova_status status;
    std::string text;
  };

  // Switches.
  std::int64_t now_ns = 1'700'000'000'000'000'000;  // NOVA_CLOCK_TIME
  std::int64_t monotonic_ns = 1;
  std::map<std::string, std::string> secrets;  // by reference without "secret:": "env:NAME"
  std::map<std::string, const void*> extensions;
  bool cancel_now = false;       // the next calls find their cancel word set
  bool deadline_passed = false;  // ... or their deadline over
  bool has_pool = true;          // nova.host.parallel/1, run part by part on this thread
  std::uint32_t call_flags = 0;  // e.g. an unknown high bit
  std::int32_t log_threshold = 0;

  // What happened.
  std::vector<LogLine> logs;
  std::vector<Note> notes;
  int secrets_read = 0;
  int pool_parts = 0;

  explicit FakeHost(std::string instance = "test", std::string tenant = "default",
                    std::string data_dir = "")
      : instance_(std::move(instance)), tenant_(std::move(tenant)), data_dir_(std::move(data_dir)) {
    host_.struct_size = sizeof host_;
    host_.host_data = this;
    host_.name = "fake host";
    host_.version = "1.0.0";
    host_.instance = instance_.c_str();
    host_.tenant = tenant_.c_str();
    host_.data_dir = data_dir_.c_str();
    host_.log_threshold = &log_threshold;
    host_.log = [](const nova_host* h, std::int32_t level, nova_str text, nova_str fields) {
      of(h).logs.push_back(
          {static_cast<Level>(level), std::string(view(text)), std::string(view(fields))});
    };
    host_.now_ns = [](const nova_host* h, std::int32_t clock) {
      return clock == NOVA_CLOCK_TIME ? of(h).now_ns : of(h).monotonic_ns;
    };
    host_.get_extension = [](const nova_host* h, const char* id) { return of(h).extension(id); };
  }
  FakeHost(const FakeHost&) = delete;  // components keep its address
  FakeHost& operator=(const FakeHost&) = delete;

  const nova_host* get() const noexcept { return &host_; }

  // The call that every function gets; made anew for each, so that switches act at once.
  nova_call call() {
    cancel_word_ = cancel_now ? 1 : 0;
    nova_call c{};
    c.struct_size = sizeof c;
    c.flags = call_flags;
    c.deadline_ns = deadline_passed ? 1 : 0;  // 1 ns after boot
    c.cancel = &cancel_word_;
    c.ctx = this;
    c.note = [](const nova_call* self, std::uint64_t item, nova_status status, nova_str text) {
      static_cast<FakeHost*>(self->ctx)->notes.push_back({item, status, std::string(view(text))});
    };
    return c;
  }
  bool noted(std::uint64_t item, std::string_view part) const {
    for (const auto& n : notes)
      if (n.item == item && n.text.find(part) != std::string::npos) return true;
    return false;
  }

 private:
  static FakeHost& of(const nova_host* h) { return *static_cast<FakeHost*>(h->host_data); }

  const void* extension(std::string_view id) {
    if (const auto found = extensions.find(std::string(id)); found != extensions.end())
      return found->second;
    static constexpr nova_host_secrets kSecrets = {sizeof(nova_host_secrets), 0, &get_secret};
    static constexpr nova_host_parallel kPool = {sizeof(nova_host_parallel), 0, &run_parts};
    if (id == NOVA_HOST_SECRETS) return &kSecrets;
    if (id == NOVA_HOST_PARALLEL && has_pool) return &kPool;
    return nullptr;
  }
  static nova_status get_secret(const nova_host* h, nova_str reference, const nova_writer* out,
                                nova_error* err) {
    std::string_view name = view(reference);
    if (name.substr(0, 7) == "secret:") name.remove_prefix(7);
    ++of(h).secrets_read;
    const auto found = of(h).secrets.find(std::string(name));
    if (found == of(h).secrets.end())
      return detail::report(err, NOVA_NOT_FOUND, "no secret " + std::string(name));
    return out->write(out, found->second.data(), found->second.size());
  }
  static nova_status run_parts(const nova_host* h, std::uint64_t n, std::uint64_t grain,
                               void (*body)(void*, std::uint64_t, std::uint64_t), void* ctx) {
    grain = grain == 0 ? 1 : grain;
    for (std::uint64_t begin = 0; begin < n; begin += grain, ++of(h).pool_parts)
      body(ctx, begin, begin + grain < n ? begin + grain : n);
    return NOVA_OK;
  }

  nova_host host_{};
  std::string instance_, tenant_, data_dir_;
  std::int32_t cancel_word_ = 0;
};

// One instance of a component, called through its tables as a host would.
class FakeComponent {
 public:
  // Does not throw when create fails: status and error say so.
  FakeComponent(const nova_component& component, FakeHost& host, std::string_view config = "{}")
      : component_(&component), host_(&host) {
    const nova_call c = host.call();
    status = component.create(&component, &c, host.get(), str(config), &instance_, fresh());
  }
  ~FakeComponent() {
    if (instance_ != nullptr) component_->destroy(instance_);
  }
  FakeComponent(const FakeComponent&) = delete;
  FakeComponent& operator=(const FakeComponent&) = delete;

  nova_status status = NOVA_OK;  // of the last call
  std::string error() const { return error_.message; }
  const nova_error& full_error() const noexcept { return error_; }
  nova_instance* instance() const noexcept { return instance_; }

  // ops<nova_cost_ops>().quote(...) through invoke(): keeps status and error.
  template <class Ops>
  const Ops& ops() const {
    return *static_cast<const Ops*>(component_->ops);
  }
  template <class Function, class... Args>
  nova_status invoke(Function* function, Args... args) {
    if (function == nullptr) return status = NOVA_UNIMPLEMENTED;
    const nova_call c = host_->call();
    return status = function(instance_, &c, args..., fresh());
  }

  std::string describe() {
    std::string out;
    const nova_writer w = writer(out);
    invoke(component_->describe, &w);
    return out;
  }
  // names[i] under key i; the answer is item_status.
  std::vector<std::int32_t> bind(const std::vector<std::string>& names,
                                 const std::vector<std::string>& settings = {}) {
    std::vector<std::uint64_t> keys(names.size());
    std::vector<nova_str> name, tenant, setting;
    std::vector<std::int32_t> item(names.size(), NOVA_OK);
    for (std::size_t i = 0; i < names.size(); ++i) {
      keys[i] = i;
      name.push_back(str(names[i]));
      tenant.push_back(str("default"));
      setting.push_back(str(i < settings.size() ? std::string_view(settings[i]) : "{}"));
    }
    const nova_binding io{sizeof io,      0,           names.size(),
                          keys.data(),    name.data(), tenant.data(),
                          setting.data(), item.data()};
    invoke(component_->bind, &io);
    return item;
  }
  nova_status forget(const std::vector<std::uint64_t>& keys) {
    return invoke(component_->forget, keys.data(), static_cast<std::uint64_t>(keys.size()));
  }

  // ---- models -----------------------------------------------------------------------------------
  using Matrix = std::vector<std::vector<double>>;
  struct Answer {
    nova_status status;
    Matrix mean;                    // [series][lead]
    std::vector<Matrix> quantiles;  // [series][level][lead]
    std::vector<std::int32_t> item_status;
  };
  // Rows of equal length, step 1 min, the last point at origin_ns; keys 0, 1, ...
  Answer forecast(const Matrix& history, std::size_t leads,
                  const std::vector<double>& levels = {}) {
    Window w(history, *this);
    Answer a{NOVA_OK, Matrix(history.size(), std::vector<double>(leads, kNaN)),
             std::vector<Matrix>(history.size(),
                                 Matrix(levels.size(), std::vector<double>(leads, kNaN))),
             std::vector<std::int32_t>(history.size(), NOVA_OK)};
    std::vector<double> mean(history.size() * leads, kNaN);
    std::vector<double> quantiles(history.size() * levels.size() * leads, kNaN);
    nova_forecast io{};
    io.struct_size = sizeof io;
    io.history = &w.view;
    io.origin_ns = origin_ns;
    io.lead_count = leads;
    io.levels = levels.data(), io.level_count = levels.size();
    io.mean = mean.data(), io.mean_series_stride = static_cast<std::int64_t>(leads);
    io.quantiles = levels.empty() ? nullptr : quantiles.data();
    io.q_series_stride = static_cast<std::int64_t>(levels.size() * leads);
    io.q_level_stride = static_cast<std::int64_t>(leads);
    io.item_status = a.item_status.data();
    a.status = invoke(ops<nova_model_ops>().forecast, &io);
    for (std::size_t s = 0; s < history.size(); ++s)
      for (std::size_t h = 0; h < leads; ++h) {
        a.mean[s][h] = mean[s * leads + h];
        for (std::size_t q = 0; q < levels.size(); ++q)
          a.quantiles[s][q][h] = quantiles[(s * levels.size() + q) * leads + h];
      }
    return a;
  }
  // seasons: one list for every series.
  std::vector<std::int32_t> fit(const Matrix& history,
                                const std::vector<std::uint32_t>& seasons = {}, bool warm = false) {
    return train(ops<nova_model_ops>().fit, history, seasons, warm ? NOVA_FIT_WARM : 0);
  }
  // The last point lies at origin_ns, which the caller moves on first.
  std::vector<std::int32_t> observe(const Matrix& points) {
    return train(ops<nova_model_ops>().observe, points, {});
  }
  std::string save() {
    std::string out;
    const nova_writer w = writer(out);
    invoke(ops<nova_model_ops>().save, static_cast<const std::uint64_t*>(nullptr), std::uint64_t{0},
           &w);
    return out;
  }
  nova_status load(std::string_view state) {
    return invoke(ops<nova_model_ops>().load, nova_bytes{state.data(), state.size()});
  }
  std::int64_t origin_ns = 1'700'000'040'000'000'000, step_ns = 60'000'000'000;

  static nova_writer writer(std::string& to) {
    return {sizeof(nova_writer), 0, &to,
            [](const nova_writer* w, const void* data, std::uint64_t size) -> nova_status {
              static_cast<std::string*>(w->ctx)->append(static_cast<const char*>(data),
                                                        static_cast<std::size_t>(size));
              return NOVA_OK;
            }};
  }

 private:
  struct Window {
    Window(const Matrix& rows, const FakeComponent& c) {
      const std::size_t points = rows.empty() ? 0 : rows[0].size();
      for (const auto& row : rows) {
        keys.push_back(keys.size());
        values.insert(values.end(), row.begin(), row.end());
      }
      view.struct_size = sizeof view;
      view.series_count = rows.size(), view.point_count = points;
      view.keys = keys.data(), view.values = values.data();
      view.series_stride = static_cast<std::int64_t>(points), view.time_stride = 1;
      view.step_ns = c.step_ns;
      view.t0_ns = c.origin_ns - (static_cast<std::int64_t>(points) - 1) * c.step_ns;
    }
    Window(const Window&) = delete;
    std::vector<std::uint64_t> keys;
    std::vector<double> values;
    nova_series_view view{};
  };
  template <class Function>
  std::vector<std::int32_t> train(Function* function, const Matrix& rows,
                                  const std::vector<std::uint32_t>& seasons,
                                  std::uint32_t flags = 0) {
    Window w(rows, *this);
    std::vector<std::uint32_t> columns;
    for (std::size_t s = 0; s < rows.size(); ++s)
      columns.insert(columns.end(), seasons.begin(), seasons.end());
    std::vector<std::int32_t> item(rows.size(), NOVA_OK);
    nova_fit io{};
    io.struct_size = sizeof io;
    io.flags = flags, io.history = &w.view;
    io.seasons = seasons.empty() ? nullptr : columns.data(), io.season_count = seasons.size();
    io.item_status = item.data();
    invoke(function, &io);
    return item;
  }
  nova_error* fresh() {
    error_ = {};
    error_.struct_size = sizeof error_;
    return &error_;
  }

  const nova_component* component_;
  FakeHost* host_;
  nova_instance* instance_ = nullptr;
  nova_error error_{};
};

}  // namespace sdk_v1
}  // namespace nova
