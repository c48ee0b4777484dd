#include "host/loader/services.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "host/loader/instance.hpp"
#include "host/loader/text.hpp"

namespace nova::loader {
namespace {

constexpr double kLogBurst = 1000, kLogPerSecond = 200;
constexpr std::size_t kSecretCap = 64 * 1024;
constexpr std::string_view kSecretPrefix = "secret:";

std::int64_t monotonic_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Every "secret:…" string of the config, without that prefix.
void collect(const nlohmann::json& value, std::set<std::string>& out) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.starts_with(kSecretPrefix)) out.insert(text.substr(kSecretPrefix.size()));
  } else if (value.is_structured()) {
    for (const auto& child : value) collect(child, out);
  }
}

nova_status fail(nova_error* error, nova_status code, const std::string& message) {
  if (error) {
    error->code = code;
    const auto size = std::min(message.size(), sizeof error->message - 1);
    std::memcpy(error->message, message.data(), size);
    error->message[size] = 0;
  }
  return code;
}

// The work of one loan, shared by the threads that help.
struct Loan {
  std::uint64_t n, grain;
  void (*body)(void*, std::uint64_t, std::uint64_t);
  void* ctx;
  std::atomic<std::uint64_t> next = 0;
  std::atomic<bool> threw = false;
  std::mutex mutex;
  std::condition_variable left;
  unsigned helpers = 0;

  void work() {
    for (auto begin = next.fetch_add(grain); begin < n; begin = next.fetch_add(grain)) try {
        body(ctx, begin, std::min(n, begin + grain));
      } catch (...) {
        threw = true;
      }
  }
};

}  // namespace

Services::Services(HostContext& context, const InstanceSpec& spec)
    : context_(context), spec_(spec), data_dir_(spec.data_dir.string()), log_budget_(kLogBurst) {
  const auto config = nlohmann::json::parse(spec.config_json, nullptr, false);
  if (!config.is_discarded()) collect(config, secrets_);
  const auto& options = context.options();
  host_ = {sizeof host_,
           0,
           this,
           options.name.c_str(),
           options.version.c_str(),
           spec.name.c_str(),
           spec.tenant.c_str(),
           data_dir_.c_str(),
           context.log_threshold(),
           &Services::log,
           &Services::now,
           &Services::extension};
  secret_service_ = {sizeof secret_service_, 0, &Services::secret};
  parallel_service_ = {sizeof parallel_service_, 0, &Services::parallel};
}

bool Services::may_log() {
  const std::lock_guard lock(log_mutex_);
  const auto now = monotonic_ns();
  if (log_refilled_ns_)
    log_budget_ =
        std::min(kLogBurst,
                 log_budget_ + kLogPerSecond * static_cast<double>(now - log_refilled_ns_) * 1e-9);
  log_refilled_ns_ = now;
  if (log_budget_ < 1) {
    ++log_dropped_;
    return false;
  }
  log_budget_ -= 1;
  if (log_dropped_) {
    const auto dropped = std::exchange(log_dropped_, 0);
    context_.log(LogLevel::warn, spec_.name,
                 std::to_string(dropped) + " log lines of this plugin were dropped: too many");
  }
  return true;
}

void Services::log(const nova_host* host, std::int32_t level, nova_str message, nova_str fields) {
  auto& self = of(host);
  if (level < __atomic_load_n(self.context_.log_threshold(), __ATOMIC_RELAXED)) return;
  if (!self.may_log()) return;
  auto json = clean_text(fields, 16 * 1024);
  if (!json.empty() && !nlohmann::json::accept(json)) json.clear();
  self.context_.log(static_cast<LogLevel>(std::clamp(level, 0, 5)), self.spec_.name,
                    clean_text(message), json);
}

std::int64_t Services::now(const nova_host* host, std::int32_t clock) {
  return clock == NOVA_CLOCK_MONOTONIC ? monotonic_ns() : unix_ns(of(host).context_.now());
}

const void* Services::extension(const nova_host* host, const char* id) {
  if (!id) return nullptr;
  if (std::strcmp(id, NOVA_HOST_SECRETS) == 0) return &of(host).secret_service_;
  if (std::strcmp(id, NOVA_HOST_PARALLEL) == 0) return &of(host).parallel_service_;
  return nullptr;
}

nova_status Services::secret(const nova_host* host, nova_str reference, const nova_writer* out,
                             nova_error* error) {
  const auto& self = of(host);
  auto name = clean_text(reference);
  if (name.starts_with(kSecretPrefix)) name.erase(0, kSecretPrefix.size());
  if (!self.secrets_.contains(name))
    return fail(error, NOVA_PERMISSION_DENIED,
                "\"" + name + "\" does not stand in this instance's config");
  std::string value;
  if (name.starts_with("env:")) {
    const char* found = std::getenv(name.c_str() + 4);
    if (!found)
      return fail(error, NOVA_NOT_FOUND, "environment variable " + name.substr(4) + " is not set");
    value = found;
  } else if (name.starts_with("file:")) {
    const auto path = self.spec_.config_dir / name.substr(5);
    std::error_code failed;
    std::ifstream file(path, std::ios::binary);
    if (!std::filesystem::is_regular_file(path, failed) || !file)
      return fail(error, NOVA_NOT_FOUND, path.string() + ": cannot be read");
    value.resize(kSecretCap + 1);
    file.read(value.data(), static_cast<std::streamsize>(value.size()));
    value.resize(static_cast<std::size_t>(file.gcount()));
    if (value.size() > kSecretCap)
      return fail(error, NOVA_INVALID_ARGUMENT, path.string() + ": larger than 64 KiB");
    if (value.ends_with('\n')) value.pop_back();  // as editors and `echo` leave it
  } else {
    return fail(error, NOVA_INVALID_ARGUMENT, "a secret is env:NAME or file:PATH, got " + name);
  }
  return out->write(out, value.data(), value.size());
}

nova_status Services::parallel(const nova_host* host, std::uint64_t n, std::uint64_t grain,
                               void (*body)(void*, std::uint64_t, std::uint64_t), void* ctx) {
  auto& self = of(host);
  if (!body) return NOVA_INVALID_ARGUMENT;
  grain = std::max<std::uint64_t>(1, std::min(grain, n));
  const auto chunks = n ? (n - 1) / grain + 1 : 0;
  const bool nested = self.in_parallel_.exchange(true);
  const auto wanted = nested ? 0 : std::min<std::uint64_t>(self.context_.parallelism(), chunks);
  const auto loan = std::make_shared<Loan>();
  loan->n = n, loan->grain = grain, loan->body = body, loan->ctx = ctx;
  for (std::uint64_t i = 1; i < wanted; ++i) {
    {
      const std::lock_guard lock(loan->mutex);
      ++loan->helpers;
    }
    const bool started = self.context_.workers().run([loan] {
      loan->work();
      const std::lock_guard lock(loan->mutex);
      --loan->helpers;
      loan->left.notify_all();
    });
    if (!started) {
      const std::lock_guard lock(loan->mutex);
      --loan->helpers;
      break;
    }
  }
  loan->work();
  std::unique_lock lock(loan->mutex);
  loan->left.wait(lock, [&] { return loan->helpers == 0; });
  if (!nested) self.in_parallel_ = false;
  return loan->threw ? NOVA_INTERNAL : NOVA_OK;
}

}  // namespace nova::loader
