#include "host/cli/view.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ostream>
#include <sstream>

#include "core/decide/text.hpp"

namespace nova::cli {
namespace {

constexpr std::size_t kColumns = 72;
constexpr Duration kBucket = std::chrono::minutes(20);  // kColumns of them are a day
constexpr Duration kLineEvery = std::chrono::hours(6);
constexpr auto kFrameEvery = std::chrono::milliseconds(80);

// A row of eight-level bars, scaled to `top`.
std::string bars(const std::deque<double>& values, double top) {
  static constexpr std::array<const char*, 9> kBars{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string row;
  for (const double x : values) {
    const double level = std::isnan(x) || top <= 0 ? 0 : std::ceil(8 * x / top);
    row += kBars[static_cast<std::size_t>(std::clamp(level, 0.0, 8.0))];
  }
  return row;
}

// The first `columns` characters; UTF-8 continuation bytes take no column.
std::string fit(const std::string& text, std::size_t columns) {
  std::size_t shown = 0, bytes = 0;
  for (; bytes < text.size(); ++bytes) {
    const bool starts = (static_cast<unsigned char>(text[bytes]) & 0xc0) != 0x80;
    if (starts && shown++ == columns) break;
  }
  return text.substr(0, bytes);
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string violations(const GroupReport& g) {
  const double share =
      g.steps ? 100.0 * static_cast<double>(g.violations) / static_cast<double>(g.steps) : 0;
  return short_number(share, 3) + " %";
}

double capacity_of(const GroupReport& g) {
  return g.decision->serving * g.group->signal(0).per_machine;
}

}  // namespace

void View::show(const TickReport& report) {
  if (report.groups.empty()) return;
  if (!start_) start_ = report.now;
  remember(report);
  if (!terminal_) return print_line(report);
  frame_ = frame(report);
  const auto now = std::chrono::steady_clock::now();
  if (now - last_drawn_ < kFrameEvery) return;  // a later one, or close(), draws it
  last_drawn_ = now;
  close();
}

void View::close() {
  if (frame_.empty()) return;
  if (drawn_lines_ > 0) out_ << "\x1b[" << drawn_lines_ << "A";
  drawn_lines_ = static_cast<int>(std::count(frame_.begin(), frame_.end(), '\n'));
  out_ << frame_ << std::flush;
  frame_.clear();
}

void View::remember(const TickReport& report) {
  const auto& g = report.groups.front();
  if (!bucket_ || report.now - *bucket_ >= kBucket) {
    bucket_ = report.now;
    past_.push_back({g.load, capacity_of(g)});
    if (past_.size() > kColumns) past_.pop_front();
  }
  for (const auto& group : report.groups)
    if (group.decision->action != Action::hold)
      last_action_ = to_iso8601(report.now).substr(5, 11) + " " + group.group->spec().name() +
                     ": " + to_string(group.decision->action) + " " +
                     std::to_string(group.decision->current) + " -> " +
                     std::to_string(group.decision->desired) + ", " + group.decision->reason;
}

void View::print_line(const TickReport& report) {
  if (next_line_ && report.now < *next_line_) return;
  next_line_ = floor_to(report.now, kLineEvery) + kLineEvery;
  for (const auto& g : report.groups)
    out_ << to_iso8601(report.now) << "  " << g.group->spec().name() << "  load "
         << padded(short_number(g.load), 6) << " forecast "
         << padded(g.forecast ? short_number(*g.forecast) : "-", 6) << " serving "
         << padded(std::to_string(g.decision->serving), 4) << " booting "
         << padded(std::to_string(g.booting), 3) << " usd/h "
         << padded(short_number(g.price.dollars()), 7) << " cost " << padded(to_string(g.cost), 9)
         << " violations " << violations(g) << "\n";
  out_ << std::flush;
}

std::string View::frame(const TickReport& report) const {
  std::ostringstream frame;
  const auto line = [&](const std::string& text) { frame << fit(text, columns_) << "\x1b[K\n"; };
  std::string head = "novascale  " + to_iso8601(report.now);
  if (report.end && *report.end > *start_) {
    const double done = seconds(report.now - *start_) / seconds(*report.end - *start_);
    const auto filled = static_cast<std::size_t>(std::clamp(done, 0.0, 1.0) * 30);
    head += "  [" + std::string(filled, '#') + std::string(30 - filled, '.') + "] " +
            std::to_string(static_cast<int>(done * 100)) + " %";
  }
  line(head);
  std::deque<double> load, capacity;
  double top = 0;
  for (const auto& p : past_) {
    load.push_back(p.load);
    capacity.push_back(p.capacity);
    top = std::max({top, std::isnan(p.load) ? 0 : p.load, p.capacity});
  }
  line("  load     " + bars(load, top));
  line("  capacity " + bars(capacity, top) + "  last 24 h, top " + short_number(top));
  constexpr std::size_t kMostGroups = 8;
  for (std::size_t i = 0; i < std::min(report.groups.size(), kMostGroups); ++i) {
    const auto& g = report.groups[i];
    line("  " + padded(g.group->spec().name(), 20) + " load " + padded(short_number(g.load), 6) +
         " forecast " + padded(g.forecast ? short_number(*g.forecast) : "learning", 8) +
         " machines " + padded(std::to_string(g.decision->serving), 4) +
         (g.booting ? "+" + padded(std::to_string(g.booting), 4) : "     ") + " cost " +
         padded(to_string(g.cost) + " USD", 12) + " violations " + violations(g));
  }
  if (report.groups.size() > kMostGroups)
    line("  ... and " + std::to_string(report.groups.size() - kMostGroups) + " more groups");
  line("  " + last_action_);
  return frame.str();
}

}  // namespace nova::cli
