#include "host/cli/forecast_run.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>

namespace nova::cli {
namespace {

constexpr std::size_t kLargestChunk = 256;  // series a call: keeps matrices in cache, cancel prompt
constexpr std::size_t kChunkNumbers = 4'000'000;  // of held-out answers: 32 MB

using Indices = std::vector<std::size_t>;

// Series that may share a matrix: one grid, one end, one plan, lengths that do not differ much.
// Independent of the number of threads.
std::vector<Indices> make_chunks(const std::vector<InputSeries>& series, std::size_t models,
                                 const ForecastTask& task) {
  std::map<std::tuple<std::int64_t, std::int64_t, HeldOutPlan>, Indices> by_grid;
  for (std::size_t s = 0; s < series.size(); ++s) {
    if (!series[s].refusal.empty()) continue;
    const auto& grid = series[s].grid;
    const auto points = series[s].values.size();
    by_grid[{grid.step_duration().count(), unix_ns(grid.end(points)), plan_of(points, task)}]
        .push_back(s);
  }
  const auto each = models * numbers_per_model(task);
  const auto most =
      std::max<std::size_t>(1, std::min({series.size() / 16, kLargestChunk,
                                         kChunkNumbers / std::max<std::size_t>(1, each)}));
  std::vector<Indices> chunks;
  for (auto& [grid, members] : by_grid) {
    std::stable_sort(members.begin(), members.end(), [&](std::size_t a, std::size_t b) {
      return series[a].values.size() < series[b].values.size();
    });
    std::size_t shortest = 0;
    for (const auto s : members) {
      const auto points = series[s].values.size();
      if (chunks.empty() || s == members.front() || chunks.back().size() >= most ||
          2 * points > 3 * shortest) {
        chunks.emplace_back();
        shortest = points;
      }
      chunks.back().push_back(s);
    }
  }
  // In the order in which answers are wanted, as far as chunks allow.
  std::stable_sort(chunks.begin(), chunks.end(), [](const Indices& a, const Indices& b) {
    return *std::min_element(a.begin(), a.end()) < *std::min_element(b.begin(), b.end());
  });
  return chunks;
}

// Finished answers, until it is their turn.
struct Finished {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::size_t, SeriesAnswer> waiting;
  std::size_t done = 0;

  void put(const Indices& chunk, std::vector<SeriesAnswer> answers) {
    const std::lock_guard lock(mutex);
    for (std::size_t r = 0; r < chunk.size(); ++r) waiting.emplace(chunk[r], std::move(answers[r]));
    done += chunk.size();
    changed.notify_one();
  }
};

// Hands the answers on in order until there are no more.
void hand_over(Finished& finished, std::size_t count, const AnswerSink& sink) {
  for (std::size_t next = 0; next < count;) {
    std::vector<SeriesAnswer> ready;
    std::size_t done = 0;
    {
      std::unique_lock lock(finished.mutex);
      finished.changed.wait_for(lock, std::chrono::milliseconds(100),
                                [&] { return finished.waiting.count(next) != 0; });
      done = finished.done;
      for (auto it = finished.waiting.find(next);
           it != finished.waiting.end() && it->first == next + ready.size();
           it = finished.waiting.erase(it))
        ready.push_back(std::move(it->second));
    }
    sink.progress(done);
    for (const auto& answer : ready) sink.take(next++, answer);
  }
}

}  // namespace

void forecast_all(const std::vector<InputSeries>& series, std::vector<ModelBench>& benches,
                  const ForecastTask& task, const AnswerSink& sink) {
  const auto chunks = make_chunks(series, benches.front().size(), task);
  Finished finished;
  for (std::size_t s = 0; s < series.size(); ++s) {
    if (series[s].refusal.empty()) continue;
    finished.waiting[s].error = series[s].refusal;
    ++finished.done;
  }
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> running;
  for (std::size_t t = 0; t < std::min(benches.size(), chunks.size()); ++t)
    running.emplace_back([&, mine = &benches[t]] {
      for (std::size_t c; (c = next++) < chunks.size();)
        finished.put(chunks[c], forecast_chunk(series, chunks[c], task, *mine));
    });
  hand_over(finished, series.size(), sink);
  for (auto& thread : running) thread.join();
}

}  // namespace nova::cli
