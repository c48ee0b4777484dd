// Goal: what our client sends is signed as AWS wants it, what comes back is understood or refused
// with a sentence, and no secret is ever shown. Method: AWS's published signatures for an own
// signer, which then checks requests that were really sent to a loopback fake with faults.
#include "plugins/aws/client.hpp"
#include "plugins/aws/endpoint.hpp"
#include "plugins/aws/failure.hpp"

#include <signal.h>

#include <atomic>
#include <thread>

#include "tests/plugins/aws/fake_aws.hpp"
#include "tests/plugins/aws/sigv4.hpp"

namespace {

using namespace nova_test;
using namespace std::chrono_literals;
using nova::aws::Client, nova::aws::Keys;

const std::string kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";  // AWS's own example
const Keys kKeys{"AKIDEXAMPLE", kSecret, "SESSION/token+of=many==characters"};

struct Clock {  // a call that ends after `time`, or when `cancel` is set
  explicit Clock(std::chrono::nanoseconds time = 10s) : until{call, nova::Call::monotonic_ns()} {
    raw.struct_size = sizeof raw;
    raw.cancel = &cancel;
    until.end_ns += time.count();
  }
  std::int32_t cancel = 0;
  nova_call raw{};
  nova::Call call{raw};
  nova::aws::Until until;
};

nova::aws::Request spot_request(const FakeAws& aws) {
  return {nova::aws::endpoint_of("ec2", "us-east-1", aws.url),
          nova::aws::query_form("DescribeSpotPriceHistory", "2016-11-15",
                                {{"ProductDescription.1", "Linux/UNIX"}, {"MaxResults", "1000"}}),
          ""};
}

// The error of a call that must fail.
nova::Error failing(Client& client, const nova::aws::Request& request, Clock& clock,
                    const Keys& keys = kKeys) {
  try {
    client.post(request, keys, clock.until);
  } catch (const nova::Error& error) {
    return error;
  }
  ADD_FAILURE() << "it did not fail";
  return {NOVA_OK, ""};
}

Client quick(int attempts = 5) { return Client({attempts, 1ms, 5ms, 7}, {2s, 100'000}); }

TEST(AwsSignature, TheTwinMakesThePublishedSignatures) {
  const std::string kTime = "20150830T123600Z";
  EXPECT_EQ(signature(kSecret, "us-east-1", "service", "GET", "/", "",
                      {{"host", "example.amazonaws.com"}, {"x-amz-date", kTime}}, ""),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  EXPECT_EQ(signature(kSecret, "us-east-1", "service", "POST", "/", "",
                      {{"content-type", "application/x-www-form-urlencoded"},
                       {"host", "example.amazonaws.com"},
                       {"x-amz-date", kTime}},
                      "Param1=value1"),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
  EXPECT_EQ(
      signature(kSecret, "us-east-1", "iam", "GET", "/", "Action=ListUsers&Version=2010-05-08",
                {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"},
                 {"host", "iam.amazonaws.com"},
                 {"x-amz-date", kTime}},
                ""),
      "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

TEST(AwsSignature, OfRequestsReallySentIsTheTwins) {
  FakeAws aws;
  auto client = quick();
  Clock clock;
  client.post(spot_request(aws), kKeys, clock.until);
  client.post({nova::aws::endpoint_of("pricing", "eu-central-1", aws.url),
               R"({"ServiceCode":"AmazonEC2"})", "AWSPriceListService.GetProducts"},
              {kKeys.access_key, kKeys.secret_key, ""}, clock.until);
  const auto asked = aws.asked();
  ASSERT_EQ(asked.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    std::map<std::string, std::string> sent, covered;
    for (auto [name, value] : asked[i].headers) {
      for (auto& c : name) c = static_cast<char>(std::tolower(c));
      sent[name] = value;
    }
    const auto& authorization = sent.at("authorization");
    const auto names = authorization.substr(authorization.find("SignedHeaders=") + 14);
    std::istringstream list(names.substr(0, names.find(',')));
    for (std::string name; std::getline(list, name, ';');) covered[name] = sent.at(name);
    EXPECT_EQ(covered.count("host"), 1u);
    EXPECT_EQ(covered.count("x-amz-security-token"), i == 0 ? 1u : 0u) << "the token is covered";
    EXPECT_EQ(sent.count("x-amz-security-token"), i == 0 ? 1u : 0u)
        << "and sent only if there is one";
    EXPECT_EQ(covered.count("x-amz-target"), i);
    EXPECT_EQ(authorization.substr(authorization.find("Signature=") + 10),
              signature(kSecret, i == 0 ? "us-east-1" : "eu-central-1", i == 0 ? "ec2" : "pricing",
                        "POST", "/", "", covered, asked[i].body));
    EXPECT_EQ(asked[i].path, "/");
  }
  EXPECT_EQ(asked[0].body,
            "Action=DescribeSpotPriceHistory&Version=2016-11-15&ProductDescription.1=Linux%2FUNIX"
            "&MaxResults=1000");
}

TEST(AwsClient, RepeatsWhatIsWorthIt) {
  FakeAws aws;
  Clock clock;
  const std::tuple<const char*, std::size_t, nova_status> cases[] = {
      {R"({"fault": "throttle", "times": 2})", 3, NOVA_OK},
      {R"({"fault": "500", "times": 1})", 2, NOVA_OK},
      {R"({"fault": "half", "times": 1})", 2, NOVA_OK},
      {R"({"fault": "throttle", "times": 9})", 5, NOVA_THROTTLED},
      {R"({"fault": "500", "times": 9})", 5, NOVA_UNAVAILABLE},
      {R"({"fault": "half", "times": 9})", 5, NOVA_UNAVAILABLE},
      {R"({"fault": "refused", "times": 9})", 1, NOVA_UNAUTHENTICATED},
      {R"({"fault": "refused", "times": 8, "code": "UnauthorizedOperation"})", 1,
       NOVA_PERMISSION_DENIED},
      {R"({"fault": "huge", "times": 1, "bytes": 100001})", 1, NOVA_RESOURCE_EXHAUSTED},
      {R"({"fault": "huge", "times": 1, "bytes": 100000})", 1, NOVA_OK}};
  std::size_t before = 0;
  for (const auto& [fault, requests, status] : cases) {
    aws.fault(fault);
    auto client = quick();
    if (status == NOVA_OK)
      EXPECT_NE(client.post(spot_request(aws), kKeys, clock.until), "") << fault;
    else
      EXPECT_EQ(failing(client, spot_request(aws), clock).status(), status) << fault;
    EXPECT_EQ(aws.asked().size() - before, requests) << fault;
    before = aws.asked().size();
  }
}

TEST(AwsClient, AServiceThatIsNotThereIsUnavailable) {
  auto client = quick(2);
  Clock clock;
  const auto error = failing(
      client, {nova::aws::endpoint_of("ec2", "us-east-1", "http://127.0.0.1:1"), "", ""}, clock);
  EXPECT_EQ(error.status(), NOVA_UNAVAILABLE);
  EXPECT_NE(std::string(error.what()).find("127.0.0.1"), std::string::npos) << error.what();
}

// Not timed: who waits for the slow answer gets it, and does not fail.
TEST(AwsClient, HonoursDeadlineCancelAndTimeout) {
  FakeAws aws;
  aws.fault(R"({"fault": "slow", "seconds": 20, "times": 9})");
  auto client = quick(1);
  Clock soon(150ms), long_enough(60s), again(60s);
  EXPECT_EQ(failing(client, spot_request(aws), soon).status(), NOVA_DEADLINE_EXCEEDED);
  std::thread other([&] {
    std::this_thread::sleep_for(100ms);
    __atomic_store_n(&long_enough.cancel, 1, __ATOMIC_RELAXED);
  });
  EXPECT_EQ(failing(client, spot_request(aws), long_enough).status(), NOVA_CANCELLED);
  other.join();
  Client brief({1, 1ms, 1ms, 1}, {200ms, 1000});
  EXPECT_EQ(failing(brief, spot_request(aws), again).status(), NOVA_UNAVAILABLE);
  // A pause beyond the deadline is not begun.
  aws.fault(R"({"fault": "throttle", "after": 60, "times": 9})");
  Clock clock(5s);
  const auto before = aws.asked().size();
  const auto error = failing(client, spot_request(aws), clock);
  EXPECT_EQ(error.status(), NOVA_THROTTLED);
  EXPECT_EQ(error.retry_after_ms(), 60'000u);
  EXPECT_EQ(aws.asked().size(), before + 1);
}

TEST(AwsClient, FollowsNoRedirect) {
  FakeAws aws;
  aws.fault(R"({"fault": "redirect", "to": ")" + aws.url + R"(/elsewhere"})");
  auto client = quick();
  Clock clock;
  EXPECT_EQ(failing(client, spot_request(aws), clock).status(), NOVA_INVALID_ARGUMENT);
  EXPECT_EQ(aws.asked().size(), 1u);
}

TEST(AwsClient, TellsAWrongClockAndNoSecret) {
  FakeAws aws;
  Clock clock;
  for (const auto& [shift, words] :
       {std::pair(1200, "; this machine's clock is 20 min behind the service's"),
        std::pair(-7200, "; this machine's clock is 120 min ahead of the service's"),
        std::pair(60, "")}) {
    aws.fault(R"({"fault": "refused", "times": 9, "shift": )" + std::to_string(shift) + "}");
    auto client = quick();
    const std::string text = failing(client, spot_request(aws), clock).what();
    EXPECT_NE(text.find("HTTP 403, SignatureDoesNotMatch: The signature does not match."),
              text.npos)
        << text;
    EXPECT_EQ(text.find("clock") != text.npos, *words != '\0') << text;
    EXPECT_TRUE(text.ends_with(words)) << text;
    for (const auto* secret : {&kKeys.secret_key, &kKeys.session_token, &kKeys.access_key})
      EXPECT_EQ(text.find(*secret), text.npos) << text;
  }
  EXPECT_EQ(nova::aws::without_secrets("key AKIDEXAMPLE and " + kSecret + "\nmore\n", kKeys),
            "key *** and ***");
  EXPECT_EQ(nova::aws::without_secrets("a\x01\xff"
                                       "b",
                                       kKeys),
            "a??b");
}

TEST(AwsClient, UnderstandsEachFormOfError) {
  const std::tuple<const char*, int, const char*, nova_status> cases[] = {
      {"<Response><Errors><Error><Code>InsufficientInstanceCapacity</Code><Message>m</Message></"
       "Error></Errors></Response>",
       500, "InsufficientInstanceCapacity", NOVA_CAPACITY},
      {"<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>m</Message></"
       "Error></ErrorResponse>",
       400, "Throttling", NOVA_THROTTLED},
      {R"({"__type":"com.amazon.coral#UnrecognizedClientException","message":"m"})", 400,
       "UnrecognizedClientException", NOVA_UNAUTHENTICATED},
      {R"({"__type":"AccessDeniedException","Message":"m"})", 400, "AccessDeniedException",
       NOVA_PERMISSION_DENIED},
      {R"({"__type":"ExpiredTokenException","Message":"m"})", 400, "ExpiredTokenException",
       NOVA_UNAUTHENTICATED},
      {"<Response><Errors><Error><Code>VcpuLimitExceeded</Code><Message>m</Message></Error></"
       "Errors></Response>",
       400, "VcpuLimitExceeded", NOVA_QUOTA},
      {"<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>m</Message></Error></"
       "Errors></Response>",
       503, "RequestLimitExceeded", NOVA_THROTTLED},
      {"<Response><Errors><Error><Code>InvalidParameterValue</Code><Message>m</Message></Error></"
       "Errors></Response>",
       400, "InvalidParameterValue", NOVA_INVALID_ARGUMENT},
      {"not a word of XML", 502, "", NOVA_UNAVAILABLE},
      {"", 429, "", NOVA_THROTTLED},
      {"{\"message\": 3", 403, "", NOVA_PERMISSION_DENIED}};
  for (const auto& [body, http, code, status] : cases) {
    EXPECT_EQ(nova::aws::said(body).code, code) << body;
    nova::aws::Answer answer;
    answer.status = http, answer.body = body;
    EXPECT_EQ(nova::aws::failure(answer, kKeys, 0).status(), status) << body;
  }
}

TEST(AwsEndpoint, IsAwssOwnUnlessToldOtherwise) {
  for (const auto* name : {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_EC2", "AWS_ENDPOINT_URL_PRICING"})
    unsetenv(name);
  using nova::aws::endpoint_of;
  EXPECT_EQ(endpoint_of("ec2", "eu-west-1", "").url, "https://ec2.eu-west-1.amazonaws.com/");
  EXPECT_EQ(endpoint_of("ec2", "cn-north-1", "").url, "https://ec2.cn-north-1.amazonaws.com.cn/");
  EXPECT_EQ(endpoint_of("pricing", "us-east-1", "").url,
            "https://api.pricing.us-east-1.amazonaws.com/");
  EXPECT_TRUE(endpoint_of("autoscaling", "us-east-1", "").official);
  setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1", 1);
  EXPECT_EQ(endpoint_of("ec2", "us-east-1", "").url, "http://127.0.0.1:1/");
  setenv("AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:2/", 1);
  EXPECT_EQ(endpoint_of("ec2", "us-east-1", "").url, "http://127.0.0.1:2/");
  EXPECT_EQ(endpoint_of("pricing", "us-east-1", "").url, "http://127.0.0.1:1/");
  EXPECT_EQ(endpoint_of("ec2", "us-east-1", "http://127.0.0.1:3").url, "http://127.0.0.1:3/");
  EXPECT_EQ(endpoint_of("ec2", "us-east-1", "http://127.0.0.1:3").region, "us-east-1");
  EXPECT_FALSE(endpoint_of("ec2", "us-east-1", "http://127.0.0.1:3").official);
  for (const auto* bad :
       {"127.0.0.1:80", "ftp://host", "http://", "http://user:word@host", "http:///x"})
    EXPECT_THROW(endpoint_of("ec2", "us-east-1", bad), nova::Error) << bad;
  EXPECT_EQ(nova::aws::pricing_region("ap-southeast-2"), "ap-south-1");
  EXPECT_EQ(nova::aws::pricing_region("cn-north-1"), "cn-northwest-1");
  EXPECT_EQ(nova::aws::pricing_region("sa-east-1"), "us-east-1");
}

}  // namespace
