// OwnThread: a thread that does what it is given, in order. Children that die
// with the thread that started them live in one.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

namespace kernelevolve::worker::gpu {

// Posting is thread-safe. The destructor lets everything posted run first.
class OwnThread {
 public:
  OwnThread() : thread_([this] { Work(); }) {}
  ~OwnThread() {
    Post([this] { done_ = true; });
    thread_.join();
  }
  OwnThread(const OwnThread&) = delete;

  void Post(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(std::move(work));
    }
    ready_.notify_one();
  }

  // Runs `work` there and hands its result back.
  template <typename Work>
  auto Ask(Work work) -> std::future<decltype(work())> {
    using Answer = decltype(work());
    auto promise = std::make_shared<std::promise<Answer>>();
    Post([promise, work = std::move(work)]() mutable {
      promise->set_value(work());
    });
    return promise->get_future();
  }

 private:
  void Work() {
    while (!done_) {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return !queue_.empty(); });
      const std::function<void()> work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      work();
    }
  }

  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
  bool done_ = false;  // touched by the thread alone
  std::thread thread_;
};

}  // namespace kernelevolve::worker::gpu
