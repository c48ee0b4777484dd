// What an instance may ask of the host: the nova_host it is created with.
//
// Name, tenant, data folder, log, clock, secrets and a loan of threads. One per instance, valid
// from create until destroy returned (for a stuck instance: for ever). Made by Instance. All
// services are [any-thread].
#pragma once

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "host/loader/context.hpp"
#include "novascale/host.h"

namespace nova::loader {

struct InstanceSpec;

class Services {
 public:
  Services(HostContext& context, const InstanceSpec& spec);
  Services(const Services&) = delete;
  Services& operator=(const Services&) = delete;

  const nova_host* host() const noexcept { return &host_; }

 private:
  static Services& of(const nova_host* host) { return *static_cast<Services*>(host->host_data); }
  static void log(const nova_host* host, std::int32_t level, nova_str message, nova_str fields);
  static std::int64_t now(const nova_host* host, std::int32_t clock);
  static const void* extension(const nova_host* host, const char* id);
  static nova_status secret(const nova_host* host, nova_str reference, const nova_writer* out,
                            nova_error* error);
  static nova_status parallel(const nova_host* host, std::uint64_t n, std::uint64_t grain,
                              void (*body)(void*, std::uint64_t, std::uint64_t), void* ctx);
  bool may_log();

  HostContext& context_;
  const InstanceSpec& spec_;
  std::string data_dir_;
  std::set<std::string> secrets_;  // references that stand in the config, e.g. "env:AWS_KEY"
  nova_host host_{};
  nova_host_secrets secret_service_{};
  nova_host_parallel parallel_service_{};
  std::atomic<bool> in_parallel_ = false;  // loans do not nest

  // Lines a second are limited: a plugin in a loop must not fill the disk.
  std::mutex log_mutex_;
  double log_budget_;
  std::int64_t log_refilled_ns_ = 0;
  std::uint64_t log_dropped_ = 0;
};

}  // namespace nova::loader
