// sinks/alertmanager: alerts to Prometheus Alertmanagers, by their API v2. See README.md.
#include <novascale.hpp>

#include <atomic>

#include "board.hpp"
#include "plugins/http/service.hpp"
#include "plugins/sinks/push/intake.hpp"
#include "plugins/sinks/push/worker.hpp"

namespace nova::alertmanager {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kPauseMost = std::chrono::seconds(30);
constexpr nanoseconds kPause = std::chrono::seconds(1);  // after a failure; doubles

// One Alertmanager, told by a thread of its own: who is slow does not hold up the others.
class Receiver {
 public:
  Receiver(const Context& context, const std::string& url, Board& board, std::size_t index)
      : context_(context),
        service_(context, url),
        board_(board),
        index_(index),
        repeat_(http::Service::positive(context, "repeat")),
        worker_([this](const Call& call) { return turn(call); }) {}

  void wake() { worker_.wake(); }
  std::uint64_t failures() const { return failures_; }
  std::string trouble() const {
    const std::lock_guard lock(mutex_);
    return trouble_;
  }

 private:
  nanoseconds turn(const Call& call) {
    try {
      while (post(call)) {
      }
      if (set_trouble("")) context_.log().info(service_.url() + ": alerts are taken again");
      failed_in_a_row_ = 0;
      return repeat_;
    } catch (const std::exception& error) {
      if (call.cancelled()) return repeat_;
      if (!set_trouble(error.what()))
        context_.log().warn(std::string("alerts wait: ") + error.what());
      ++failures_;
      const nanoseconds pause = kPause * (1LL << std::min(failed_in_a_row_++, 10));
      return std::min({pause, repeat_, kPauseMost});
    }
  }

  // True if the board changed meanwhile.
  bool post(const Call& call) {
    const auto post = board_.for_receiver(index_);
    if (!post.alerts.empty()) {
      const auto expires = context_.now_ns() + (4 * repeat_).count();
      service_.must_be_fine(service_.send("/api/v2/alerts", body_of(post.alerts, expires),
                                          {"Content-Type: application/json"}, call));
    }
    board_.told(index_, post);
    return !board_.is_current(index_);
  }

  // Whether there was trouble before.
  bool set_trouble(std::string text) {
    const std::lock_guard lock(mutex_);
    trouble_.swap(text);
    return !text.empty();
  }

  Context context_;
  http::Service service_;  // of the thread
  Board& board_;
  std::size_t index_;
  nanoseconds repeat_;
  std::atomic<std::uint64_t> failures_{0};
  int failed_in_a_row_ = 0;
  mutable std::mutex mutex_;
  std::string trouble_;
  push::Worker worker_;  // last: it uses all of the above
};

class Alertmanager {
 public:
  static constexpr auto id = "org.novacron.sink.alertmanager";
  static constexpr auto name = "Alertmanager";
  static constexpr auto version = "1.0.0";
  static constexpr auto description = "Alerts to Prometheus Alertmanagers (API v2)";
  static constexpr std::uint32_t flags = 0;
  static constexpr auto schema =
      R"({ "type": "object", "additionalProperties": false, "required": ["urls"], "properties": {
      "urls": { "type": "array", "minItems": 1, "items": { "type": "string", "pattern": "^https?://[^@]+$" }, "title": "Base URLs, such as http://127.0.0.1:9093; each gets every alert" },
      "repeat": { "type": "string", "x-unit": "duration", "default": "1m", "title": "How often what fires is posted again; unheard for four times as long it ends" },
      "labels": { "type": "object", "additionalProperties": { "type": "string" }, "default": {}, "title": "Labels of every alert" },
      )" NOVA_HTTP_CLIENT_PROPERTIES "} }";

  explicit Alertmanager(Context context)
      : context_(context),
        urls_(context.config().texts("urls")),
        labels_(labels_of(context)),
        intake_(std::string(context.tenant())),
        board_(urls_.size()) {
    http::Service::positive(context, "repeat");
    for (const auto& url : urls_) http::Service(context, url);
  }

  void write(const Call&, const Events& events) {
    intake_.admit(events);
    bool any = false;
    for (std::size_t i = 0; i < events.count(); ++i) {
      if (!intake_.is_new(events, i)) continue;
      intake_.taken(events, i);
      if (events.type(i) != "event.alert") continue;
      const auto change = change_in(events.tenant(i), events.subject(i), events.time_ns(i),
                                    events.json(i), labels_);
      if (!change) continue;
      board_.take(*change);
      any = true;
    }
    if (!any) return;
    // Made with the first alert: checking a config starts no thread.
    for (std::size_t i = receivers_.size(); i < urls_.size(); ++i)
      receivers_.push_back(std::make_unique<Receiver>(context_, urls_[i], board_, i));
    for (const auto& receiver : receivers_) receiver->wake();
  }

  void flush(const Call& call) {
    std::vector<std::uint64_t> before;
    for (const auto& receiver : receivers_) {
      before.push_back(receiver->failures());
      receiver->wake();
    }
    for (std::size_t i = 0; i < receivers_.size();) {
      if (board_.is_current(i)) {
        ++i;
        continue;
      }
      if (receivers_[i]->failures() > before[i])
        throw Error(NOVA_UNAVAILABLE, "alerts wait: " + receivers_[i]->trouble());
      call.check();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

 private:
  static Labels labels_of(const Context& context) {
    Labels labels;
    for (const auto& [label, value] : context.config().object("labels").json().items()) {
      const bool good = !label.empty() && !(label[0] >= '0' && label[0] <= '9') &&
                        std::all_of(label.begin(), label.end(), [](char c) {
                          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                 (c >= '0' && c <= '9') || c == '_';
                        });
      if (!good || !value.is_string())
        throw Error(NOVA_INVALID_ARGUMENT,
                    "/labels/" + label + ": must be a text under a name of letters, digits and _");
      for (const auto* own : {"alertname", "tenant", "group", "about", "severity"})
        if (label == own)
          throw Error(NOVA_INVALID_ARGUMENT, "/labels/" + label + ": is set by every alert itself");
      labels[label] = value.get<std::string>();
    }
    return labels;
  }

  Context context_;
  std::vector<std::string> urls_;
  Labels labels_;
  push::Intake intake_;
  Board board_;
  std::vector<std::unique_ptr<Receiver>> receivers_;  // after the board they read
};

}  // namespace
}  // namespace nova::alertmanager

NOVA_PLUGIN("org.novacron.alertmanager", "NovaCron", "1.0.0",
            nova::sink_component<nova::alertmanager::Alertmanager>)
