#include "http.hpp"

#include <algorithm>
#include <new>
#include <novascale/error.hpp>
#include <thread>

namespace nova::prometheus {
namespace {

constexpr auto kFirstWait = std::chrono::milliseconds(100);
constexpr auto kSlice = std::chrono::milliseconds(20);

struct Incoming {
  std::string* body;
  std::size_t most;
  bool too_large = false;
};

std::size_t take(char* data, std::size_t, std::size_t size, void* to) {
  auto& in = *static_cast<Incoming*>(to);
  if (size > in.most - in.body->size()) {
    in.too_large = true;
    return 0;  // ends the transfer
  }
  in.body->append(data, size);
  return size;
}

int look_up(void* call, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& c = *static_cast<const Call*>(call);
  return c.cancelled() || c.late() ? 1 : 0;  // ends the transfer
}

struct Headers {
  curl_slist* list = nullptr;
  Headers() = default;
  Headers(const Headers&) = delete;
  ~Headers() { curl_slist_free_all(list); }
  void add(const std::string& line) {
    auto* longer = curl_slist_append(list, line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    list = longer;
  }
};

}  // namespace

Http::Http(std::string base_url, HttpLimits limits)
    : base_(std::move(base_url)),
      limits_(limits),
      jitter_(static_cast<std::uint32_t>(Call::monotonic_ns())) {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);  // never undone
  if (once != CURLE_OK) throw Error(NOVA_INTERNAL, "libcurl does not start");
  while (!base_.empty() && base_.back() == '/') base_.pop_back();
  easy_.reset(curl_easy_init());
  if (easy_ == nullptr) throw std::bad_alloc();
}

std::string Http::encoded(const std::string& text) {
  const std::unique_ptr<char, void (*)(void*)> safe(
      curl_easy_escape(easy_.get(), text.data(), static_cast<int>(text.size())), &curl_free);
  if (safe == nullptr) throw std::bad_alloc();
  return safe.get();
}

std::string Http::once(const std::string& url, const std::string& form, const Credentials& who,
                       const Call& call, HttpAnswer& answer) {
  CURL* easy = easy_.get();
  curl_easy_reset(easy);  // options only: connections stay
  char why[CURL_ERROR_SIZE] = "";
  Incoming in{&answer.body, limits_.bytes};
  Headers headers;
  if (!who.bearer.empty()) headers.add("Authorization: Bearer " + who.bearer);
  const auto set = [&](CURLoption option, auto value) {
    if (curl_easy_setopt(easy, option, value) != CURLE_OK)
      throw Error(NOVA_INTERNAL, "libcurl lacks an option that is needed");
  };
  const auto limit_ms =
      static_cast<long>(std::max<std::int64_t>(1, limits_.time.count() / 1'000'000));
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTPHEADER, headers.list);
  if (!who.username.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, who.username.c_str());
    set(CURLOPT_PASSWORD, who.password.c_str());
  }
  if (!form.empty()) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(form.size()));
    set(CURLOPT_POSTFIELDS, form.c_str());
  }
  set(CURLOPT_ACCEPT_ENCODING, "");  // all that this libcurl can undo
  set(CURLOPT_USERAGENT, "novascale");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, limit_ms);
  set(CURLOPT_CONNECTTIMEOUT_MS, std::min(limit_ms, 5000L));
  set(CURLOPT_ERRORBUFFER, why);
  set(CURLOPT_WRITEFUNCTION, &take);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&in));
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &look_up);
  set(CURLOPT_XFERINFODATA, static_cast<void*>(const_cast<Call*>(&call)));
  answer = {};
  const CURLcode code = curl_easy_perform(easy);
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  call.check();
  if (in.too_large)
    throw Error(NOVA_RESOURCE_EXHAUSTED,
                "the answer passes " + std::to_string(limits_.bytes) + " bytes");
  if (code == CURLE_OK) return "";
  return *why != '\0' ? why : curl_easy_strerror(code);
}

void Http::wait(int tried, const Call& call) {
  std::uniform_real_distribution<double> blur{0.5, 1.5};
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                       kFirstWait * (1 << tried) * blur(jitter_));
  while (std::chrono::steady_clock::now() < end) {
    call.check();
    std::this_thread::sleep_for(kSlice);
  }
}

HttpAnswer Http::ask(const std::string& path,
                     const std::vector<std::pair<std::string, std::string>>& form,
                     const Credentials& who, const Call& call) {
  std::string body;
  for (const auto& [key, value] : form)
    body += (body.empty() ? "" : "&") + key + "=" + encoded(value);
  HttpAnswer answer;
  for (int tried = 0;; ++tried) {
    call.check();
    auto why = once(base_ + path, body, who, call, answer);
    if (why.empty() && (answer.status == 429 || answer.status >= 500))
      why = "HTTP " + std::to_string(answer.status);
    // 503 tells of a query that took too long: the text says so, and again would take as long.
    if (why.empty() || (answer.status == 503 && !answer.body.empty())) return answer;
    if (tried >= limits_.retries)
      throw Error(NOVA_UNAVAILABLE,
                  base_ + ": " + why + ", tried " + std::to_string(tried + 1) + " times")
          .retryable();
    wait(tried, call);
  }
}

}  // namespace nova::prometheus
