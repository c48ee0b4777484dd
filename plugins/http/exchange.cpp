#include "exchange.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>

namespace nova::http {
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

CURLcode perform(CURLM* multi, CURL* easy, const Until& until) {
  const Joined joined(multi, easy);
  for (int running = 1; running > 0;) {
    until.check();
    if (curl_multi_perform(multi, &running) != CURLM_OK ||
        (running > 0 && curl_multi_poll(multi, nullptr, 0, kSliceMs, nullptr) != CURLM_OK))
      return CURLE_RECV_ERROR;
  }
  int rest = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &rest))
    if (message->msg == CURLMSG_DONE) return message->data.result;
  return CURLE_RECV_ERROR;
}

}  // namespace

struct Exchange::Handles {
  CURLM* multi = curl_multi_init();
  CURL* easy = curl_easy_init();
  Handles() = default;
  Handles(const Handles&) = delete;
  ~Handles() {
    if (easy != nullptr) curl_easy_cleanup(easy);
    if (multi != nullptr) curl_multi_cleanup(multi);
  }
};

void Until::check() const {
  call.check();
  if (left_ns() <= 0)
    throw Error(NOVA_DEADLINE_EXCEEDED, "no time is left in this call; raise call_timeout");
}

std::int64_t Until::left_ns() const {
  const nova_call& raw = call;
  const auto deadline = detail::field(raw, &nova_call::deadline_ns);
  return std::min(end_ns, deadline == 0 ? INT64_MAX : deadline) - Call::monotonic_ns();
}

Exchange::Exchange(Limits limits) : limits_(limits) {
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);  // never undone
  if (kStarted != CURLE_OK) throw Error(NOVA_INTERNAL, "libcurl does not start");
  handles_ = std::make_unique<Handles>();
  if (handles_->multi == nullptr || handles_->easy == nullptr) throw std::bad_alloc();
}
Exchange::~Exchange() = default;

Answer Exchange::send(const Request& request, const Until& until) {
  until.check();
  CURL* easy = handles_->easy;
  curl_easy_reset(easy);  // options only: connections stay
  char why[CURL_ERROR_SIZE] = "";
  Incoming in{{}, limits_.bytes};
  Headers headers;
  const auto& who = request.who;
  for (const auto& line : request.headers) headers.add(line);
  if (!who.bearer.empty()) headers.add("Authorization: Bearer " + who.bearer);
  const auto limit_ms = std::max<std::int64_t>(1, limits_.time.count() / 1'000'000);
  const auto set = [&](CURLoption option, auto value) {
    if (curl_easy_setopt(easy, option, value) != CURLE_OK)
      throw Error(NOVA_INTERNAL, "libcurl lacks an option that is needed");
  };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTPHEADER, headers.list);
  if (!request.ca_file.empty()) set(CURLOPT_CAINFO, request.ca_file.c_str());
  if (!who.username.empty()) {
    if (!who.signature.empty())
      set(CURLOPT_AWS_SIGV4, who.signature.c_str());
    else
      set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, who.username.c_str());
    set(CURLOPT_PASSWORD, who.password.c_str());
  }
  if (request.body) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body->size()));
    set(CURLOPT_POSTFIELDS, request.body->c_str());
  }
  if (!request.method.empty()) set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (request.once) set(CURLOPT_FRESH_CONNECT, 1L);
  set(CURLOPT_ACCEPT_ENCODING, "");  // all that this libcurl can undo
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
  const CURLcode code = perform(handles_->multi, easy, until);
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  in.answer.status = static_cast<int>(status);
  if (in.too_large)
    throw Error(NOVA_RESOURCE_EXHAUSTED, "the answer passes " + std::to_string(limits_.bytes) +
                                             " bytes; ask for less, or raise max_response_bytes");
  if (code != CURLE_OK)
    throw Error(NOVA_UNAVAILABLE, *why != '\0' ? why : curl_easy_strerror(code)).retryable();
  return std::move(in.answer);
}

std::string encoded(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
        c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

std::string form_of(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string body;
  for (const auto& [name, value] : fields)
    body += (body.empty() ? "" : "&") + encoded(name) + "=" + encoded(value);
  return body;
}

}  // namespace nova::http
