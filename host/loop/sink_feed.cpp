#include "host/loop/sink_feed.hpp"

#include <algorithm>
#include <utility>

namespace nova {

SinkFeed::SinkFeed(const World& world, std::function<void(const std::string&)> log)
    : world_(world), log_(std::move(log)) {}

Result<void> SinkFeed::write(const std::string& name, loader::SinkClient& sink) {
  auto& next = next_[name];
  while (next < first_ + events_.size()) {
    const auto from = events_.begin() + static_cast<std::ptrdiff_t>(next - first_);
    const auto n = std::min<std::ptrdiff_t>(kBatch, events_.end() - from);
    if (auto done = sink.write({from, from + n}, world_.timeout(name)); !done) return done;
    next += static_cast<std::uint64_t>(n);
  }
  return {};
}

void SinkFeed::feed(bool flush) {
  for (const auto& [name, sink] : world_.sinks) {
    auto done = write(name, *sink);
    if (done && flush) done = sink->flush(world_.timeout(name));
    if (!done) {
      if (!troubles_.contains(name))
        log_("sink " + name + ": " + done.error().message + "; the journal has everything");
      troubles_[name] = done.error().message;
    } else if (troubles_.erase(name)) {
      const auto lost = std::exchange(lost_[name], 0);
      log_("sink " + name + " is well again" +
           (lost ? "; " + std::to_string(lost) + " events are in the journal only" : ""));
    }
  }
  forget();
}

// What every sink has, and what is too much to keep for those that have it not.
void SinkFeed::forget() {
  const auto end = first_ + events_.size();
  auto keep = end;
  for (const auto& [name, sink] : world_.sinks) keep = std::min(keep, next_[name]);
  if (end - keep > kMost) keep = end - kMost;
  for (const auto& [name, sink] : world_.sinks) {
    auto& next = next_[name];
    if (next >= keep) continue;
    if (lost_[name] == 0)
      log_("sink " + name + ": more than " + std::to_string(kMost) +
           " events wait for it, the oldest are in the journal only");
    lost_[name] += keep - next;
    next = keep;
  }
  events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(keep - first_));
  first_ = keep;
}

}  // namespace nova
