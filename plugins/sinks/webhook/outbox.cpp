#include "outbox.hpp"

#include <algorithm>

namespace nova::webhook {
namespace {

std::string events_text(std::size_t n) {
  return std::to_string(n) + (n == 1 ? " event" : " events");
}

}  // namespace

Outbox::Outbox(OutboxRules rules, Log log, Deliver deliver)
    : rules_(rules),
      log_(log),
      deliver_(std::move(deliver)),
      worker_([this](const Call& call) { return turn(call); }) {}

Outbox::~Outbox() {
  const std::lock_guard lock(mutex_);
  if (!waiting_.empty())
    log_.warn(events_text(waiting_.size()) +
              " were not delivered: " + (trouble_.empty() ? "the host ended" : trouble_));
}

bool Outbox::put(Event event) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= rules_.most) return false;
  waiting_.push_back(std::move(event));
  return true;
}

std::uint64_t Outbox::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void Outbox::flush(const Call& call) {
  std::uint64_t before;
  {
    const std::lock_guard lock(mutex_);
    before = failures_;
  }
  wake();
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) return;
      if (failures_ > before)
        throw Error(NOVA_UNAVAILABLE, events_text(waiting_.size()) + " wait: " + trouble_);
    }
    call.check();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::chrono::nanoseconds Outbox::turn(const Call& call) {
  for (;;) {
    if (batch_.empty()) {
      const std::lock_guard lock(mutex_);
      const auto n = std::min({waiting_.size(), single_ > 0 ? std::size_t{1} : rules_.batch});
      batch_.assign(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(n));
    }
    if (batch_.empty()) return std::chrono::hours(1);
    try {
      deliver_(batch_, call);
      succeeded(batch_.size());
    } catch (const Error& error) {
      if (error.status() == NOVA_CANCELLED) return std::chrono::hours(1);
      if (error.status() != NOVA_INVALID_ARGUMENT) return failed(error.what());
      if (batch_.size() > 1)
        single_ = batch_.size();  // one of them is at fault, the others need not suffer
      else
        refused(1, error.what());
    } catch (const std::exception& error) {
      return failed(error.what());
    }
    batch_.clear();
  }
}

void Outbox::succeeded(std::size_t events) {
  bool again;
  {
    const std::lock_guard lock(mutex_);
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(events));
    again = !trouble_.empty();
    trouble_.clear();
  }
  single_ -= std::min(single_, events);
  failed_in_a_row_ = 0;
  if (again) log_.info("events are delivered again");
}

void Outbox::refused(std::size_t events, const std::string& why) {
  succeeded(events);
  std::uint64_t all;
  {
    const std::lock_guard lock(mutex_);
    all = dropped_ += events;
  }
  log_.warn("an event was refused and dropped, " + std::to_string(all) + " so far: " + why);
}

std::chrono::nanoseconds Outbox::failed(const std::string& why) {
  bool first;
  std::size_t waiting;
  {
    const std::lock_guard lock(mutex_);
    first = trouble_.empty();
    trouble_ = why;
    ++failures_;
    waiting = waiting_.size();
  }
  if (first) log_.warn(events_text(waiting) + " wait until they can be delivered: " + why);
  const auto pause = rules_.pause * (1LL << std::min(failed_in_a_row_++, 20));
  return std::min<std::chrono::nanoseconds>(pause, rules_.pause_most);
}

}  // namespace nova::webhook
