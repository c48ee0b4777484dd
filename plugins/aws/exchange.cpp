#include "exchange.hpp"

#include <algorithm>
#include <charconv>

namespace nova::aws {
namespace {

constexpr int kSliceMs = 50;

struct Incoming {
  Answer answer;
  std::size_t most;
  bool too_large = false;
};

std::size_t take_body(char* data, std::size_t, std::size_t size, void* to) {
  auto& in = *static_cast<Incoming*>(to);
  if (size > in.most - in.answer.body.size()) {
    in.too_large = true;
    return 0;  // ends the transfer
  }
  in.answer.body.append(data, size);
  return size;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* to) {
  auto& answer = static_cast<Incoming*>(to)->answer;
  const std::string_view line(data, size);
  const auto colon = line.find(':');
  if (colon == line.npos) return size;
  std::string name(line.substr(0, colon)), value(line.substr(colon + 1));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  value.erase(0, value.find_first_not_of(" \t"));
  value.erase(value.find_last_not_of(" \t\r\n") + 1);
  if (name == "date")
    if (const auto at = curl_getdate(value.c_str(), nullptr); at >= 0) answer.date_s = at;
  std::uint32_t seconds = 0;
  if (name == "retry-after" &&
      std::from_chars(value.data(), value.data() + value.size(), seconds).ec == std::errc() &&
      seconds <= 3600)
    answer.retry_after_s = seconds;
  return size;
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

// The easy handle is in the multi handle for the length of one exchange, however that ends.
struct Joined {
  CURLM* multi;
  CURL* easy;
  Joined(CURLM* m, CURL* e) : multi(m), easy(e) { curl_multi_add_handle(multi, easy); }
  Joined(const Joined&) = delete;
  ~Joined() { curl_multi_remove_handle(multi, easy); }
};

}  // namespace

void Until::check() const {
  call.check();
  if (left_ns() <= 0) throw Error(NOVA_DEADLINE_EXCEEDED, "no time is left in this call");
}

Exchange::Exchange(Limits limits) : limits_(limits) {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);  // never undone
  if (once != CURLE_OK) throw Error(NOVA_INTERNAL, "libcurl does not start");
  multi_.reset(curl_multi_init());
  easy_.reset(curl_easy_init());
  if (multi_ == nullptr || easy_ == nullptr) throw std::bad_alloc();
}

CURLcode Exchange::perform(const Until& until) {
  const Joined joined(multi_.get(), easy_.get());
  for (int running = 1; running > 0;) {
    until.check();
    if (curl_multi_perform(multi_.get(), &running) != CURLM_OK ||
        (running > 0 && curl_multi_poll(multi_.get(), nullptr, 0, kSliceMs, nullptr) != CURLM_OK))
      return CURLE_RECV_ERROR;
  }
  int rest = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &rest))
    if (message->msg == CURLMSG_DONE) return message->data.result;
  return CURLE_RECV_ERROR;
}

Answer Exchange::post(const Request& request, const Keys& keys, const Until& until) {
  until.check();
  CURL* easy = easy_.get();
  curl_easy_reset(easy);  // options only: connections stay
  char why[CURL_ERROR_SIZE] = "";
  Incoming in{{}, limits_.bytes};
  Headers headers;
  headers.add(request.target.empty()
                  ? "Content-Type: application/x-www-form-urlencoded; charset=utf-8"
                  : "Content-Type: application/x-amz-json-1.1");
  if (!request.target.empty()) headers.add("X-Amz-Target: " + request.target);
  if (!keys.session_token.empty()) headers.add("X-Amz-Security-Token: " + keys.session_token);
  const auto& at = request.endpoint;
  const auto provider = "aws:amz:" + at.region + ":" + at.service;
  const auto limit_ms = std::max<std::int64_t>(1, limits_.time.count() / 1'000'000);
  const auto set = [&](CURLoption option, auto value) {
    if (curl_easy_setopt(easy, option, value) != CURLE_OK)
      throw Error(NOVA_INTERNAL, "libcurl lacks an option that is needed");
  };
  set(CURLOPT_URL, at.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_AWS_SIGV4, provider.c_str());
  set(CURLOPT_USERNAME, keys.access_key.c_str());
  set(CURLOPT_PASSWORD, keys.secret_key.c_str());
  set(CURLOPT_HTTPHEADER, headers.list);
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  set(CURLOPT_POSTFIELDS, request.body.c_str());
  set(CURLOPT_ACCEPT_ENCODING,
      "");  // all that this libcurl can undo; the limit is on what it makes
  set(CURLOPT_USERAGENT, "novascale");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // never wait for a resolver when ending
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(limit_ms));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min<std::int64_t>(limit_ms, 5000)));
  set(CURLOPT_ERRORBUFFER, why);
  set(CURLOPT_WRITEFUNCTION, &take_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&in));
  set(CURLOPT_HEADERFUNCTION, &take_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&in));
  const CURLcode code = perform(until);
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  in.answer.status = static_cast<int>(status);
  if (in.too_large)
    throw Error(NOVA_RESOURCE_EXHAUSTED,
                "the answer passes " + std::to_string(limits_.bytes) + " bytes");
  if (code != CURLE_OK)
    throw Error(NOVA_UNAVAILABLE,
                without_secrets(*why != '\0' ? why : curl_easy_strerror(code), keys))
        .retryable();
  return std::move(in.answer);
}

}  // namespace nova::aws
