// controllers/aws_asg: Auto Scaling groups of AWS. See README.md.
#include <novascale.hpp>

#include "answers.hpp"
#include "plugins/aws/client.hpp"
#include "plugins/aws/keys.hpp"
#include "plugins/controllers/ledger/controller.hpp"

namespace nova::aws_asg {
namespace {

using fleet::Look, fleet::Row, fleet::Seen, fleet::Verdict;
using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kNamesPerCall = 50, kIdsPerCall = 100, kMostPages = 1000;
constexpr int kMostTries = 3;  // of what is sent once
constexpr auto kGroupSchema = R"({
  "type": "object", "additionalProperties": false,
  "properties": {
    "auto_scaling_group": { "type": "string", "minLength": 1 },
    "os": { "type": "string", "enum": ["linux", "windows", "rhel", "suse", "ubuntu-pro"], "default": "linux" }
  } })";

class AwsAsg : public fleet::Controller {
 public:
  static constexpr auto id = "org.novacron.controller.aws_asg";
  static constexpr auto name = "Amazon EC2 Auto Scaling";
  static constexpr auto version = "1.0.0";
  static constexpr auto description =
      "Auto Scaling groups of AWS: their desired capacity, their machines";
  static constexpr std::uint32_t flags = 0;
  static constexpr auto schema =
      R"({ "type": "object", "additionalProperties": false, "required": ["region", "access_key", "secret_key"], "properties": {
      "region": { "type": "string", "pattern": "^[a-z]+(-[a-z]+)+-[0-9]+$", "title": "Such as us-east-1" },
      "endpoint": { "type": "string", "minLength": 1, "title": "URL that answers instead of AWS; absent: AWS_ENDPOINT_URL_AUTO_SCALING, AWS_ENDPOINT_URL_EC2, AWS_ENDPOINT_URL, else AWS" },
      "request_timeout": { "type": "string", "x-unit": "duration", "default": "15s", "title": "Most time of one request" },
      )" NOVA_AWS_KEYS "," NOVA_OPERATION_TIMEOUT "} }";

  explicit AwsAsg(Context context)
      : Controller(context),
        region_(context.text("region")),
        groups_at_(at(context, "autoscaling")),
        ec2_at_(at(context, "ec2")),
        retry_(retry()),
        client_(retry_, {positive(context, "request_timeout"), 32 << 20}) {}

  void act(const Call& call, MachineAction& io) { act_on(call, io); }

 private:
  struct Group {
    std::string asg, os;
  };

  static aws::Endpoint at(const Context& context, const char* service) {
    return aws::endpoint_of(service, context.text("region"),
                            context.has("endpoint") ? context.text("endpoint") : "");
  }
  static http::Retry retry() {
    http::Retry retry;
    retry.seed = static_cast<std::uint64_t>(Call::monotonic_ns());
    return retry;
  }

  void adopt(const std::string& group, const Config& given) override {
    const Config settings(given.json().dump(-1, ' ', false, Json::error_handler_t::replace),
                          kGroupSchema);
    Group it{settings.has("auto_scaling_group") ? settings.text("auto_scaling_group") : group,
             settings.text("os")};
    for (const auto& [other, theirs] : groups_)
      if (other != group && theirs.asg == it.asg)
        throw Error(NOVA_INVALID_ARGUMENT,
                    "/auto_scaling_group: " + it.asg + " is scaled as group " + other + " already");
    groups_[group] = std::move(it);
  }
  void drop(const std::string& group) override { groups_.erase(group); }

  std::vector<Seen> look(const Call& call, const std::vector<std::string>& groups,
                         Look why) override {
    const auto known = described(groups, call);
    std::vector<Seen> out;
    for (const auto& asked : groups) {
      const auto& name_there = groups_.at(asked).asg;
      const auto found = known.find(name_there);
      Seen seen;
      if (found == known.end()) {
        seen.id = asked, seen.status = NOVA_NOT_FOUND;
        seen.why = "there is no Auto Scaling group " + name_there + " in " + region_ +
                   ": look at auto_scaling_group and region";
      } else {
        seen = seen_of(found->second, asked);
        if (why == Look::machines) tell_offers(seen, call);
        if (why == Look::follow && seen.status == NOVA_OK) {
          const auto page = read_activities(
              ask(groups_at_, "DescribeScalingActivities",
                  {{"AutoScalingGroupName", name_there}, {"MaxRecords", "100"}}, call));
          seen.trouble = trouble_in(page.rows);
        }
      }
      out.push_back(std::move(seen));
    }
    return out;
  }

  std::vector<Verdict> send(const Call& call, const std::vector<Row>& rows) override {
    std::vector<Verdict> out;
    for (const auto& row : rows) try {
        if (!row.machine.empty())
          terminate(row, call);
        else
          ask(groups_at_, "SetDesiredCapacity",
              {{"AutoScalingGroupName", groups_.at(row.group).asg},
               {"DesiredCapacity", std::to_string(row.desired)},
               {"HonorCooldown", "false"}},
              call);
        out.push_back({});
      } catch (const Error& error) {
        if (error.status() == NOVA_CANCELLED || error.status() == NOVA_DEADLINE_EXCEEDED) throw;
        out.push_back({error.status(), 0, error.what()});
      }
    return out;
  }

  // Sent again, it might take a second machine away: so after an answer that was lost it is looked
  // at the machine first.
  void terminate(const Row& row, const Call& call) {
    for (int tried = 1;; ++tried) {
      try {
        ask(groups_at_, "TerminateInstanceInAutoScalingGroup",
            {{"InstanceId", row.machine},
             {"ShouldDecrementDesiredCapacity", row.replace ? "false" : "true"}},
            call, true);
        return;
      } catch (const Error& error) {
        if (!aws::worth_repeating(error.status()) || tried >= kMostTries) throw;
        http::wait(
            std::max<std::chrono::nanoseconds>(jitter_.pause(retry_, tried - 1),
                                               std::chrono::milliseconds(error.retry_after_ms())),
            http::Until{call});
        if (leaves(row, call)) return;
      }
    }
  }
  bool leaves(const Row& row, const Call& call) {
    const auto known = described({row.group}, call);
    for (const auto& [asg, group] : known)
      for (const auto& instance : group.instances)
        if (instance.id == row.machine)
          return state_of(instance) == NOVA_MACHINE_STOPPING ||
                 state_of(instance) == NOVA_MACHINE_GONE;
    return !known.empty();
  }

  // By their names there.
  std::map<std::string, AsgGroup> described(const std::vector<std::string>& groups,
                                            const Call& call) {
    std::map<std::string, AsgGroup> out;
    for (std::size_t first = 0; first < groups.size(); first += kNamesPerCall) {
      Fields fields = {{"MaxRecords", "100"}};
      for (std::size_t i = first; i < std::min(groups.size(), first + kNamesPerCall); ++i)
        fields.emplace_back("AutoScalingGroupNames.member." + std::to_string(i - first + 1),
                            groups_.at(groups[i]).asg);
      for (auto& group :
           all_pages(read_groups, groups_at_, "DescribeAutoScalingGroups", fields, call))
        out[group.name] = std::move(group);
    }
    return out;
  }

  template <class Answer>
  std::vector<Answer> all_pages(Page<Answer> (*read)(std::string_view), const aws::Endpoint& at,
                                const char* action, const Fields& fields, const Call& call) {
    std::vector<Answer> rows;
    auto more = fields;
    for (std::size_t n = 0; n < kMostPages; ++n) {
      auto page = read(ask(at, action, more, call));
      std::move(page.rows.begin(), page.rows.end(), std::back_inserter(rows));
      if (page.next.empty()) return rows;
      more = fields;
      more.emplace_back("NextToken", page.next);
    }
    throw Error(NOVA_INTERNAL, std::string(action) + ": the pages of the answer do not end");
  }

  // On demand or spot, which Auto Scaling does not tell but EC2 does; what is bought stays so.
  void tell_offers(Seen& seen, const Call& call) {
    if (!seen.machines) return;
    learn(*seen.machines, call);
    for (auto& machine : *seen.machines) {
      const auto at = bought_.find(machine.machine_id);
      if (at == bought_.end()) continue;
      const auto& it = at->second;
      Offer offer;
      offer.provider = "aws", offer.region = region_, offer.zone = it.spot ? it.zone : "";
      offer.machine_type = it.type, offer.os = groups_.at(seen.id).os;
      offer.purchase = it.spot ? NOVA_SPOT : NOVA_ON_DEMAND;
      machine.offer_id = make_offer_id(offer);
      machine.created_ns = it.launched_ns;
    }
  }
  void learn(const std::vector<Machine>& machines, const Call& call) {
    std::vector<std::string> news;
    for (const auto& machine : machines)
      if (bought_.count(machine.machine_id) == 0) news.push_back(machine.machine_id);
    try {
      for (std::size_t first = 0; first < news.size(); first += kIdsPerCall) {
        Fields fields;
        for (std::size_t i = first; i < std::min(news.size(), first + kIdsPerCall); ++i)
          fields.emplace_back("InstanceId." + std::to_string(i - first + 1), news[i]);
        for (auto& one : all_pages(read_instances, ec2_at_, "DescribeInstances", fields, call))
          bought_[one.id] = std::move(one);
      }
      ec2_trouble_.clear();
    } catch (const Error& error) {  // machines are listed without their offers
      if (error.status() == NOVA_CANCELLED || error.status() == NOVA_DEADLINE_EXCEEDED) throw;
      if (ec2_trouble_ != error.what())
        context().log().warn(std::string("how machines are bought is not known: ") + error.what());
      ec2_trouble_ = error.what();
    }
  }

  std::string ask(const aws::Endpoint& at, const char* action, const Fields& fields,
                  const Call& call, bool once = false) {
    const auto* api = at.service == "ec2" ? "2016-11-15" : "2011-01-01";
    try {
      return client_.post({at, aws::query_form(action, api, fields), "", once},
                          aws::keys_of(context()), http::Until{call});
    } catch (const Error& error) {
      auto told = Error(error.status(), std::string(action) + " in " + region_ +
                                            (at.official ? "" : " at " + at.url) + ": " +
                                            error.what() + advice(error.status(), action));
      told.retry_after_ms(error.retry_after_ms());
      throw told;
    }
  }
  static std::string advice(nova_status status, const char* action) {
    if (status == NOVA_UNAUTHENTICATED) return "; look at access_key, secret_key and session_token";
    if (status == NOVA_PERMISSION_DENIED)
      return std::string("; the key's policy must allow ") +
             (std::string_view(action) == "DescribeInstances" ? "ec2:" : "autoscaling:") + action;
    return "";
  }

  std::string region_;
  aws::Endpoint groups_at_, ec2_at_;
  http::Retry retry_;
  http::Jitter jitter_{static_cast<std::uint64_t>(Call::monotonic_ns())};
  aws::Client client_;
  std::map<std::string, Group> groups_;
  std::map<std::string, Bought> bought_;  // by instance
  std::string ec2_trouble_;
};

}  // namespace
}  // namespace nova::aws_asg

NOVA_PLUGIN("org.novacron.aws_asg", "NovaCron", "1.0.0",
            nova::controller_component<nova::aws_asg::AwsAsg>)
