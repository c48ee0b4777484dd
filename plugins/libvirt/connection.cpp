#include "connection.hpp"

#include <libvirt/virterror.h>

#include <cerrno>
#include <cstdlib>

namespace nova::virt {
namespace {

bool says(const std::string& text, std::initializer_list<const char*> parts) {
  for (const auto* part : parts)
    if (text.find(part) != text.npos) return true;
  return false;
}

}  // namespace

std::string taken(char* text) {
  std::string out = text == nullptr ? "" : text;
  std::free(text);
  return out;
}

nova_status status_of(int code, int domain, const std::string& text) {
  // Whatever code it comes with: the node, or a pool of it, is full.
  if (says(text, {"annot allocate memory", "annot set up guest memory", "Not enough free space",
                  "No space left", "nsufficient free"}))
    return NOVA_CAPACITY;
  switch (code) {
    case VIR_ERR_NO_DOMAIN:
      return NOVA_NOT_FOUND;
    case VIR_ERR_NO_CONNECT:
    case VIR_ERR_INVALID_CONN:
    case VIR_ERR_RPC:
    case VIR_ERR_GNUTLS_ERROR:
    case VIR_ERR_LIBSSH:
      return NOVA_UNAVAILABLE;
    case VIR_ERR_SYSTEM_ERROR:  // of the way to it, or of a file there: an image that is missing
      return domain == VIR_FROM_RPC || domain == VIR_FROM_REMOTE ? NOVA_UNAVAILABLE
                                                                 : NOVA_FAILED_PRECONDITION;
    case VIR_ERR_INTERNAL_ERROR:
      return domain == VIR_FROM_RPC ? NOVA_UNAVAILABLE : NOVA_INTERNAL;
    case VIR_ERR_AUTH_FAILED:
    case VIR_ERR_AUTH_CANCELLED:
    case VIR_ERR_AUTH_UNAVAILABLE:
      return NOVA_UNAUTHENTICATED;
    case VIR_ERR_OPERATION_DENIED:
    case VIR_ERR_ACCESS_DENIED:
      return NOVA_PERMISSION_DENIED;
    case VIR_ERR_INVALID_ARG:
    case VIR_ERR_XML_ERROR:
    case VIR_ERR_XML_DETAIL:
    case VIR_ERR_XML_INVALID_SCHEMA:
    case VIR_ERR_CONFIG_UNSUPPORTED:
    case VIR_ERR_ARGUMENT_UNSUPPORTED:
    case VIR_ERR_UNKNOWN_HOST:
    case VIR_ERR_OS_TYPE:
    case VIR_ERR_NO_KERNEL:
      return NOVA_INVALID_ARGUMENT;
    case VIR_ERR_NO_SUPPORT:
    case VIR_ERR_OPERATION_UNSUPPORTED:
      return NOVA_UNIMPLEMENTED;
    case VIR_ERR_OPERATION_TIMEOUT:
      return NOVA_DEADLINE_EXCEEDED;
    case VIR_ERR_NO_STORAGE_POOL:
    case VIR_ERR_NO_STORAGE_VOL:
    case VIR_ERR_INVALID_STORAGE_POOL:
    case VIR_ERR_INVALID_STORAGE_VOL:
    case VIR_ERR_STORAGE_POOL_BUILT:
    case VIR_ERR_NO_NETWORK:
    case VIR_ERR_OPERATION_INVALID:
    case VIR_ERR_RESOURCE_BUSY:
      return NOVA_FAILED_PRECONDITION;
    default:
      return NOVA_INTERNAL;
  }
}

Error failure(const std::string& doing) {
  const virErrorPtr last = virGetLastError();
  if (last == nullptr) return Error(NOVA_INTERNAL, doing + ": libvirt does not say why");
  const std::string text = last->message == nullptr ? "no message" : last->message;
  return Error(status_of(last->code, last->domain, text), doing + ": " + text);
}

Connection::~Connection() {
  const std::lock_guard lock(mutex_);
  close();
}

void Connection::close() {
  if (open_ && events_ >= 0) virConnectDomainEventDeregisterAny(open_.get(), events_);
  events_ = -1;
  open_.reset();
}

bool Connection::lost() {
  const std::lock_guard lock(mutex_);
  return open_ != nullptr && virConnectIsAlive(open_.get()) != 1;
}

// A peer that took the connection and then says nothing keeps the opening's thread, not the caller.
Connection::Open Connection::opened() {
  if (!opening_.valid()) {
    const SignalsBlocked blocked;
    opening_ = std::async(std::launch::async, [uri = options_.uri, only = options_.read_only] {
      const auto fresh = only ? virConnectOpenReadOnly(uri.c_str()) : virConnectOpen(uri.c_str());
      if (fresh == nullptr) throw failure(uri);
      return Open(fresh, [](virConnectPtr c) { virConnectClose(c); });
    });
  }
  const auto patience = options_.keepalive.count() > 0
                            ? options_.keepalive * (options_.keepalive_count + 1)
                            : std::chrono::seconds(60);
  if (opening_.wait_for(patience) != std::future_status::ready)
    throw Error(NOVA_UNAVAILABLE, options_.uri + ": takes connections and does not answer, for " +
                                      std::to_string(std::chrono::seconds(patience).count()) +
                                      " s");
  return opening_.get();
}

std::shared_ptr<virConnect> Connection::get() {
  const std::lock_guard lock(mutex_);
  if (open_ && virConnectIsAlive(open_.get()) == 1) return open_;
  close();
  open_ = opened();
  auto* const fresh = open_.get();
  // Drivers of this process have no peer to ask: that they refuse is as good.
  virConnectSetKeepAlive(fresh, static_cast<int>(options_.keepalive.count()),
                         options_.keepalive_count);
  if (changed_) {
    const virConnectDomainEventCallback told = [](virConnectPtr, virDomainPtr, int, int,
                                                  void* whom) {
      (**static_cast<std::shared_ptr<std::function<void()>>*>(whom))();
      return 0;
    };
    events_ = virConnectDomainEventRegisterAny(
        fresh, nullptr, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
        reinterpret_cast<virConnectDomainEventGenericCallback>(reinterpret_cast<void (*)()>(told)),
        new std::shared_ptr<std::function<void()>>(changed_),
        [](void* whom) { delete static_cast<std::shared_ptr<std::function<void()>>*>(whom); });
  }
  return open_;
}

}  // namespace nova::virt
