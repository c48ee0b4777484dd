// A controller over a backend that takes absolute requests and forgets them: what every such plugin
// would write again. The ledger keeps tokens, generations and operations; the plugin derives, tells
// how groups stand and passes on what is to be sent.
//
// bind, list_groups, list_machines, can_scale, scale and poll are the component's own, by the names
// the SDK looks for. Whoever can act on single machines adds
//   void act(const Call& call, MachineAction& io) { act_on(call, io); }
// The component's schema needs "operation_timeout". [serial]
#pragma once

#include <chrono>
#include <novascale/context.hpp>
#include <set>

#include "ledger.hpp"

namespace nova::fleet {

#define NOVA_OPERATION_TIMEOUT \
  R"("operation_timeout": { "type": "string", "x-unit": "duration", "default": "15m", "title": "An operation that is not done by then has failed" })"

enum class Look {
  judge,     // before a request is sent, or only might be: nothing may change by it
  list,      // for the host: what earlier requests began may be brought to its end
  machines,  // the same, with all that is known of each machine
  follow,    // as list, for groups with open operations: their trouble is wanted, too
};

class Controller {
 public:
  void bind(const Call& call, Binding& io);
  void forget(const Call& call, Keys keys);
  void list_groups(const Call& call, Strings ids, Groups& out);
  void list_machines(const Call& call, Strings ids, Machines& out);
  void can_scale(const Call& call, Scale& io);
  void scale(const Call& call, Scale& io);
  void poll(const Call& call, Operations& io);

 protected:
  // Throws nova::Error NOVA_INVALID_ARGUMENT with the pointer of a key.
  explicit Controller(Context context);
  virtual ~Controller() = default;

  // A group is bound, or bound anew with other settings. Throws: it is not.
  virtual void adopt(const std::string& group, const Config& settings) = 0;
  virtual void drop(const std::string& group) = 0;
  // How groups stand that are bound, one entry for each, in order. A throw fails the call.
  virtual std::vector<Seen> look(const Call& call, const std::vector<std::string>& groups,
                                 Look why) = 0;
  // Sends rows that the ledger passed, one verdict for each, in order. A throw fails the call, and
  // nobody knows what came of it.
  virtual std::vector<Verdict> send(const Call& call, const std::vector<Row>& rows) = 0;

  // NOVA_ACT_REMOVE and NOVA_ACT_REPLACE, as rows with a machine.
  void act_on(const Call& call, MachineAction& io);

  const Context& context() const { return context_; }
  const Ledger& ledger() const { return ledger_; }
  // Looks at those of the groups that are bound.
  void look_at(const Call& call, const std::vector<std::string>& groups, Look why);
  // A duration of the config of at least 1 ms.
  static std::chrono::nanoseconds positive(const Context& context, const char* key);

 private:
  std::vector<std::string> named(const Strings& ids) const;
  std::vector<Verdict> judged(const Call& call, std::vector<Row>& rows);
  std::vector<Verdict> carried_out(const Call& call, std::vector<Row>& rows);
  void release(std::uint64_t key, const std::string& stays);

  Context context_;
  Ledger ledger_;
  std::map<std::uint64_t, std::string> bound_;
  std::set<std::string> groups_;
};

}  // namespace nova::fleet
