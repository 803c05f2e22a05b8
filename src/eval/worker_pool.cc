#include "eval/worker_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include "base/format.h"
#include "core/evaluation_json.h"
#include "eval/scratch_folder.h"
#include "eval/worker_link.h"

namespace kernelevolve {
namespace {

struct Answered {
  Result<Json> message;
  double cpu_ms = 0;  // of processors, for this
};

// A request on its way; lives in the caller's frame until `answer` is set.
struct Job {
  const Json& request;
  int64_t id;
  const StopCondition& stop;
  std::promise<Answered> answer;
  double cpu_ms = 0;
};

// Jobs that wait for a free worker. Thread-safe.
class JobQueue {
 public:
  void Push(Job* job) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(job);
    ready_.notify_one();
  }
  // Null once closed.
  Job* Pop() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return closed_ || !jobs_.empty(); });
    if (closed_) return nullptr;
    Job* job = jobs_.front();
    jobs_.pop_front();
    return job;
  }
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    ready_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Job*> jobs_;
  bool closed_ = false;
};

// One worker and the thread it belongs to: starts it, serves jobs on it and
// replaces it. Only `replaced` is read from elsewhere.
class Slot {
 public:
  Slot(const WorkerPoolOptions& options, int index, JobQueue& queue)
      : options_(options), index_(index), queue_(queue) {}

  void Launch(const StopCondition& stop) {
    thread_ = std::thread([this, &stop] { Run(stop); });
  }
  void Join() { thread_.join(); }
  Result<wire::Hello> Greeting() { return greeting_.get_future().get(); }
  int replaced() const { return replaced_; }

 private:
  void Run(const StopCondition& stop) {
    Greet(stop);
    while (Job* job = queue_.Pop()) {
      Result<Json> answer = Serve(*job);
      const bool usable = answer || !link_ || link_->Alive();
      const bool interrupted =
          !answer && answer.error().code == ErrorCode::kInterrupted;
      // The job is gone from here on.
      job->answer.set_value({std::move(answer), job->cpu_ms});
      // Whatever it was still doing would delay and confuse the next request.
      if (interrupted || !usable) Drop();
    }
    Drop();
  }

  void Greet(const StopCondition& stop) {
    Result<WorkerLink> link = WorkerLink::Start(options_, index_, stop);
    if (!link) return greeting_.set_value(Fail(link.error()));
    link_ = std::move(*link);
    greeting_.set_value(link_->hello());
  }

  Result<Json> Serve(Job& job) {
    Result<Json> answer = Attempt(job);
    if (answer || !answer.error().retryable) return answer;
    Drop();
    answer = Attempt(job);
    if (!answer && answer.error().retryable) Drop();
    return answer;
  }

  Result<Json> Attempt(Job& job) {
    if (job.stop.requested())
      return Fail(ErrorCode::kInterrupted, "interrupted");
    if (link_ && !link_->Alive()) Drop();  // died while idle
    if (!link_) {
      ASSIGN_OR_RETURN(link_, WorkerLink::Start(options_, index_, job.stop));
      ++replaced_;
    }
    const double before = link_->CpuSeconds();
    Result<Json> answer = link_->Exchange(job.request, job.id, job.stop);
    job.cpu_ms += 1e3 * std::max(0.0, link_->CpuSeconds() - before);
    return answer;
  }

  void Drop() {
    if (link_) link_->End();
    link_.reset();
  }

  const WorkerPoolOptions& options_;
  const int index_;
  JobQueue& queue_;
  std::thread thread_;
  std::promise<Result<wire::Hello>> greeting_;
  std::optional<WorkerLink> link_;
  std::atomic<int> replaced_{0};
};

Evaluation WorkerLost(const EvaluationRequest& request,
                      const std::string& message) {
  Evaluation lost;
  lost.candidate_id = request.candidate.Id();
  lost.stage = request.stage;
  lost.status = VerdictStatus::kHarnessError;
  lost.code = Code::kWorkerLost;
  lost.message = message;
  return lost;
}

}  // namespace

struct WorkerPool::Impl {
  std::optional<ScratchFolder> own_scratch;
  WorkerPoolOptions options;
  JobQueue queue;
  std::vector<std::unique_ptr<Slot>> slots;
  wire::Hello hello;
  std::atomic<int64_t> next_id{1};

  ~Impl() {
    queue.Close();
    for (auto& slot : slots) slot->Join();
  }

  Answered Call(const Json& request, int64_t id, const StopCondition& stop) {
    Job job{request, id, stop, {}};
    std::future<Answered> answer = job.answer.get_future();
    queue.Push(&job);
    return answer.get();
  }
};

WorkerPool::WorkerPool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WorkerPool::~WorkerPool() = default;

Result<std::unique_ptr<WorkerPool>> WorkerPool::Create(
    const WorkerPoolOptions& options, const StopCondition& stop) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  if (options.scratch.empty()) {
    ASSIGN_OR_RETURN(impl->own_scratch, ScratchFolder::Create());
    impl->options.scratch = impl->own_scratch->path();
  }
  for (int i = 0; i < options.workers; ++i) {
    impl->slots.push_back(
        std::make_unique<Slot>(impl->options, i + 1, impl->queue));
    impl->slots.back()->Launch(stop);
  }
  std::optional<Error> failure;
  for (auto& slot : impl->slots) {  // all: their threads read `stop` till then
    Result<wire::Hello> hello = slot->Greeting();
    if (!hello && !failure) failure = hello.error();
    if (hello && slot == impl->slots.front()) impl->hello = std::move(*hello);
  }
  if (failure) return Fail(*failure);
  return std::unique_ptr<WorkerPool>(new WorkerPool(std::move(impl)));
}

const wire::Hello& WorkerPool::hello() const { return impl_->hello; }

int WorkerPool::replaced() const {
  int total = 0;
  for (const auto& slot : impl_->slots) total += slot->replaced();
  return total;
}

Result<Evaluation> WorkerPool::Evaluate(const EvaluationRequest& request,
                                        const StopCondition& stop) {
  const int64_t id = impl_->next_id++;
  const Json message = wire::ToJson(wire::EvaluateRequest{
      id, request.task, request.target, request.candidate, request.stage,
      request.secret, request.disabled_checks, request.explain,
      request.build_only});
  const auto [answer, cpu_ms] = impl_->Call(message, id, stop);
  if (!answer && answer.error().retryable)
    return WorkerLost(request, answer.error().message);
  if (!answer) return Fail(answer.error());
  Result<Evaluation> evaluation =
      EvaluationFromJson(GetMember(*answer, "evaluation"));
  if (!evaluation) return WorkerLost(request, evaluation.error().message);
  if (evaluation->candidate_id != request.candidate.Id())
    return WorkerLost(request, "the worker answered for another candidate");
  evaluation->phases.cpu = cpu_ms;
  return evaluation;
}

Result<std::vector<wire::TaskFinding>> WorkerPool::CheckTask(
    const Task& task, const Target& target, const StopCondition& stop) {
  const int64_t id = impl_->next_id++;
  ASSIGN_OR_RETURN(
      const Json answer,
      impl_->Call(wire::ToJson(wire::CheckTaskRequest{id, task, target}), id,
                  stop)
          .message);
  return wire::TaskFindingsFromJson(GetMember(answer, "findings"));
}

Result<fs::path> FindWorkerProgram() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  const fs::path worker = self.parent_path() / "kernelevolve-worker";
  if (!error && fs::exists(worker, error)) return worker;
  return Missing(format(
      "{} is missing: scripts/build.sh builds it, cmake --install puts it "
      "beside kernelevolve",
      worker.string()));
}

}  // namespace kernelevolve
