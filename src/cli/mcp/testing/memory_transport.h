// MemoryTransport: an MCP client's side in a test.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/mcp/transport.h"

namespace kernelevolve::cli::mcp {

// Thread-safe.
class MemoryTransport : public Transport {
 public:
  // What the client says, and that it says no more.
  void Say(const std::string& line) {
    const std::lock_guard lock(mutex_);
    input_.push_back({line});
    changed_.notify_all();
  }
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  // The next answer; null where none comes.
  Json Hear(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [&] { return !output_.empty(); }))
      return nullptr;
    const std::string line = output_.front();
    output_.pop_front();
    return ParseJson(line).value_or(Json("not JSON: " + line));
  }
  size_t unheard() {
    const std::lock_guard lock(mutex_);
    return output_.size();
  }

  std::optional<Line> ReadLine(const StopCondition& stop) override {
    std::unique_lock lock(mutex_);
    while (!stop.requested()) {
      if (!input_.empty()) {
        const Line line = input_.front();
        input_.pop_front();
        return line;
      }
      if (closed_) return std::nullopt;
      changed_.wait_for(lock, std::chrono::milliseconds(20));
    }
    return std::nullopt;
  }
  void WriteLine(std::string_view line) override {
    const std::lock_guard lock(mutex_);
    output_.emplace_back(line);
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Line> input_;
  std::deque<std::string> output_;
  bool closed_ = false;
};

}  // namespace kernelevolve::cli::mcp
