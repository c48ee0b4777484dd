// metrics/http_json: numbers out of JSON documents of an HTTP service. See README.md.
#include <novascale.hpp>

#include <cmath>
#include <map>

#include "plugins/http/service.hpp"
#include "query.hpp"

namespace nova::http_json {
namespace {

class HttpJson {
 public:
  static constexpr auto id = "org.novacron.metrics.http_json";
  static constexpr auto name = "JSON over HTTP";
  static constexpr auto version = "1.0.0";
  static constexpr auto description = "Numbers out of JSON documents of an HTTP service";
  static constexpr std::uint32_t flags = 0;
  static constexpr auto schema =
      R"({ "type": "object", "additionalProperties": false, "required": ["url"], "properties": {)" NOVA_HTTP_PROPERTIES
      R"(,
      "time_pointer": { "type": "string", "title": "JSON pointer to when a document is of, in seconds since 1970-01-01 UTC; absent: it is of now" }
    } })";

  explicit HttpJson(Context context) : context_(context), service_(context) {
    if (context.has("time_pointer"))
      time_ = make_pointer(context.text("time_pointer"), "/time_pointer");
  }

  void bind(const Call&, Binding& io) {
    io.each([&](std::size_t i) {
      bound_.erase(io.key(i));  // a row that fails must not go on answering what it replaced
      bound_[io.key(i)] = {make_query(io.name(i), io.settings(i)), {}};
      io.set_status(i, NOVA_OK);
    });
  }
  void forget(const Call&, Keys keys) {
    for (const auto key : keys) bound_.erase(key);
  }

  // One request a document, whatever is read from it.
  void latest(const Call& call, Latest& io) {
    std::map<std::string, std::vector<std::size_t>> rows;
    for (std::size_t i = 0; i < io.count(); ++i) {
      const auto at = bound_.find(io.key(i));
      if (at == bound_.end())
        io.fail(i, NOVA_NOT_FOUND, "no series is bound under key " + std::to_string(io.key(i)));
      else
        rows[at->second.query.path].push_back(i);
    }
    for (const auto& [path, of] : rows) {
      try {
        const auto document = get(path, call);
        const auto now = context_.now_ns();
        const auto time = time_ ? std::min(time_in(document), now) : now;
        for (const auto i : of) answer(io, i, document, time);
      } catch (const Error& e) {  // the document's; what is wrong with the service ends the call
        if (e.status() != NOVA_INVALID_ARGUMENT && e.status() != NOVA_RESOURCE_EXHAUSTED &&
            e.status() != NOVA_INTERNAL)
          throw;
        for (const auto i : of) io.fail(i, e.status(), e.what());
      }
    }
  }

 private:
  struct Bound {
    Query query;
    Rate rate;
  };

  Json get(const std::string& path, const Call& call) {
    const auto answer = service_.send(path, std::nullopt, {"Accept: application/json"}, call);
    service_.must_be_fine(answer);
    auto document = Json::parse(answer.body, nullptr, false);
    if (document.is_discarded())
      throw Error(NOVA_INTERNAL, service_.url() + path + ": the answer is not JSON");
    return document;
  }

  std::int64_t time_in(const Json& document) const {
    const double seconds = value_at(document, {"", *time_, "", false});
    if (!(std::fabs(seconds) < 9e9))
      throw Error(NOVA_INVALID_ARGUMENT,
                  "/time_pointer: there must stand seconds since 1970-01-01 UTC");
    return std::llround(seconds * 1e3) * 1'000'000;
  }

  void answer(Latest& io, std::size_t i, const Json& document, std::int64_t time) {
    auto& bound = bound_.at(io.key(i));
    try {
      double value = value_at(document, bound.query);
      if (bound.query.rate) value = bound.rate.look(value, time).value_or(kNaN);
      if (std::isinf(value)) value = kNaN;  // no number one could act on
      io.answer(i, value, std::isnan(value) ? NOVA_NONE : time);
    } catch (const Error& e) {
      io.fail(i, e.status(), service_.url() + bound.query.path + ": " + e.what());
    }
  }

  Context context_;
  http::Service service_;
  std::optional<Json::json_pointer> time_;
  std::map<std::uint64_t, Bound> bound_;
};

}  // namespace
}  // namespace nova::http_json

NOVA_PLUGIN("org.novacron.http_json", "NovaCron", "1.0.0",
            nova::metrics_component<nova::http_json::HttpJson>)
