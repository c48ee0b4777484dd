#include "chaos.hpp"

#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace chaos {
namespace {

std::string fault_of(const std::string& config) {
  const std::string key = "\"fault\":\"";
  const auto at = config.find(key);
  if (at == std::string::npos) {  // for configs that are broken themselves
    const char* fault = std::getenv("CHAOS_FAULT");
    return fault ? fault : "none";
  }
  const auto from = at + key.size();
  return config.substr(from, config.find('"', from) - from);
}

std::size_t sum_of(const void* bytes, std::size_t from, std::size_t to) {
  std::size_t sum = 0;
  for (auto i = from; i < to; ++i) sum += static_cast<const unsigned char*>(bytes)[i];
  return sum;
}

void spawn(Base& base, bool block_signals) {
  sigset_t all, before;
  sigfillset(&all);
  if (!block_signals) sigemptyset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  base.threads.emplace_back([] {
    while (true) pause_ms(1000);
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

int shared_counter = 0;  // what "shared_state" shares

}  // namespace

nova_status misbehave(nova_instance* instance, const nova_call* c, std::uint32_t flags,
                      std::uint32_t struct_size, std::uint32_t our_size, nova_error* err) {
  auto& self = base(instance);
  if (flags & 0xFFFF0000u && !self.is("ignores_high_flags"))
    return fail(err, NOVA_UNIMPLEMENTED, "a flag this plugin must understand and does not");
  if (flags & 0xFFFFu & ~1u && self.is("refuses_low_flags"))
    return fail(err, NOVA_INVALID_ARGUMENT, "flags");
  if (struct_size != our_size && self.is("wants_exact_size"))
    return fail(err, NOVA_INVALID_ARGUMENT, "struct_size");
  if (self.is("reads_past_call") && sum_of(c, 0, sizeof *c) == 1) return NOVA_INTERNAL;
  if (self.is("silent_error")) return NOVA_INTERNAL;
  if (self.is("throws")) throw std::runtime_error("thrown by chaos");
  if (self.is("throws_int")) throw 42;
  if (self.is("aborts")) std::abort();
  if (self.is("exits")) std::exit(0);
  if (self.is("prints")) std::printf("hello from a plugin\n");
  if (self.is("chdir")) (void)!chdir("/");
  if (self.is("setenv")) setenv("CHAOS", "1", 1);
  if (self.is("setlocale")) setlocale(LC_NUMERIC, "C.UTF-8");
  if (self.is("signal_handler")) signal(SIGUSR1, SIG_IGN);
  if (self.is("leaks_memory")) {
    void* volatile lost = malloc(256 * 1024);  // volatile: the compiler may not leave it out
    std::memset(lost, 1, 256 * 1024);
  }
  if (self.is("leaks_file")) (void)open("/dev/null", O_RDONLY);
  if (self.is("sleeps"))  // honours the cancel word
    for (int i = 0; i < 3000; ++i) {
      if (cancelled(c)) return fail(err, NOVA_CANCELLED, "stopped sleeping");
      pause_ms(1);
    }
  if (self.is("ignores_cancel")) pause_ms(3000);  // longer than any check waits
  if (self.is("hangs"))
    while (true) pause_ms(1000);
  if (self.is("floods_notes"))
    for (int i = 0; i < 100'000; ++i) note(c, 0, NOVA_OK, "note " + std::to_string(i));
  if (self.is("floods_log"))
    for (int i = 0; i < 100'000; ++i) {
      const std::string line = "line " + std::to_string(i);
      self.host->log(self.host, 4, {line.data(), line.size()}, {nullptr, 0});
    }
  if (self.is("long_message") && err) {
    std::memset(err->message, 'x', sizeof err->message);  // no NUL
    return NOVA_INTERNAL;
  }
  if (self.is("throttled")) {
    err->flags = NOVA_ERROR_RETRYABLE;
    err->retry_after_ms = 1500;
    return fail(err, NOVA_THROTTLED, "slow down");
  }
  if (self.is("odd_status")) return 0x7777;
  if (self.is("shared_state") && ++shared_counter % 2 == 0)
    return fail(err, NOVA_INTERNAL, "shared");
  return NOVA_OK;
}

nova_status make(Base* raw, const nova_host* host, const nova_call* c, nova_str config,
                 nova_instance** out, nova_error* err) {
  std::unique_ptr<Base> made(raw);
  made->config = text(config);
  made->fault = fault_of(made->config);
  made->host = host;
  const auto& words = made->config;
  if (made->is("throws_in_create")) throw std::runtime_error("thrown in create");
  if (made->is("sleeps_in_create"))
    for (int i = 0; i < 5000 && !cancelled(c); ++i) pause_ms(1);
  if (made->is("hangs_in_create"))
    while (true) pause_ms(1000);
  volatile std::uintptr_t nowhere = 8;
  if (made->is("crashes_in_create")) *reinterpret_cast<volatile int*>(nowhere) = 1;
  if (made->is("no_instance")) return NOVA_OK;
  if (made->is("reads_past_host") && sum_of(host, 0, sizeof *host) == 1) return NOVA_INTERNAL;
  if (made->is("makes_a_thread"))
    spawn(*made, true), made->threads.back().detach(), made->threads.clear();
  if (made->is("open_to_signals"))
    spawn(*made, false), made->threads.back().detach(), made->threads.clear();
  const bool looks_whole = words.empty() || (words.front() == '{' && words.back() == '}');
  if (!looks_whole && !made->is("takes_anything"))
    return fail(err, NOVA_INVALID_ARGUMENT, "the config is not a JSON object");
  if (words.find("\"no_such_key_of_anybody\"") != std::string::npos ||
      words.find(":null") != std::string::npos) {
    if (made->is("silent_refusal")) return NOVA_INVALID_ARGUMENT;
    if (made->is("refuses_and_gives")) *out = reinterpret_cast<nova_instance*>(made.get());
    return fail(err, NOVA_INVALID_ARGUMENT, "an unknown key");
  }
  *out = reinterpret_cast<nova_instance*>(made.release());
  return NOVA_OK;
}

void destroy(nova_instance* instance) {
  auto* self = &base(instance);
  if (self->is("throws_in_destroy")) {
    delete self;
    throw std::runtime_error("thrown in destroy");
  }
  if (self->is("hangs_in_destroy"))
    while (true) pause_ms(1000);
  delete self;
}

nova_status describe(nova_instance* instance, const nova_call* c, const nova_writer* out,
                     nova_error* err) {
  auto& self = base(instance);
  if (self.is("throws")) throw std::runtime_error("thrown by chaos");
  if (self.is("hangs_in_describe"))
    while (!self.is("")) pause_ms(1000);
  (void)c;
  (void)err;
  std::string json =
      R"({"config":{"fault":")" + self.fault + R"("},"capabilities":{"max_batch":5000}})";
  if (self.is("describe_not_json")) json = "fault: none";
  if (self.is("describe_without_config")) json = "{}";
  if (self.is("shows_secret")) json = R"({"config":{"password":"hunter2"}})";
  const auto status = out->write(out, json.data(), json.size());
  return self.is("ignores_writer") ? NOVA_OK : status;
}

const void* get_extension(nova_instance* instance, const char*) {
  return base(instance).is("answers_any_extension") ? &kSchema : nullptr;
}

}  // namespace chaos

namespace {

const nova_component* const kComponents[] = {&chaos::kModel, &chaos::kStateless,  &chaos::kMetrics,
                                             &chaos::kCost,  &chaos::kController, &chaos::kSink,
                                             &chaos::kPolicy};
const nova_plugin kPlugin = {sizeof(nova_plugin),
                             NOVA_ABI_MAJOR,
                             NOVA_ABI_MINOR,
                             "org.novacron.test.chaos",
                             "novascale",
                             "1.0.0",
                             "MIT",
                             nullptr,
                             nullptr,
                             kComponents,
                             sizeof kComponents / sizeof kComponents[0]};

}  // namespace

NOVA_EXPORT const nova_plugin* nova_plugin_entry_v1() { return &kPlugin; }
