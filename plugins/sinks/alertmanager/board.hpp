// The board: which alerts stand, and what each Alertmanager has yet to be told.
//
// Input: events of type event.alert in order. Output, for one receiver: the alerts to post now. An
// alert that fires is posted again and again, since an Alertmanager lets go of what it does not
// hear of; a resolved one until each receiver took it. An alert is told apart by its labels, as
// Alertmanager does; one whose severity changes is another alert, and the old one is resolved.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <novascale/events.hpp>
#include <optional>
#include <string>
#include <vector>

namespace nova::alertmanager {

using Labels = std::map<std::string, std::string>;

struct Alert {
  Labels labels, annotations;
  std::int64_t starts_ns = 0;           // since 1970-01-01 UTC
  std::optional<std::int64_t> ends_ns;  // none = it fires
};

// One change of an alert, read from an event.
struct Change {
  Alert alert;
  Labels identity;  // the labels that stay when its severity changes
};

// nullopt for an event that tells of no alert. `more` are labels given to every alert.
std::optional<Change> change_in(std::string_view tenant, std::string_view subject,
                                std::int64_t time_ns, std::string_view json, const Labels& more);

// The body of POST /api/v2/alerts. What fires ends at `expires_ns` unless it is posted again.
std::string body_of(const std::vector<Alert>& alerts, std::int64_t expires_ns);

class Board {  // [any-thread]
 public:
  explicit Board(std::size_t receivers) : told_(receivers, 0) {}

  void take(const Change& change);

  struct Post {
    std::vector<Alert> alerts;
    std::uint64_t version = 0;  // of the board
  };
  // All that fires, and what is resolved and not yet told to this receiver.
  Post for_receiver(std::size_t receiver) const;
  // It took that post.
  void told(std::size_t receiver, const Post& post);
  // Whether this receiver knows the board as it stands.
  bool is_current(std::size_t receiver) const;

 private:
  struct Entry {
    Alert alert;
    std::uint64_t version = 0;  // of its last change
  };

  mutable std::mutex mutex_;
  std::uint64_t version_ = 0;
  std::vector<std::uint64_t> told_;    // version by receiver
  std::map<Labels, Entry> entries_;    // by all labels
  std::map<Labels, Labels> standing_;  // identity to labels of what fires
};

}  // namespace nova::alertmanager
