// sinks/webhook: events, POSTed as JSON to a URL. See README.md.
#include <novascale.hpp>

#include "message.hpp"
#include "outbox.hpp"
#include "plugins/http/service.hpp"
#include "plugins/sinks/push/intake.hpp"

namespace nova::webhook {
namespace {

class Webhook {
 public:
  static constexpr auto id = "org.novacron.sink.webhook";
  static constexpr auto name = "Webhook";
  static constexpr auto version = "1.0.0";
  static constexpr auto description = "Decisions and alerts, POSTed as JSON to a URL";
  static constexpr std::uint32_t flags = 0;
  static constexpr auto schema =
      R"({ "type": "object", "additionalProperties": false, "required": ["url"], "properties": {)" NOVA_HTTP_PROPERTIES
      R"(,
      "types": { "type": "array", "items": { "type": "string", "minLength": 1 }, "minItems": 1, "default": ["decision", "event.alert"], "title": "Types of events that are sent, by how they begin" },
      "hmac_secret": { "type": "string", "minLength": 1, "x-secret": true, "title": "Key of the signature, as secret:env:NAME or secret:file:PATH; absent: not signed" },
      "batch": { "type": "integer", "minimum": 1, "maximum": 10000, "default": 100, "title": "Most events of one request" },
      "queue": { "type": "integer", "minimum": 1, "maximum": 1000000, "default": 10000, "title": "Most events that wait" }
    } })";

  explicit Webhook(Context context)
      : context_(context),
        service_(context),
        types_(context.config().texts("types")),
        intake_(std::string(context.tenant())) {}

  void write(const Call&, const Events& events) {
    intake_.admit(events);
    std::size_t left = 0;
    for (std::size_t i = 0; i < events.count(); ++i) {
      if (!intake_.is_new(events, i)) continue;
      if (wanted(events.type(i)) && (left > 0 || !outbox().put(event_of(events, i))))
        ++left;  // what comes behind it waits, too: order is kept
      else if (left == 0)
        intake_.taken(events, i);
    }
    if (outbox_) outbox_->wake();
    if (left > 0)
      throw Error(NOVA_RESOURCE_EXHAUSTED, service_.url() + ": the queue is full, " +
                                               std::to_string(left) + " events were not taken")
          .retryable();
  }

  void flush(const Call& call) {
    if (outbox_) outbox_->flush(call);
  }

 private:
  bool wanted(std::string_view type) const {
    return std::any_of(types_.begin(), types_.end(), [&](const std::string& prefix) {
      return type.substr(0, prefix.size()) == prefix;
    });
  }

  static Event event_of(const Events& events, std::size_t i) {
    Event event;
    event.writer = events.writer(i);
    event.sequence = events.sequence(i);
    event.time_ns = events.time_ns(i);
    event.tenant = events.tenant(i);
    event.type = events.type(i);
    event.subject = events.subject(i);
    event.json = events.json(i);
    return event;
  }

  // Made with the first event: checking a config starts no thread.
  Outbox& outbox() {
    if (!outbox_) {
      OutboxRules rules;
      rules.most = static_cast<std::size_t>(context_.integer("queue"));
      rules.batch = static_cast<std::size_t>(context_.integer("batch"));
      outbox_ = std::make_unique<Outbox>(
          rules, context_.log(),
          [this](const std::vector<Event>& batch, const Call& call) { post(batch, call); });
    }
    return *outbox_;
  }

  void post(const std::vector<Event>& batch, const Call& call) {
    auto body = body_of(batch);
    std::vector<std::string> headers{"Content-Type: application/json",
                                     "Idempotency-Key: " + key_of(batch)};
    if (context_.has("hmac_secret"))
      headers.push_back("X-Novascale-Signature: " +
                        signature_of(http::Service::secret(context_, "hmac_secret"), body));
    const auto answer = service_.send("", std::move(body), headers, call);
    // Only what is said of the body itself is final; anything else may be mended.
    const bool final = answer.status == 400 || answer.status == 413 || answer.status == 422;
    try {
      service_.must_be_fine(answer);
    } catch (const Error& error) {
      throw Error(final ? NOVA_INVALID_ARGUMENT : NOVA_UNAVAILABLE, error.what());
    }
  }

  Context context_;
  http::Service service_;  // of the outbox's thread, once there is one
  std::vector<std::string> types_;
  push::Intake intake_;
  std::unique_ptr<Outbox> outbox_;
};

}  // namespace
}  // namespace nova::webhook

NOVA_PLUGIN("org.novacron.webhook", "NovaCron", "1.0.0",
            nova::sink_component<nova::webhook::Webhook>)
