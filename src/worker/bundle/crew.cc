#include "worker/bundle/crew.h"

#include <poll.h>

#include "base/format.h"
#include "core/evaluation_json.h"

namespace kernelevolve::worker {
namespace {

// How long a deadline may be overrun.
constexpr int kMomentMs = 200;
// So many workers in a row that do not even greet, and none will.
constexpr int kMostFailedGreetings = 3;

Evaluation WorkerLost(const wire::EvaluateRequest& request,
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

Crew::Crew(const ServeCommand& command, int jobs, int signals,
           const Clock& clock)
    : signals_(signals) {
  for (int i = 0; i < jobs; ++i)
    children_.push_back(std::make_unique<ServeChild>(command, i, clock));
}

Status Crew::Judge(const wire::Bundle& bundle, std::deque<std::string> requests,
                   const Sink& sink) {
  bundle_ = &bundle;
  sink_ = &sink;
  waiting_ = std::move(requests);
  losses_.clear();
  open_ = waiting_.size();
  // Of a bundle that was given up.
  for (const auto& child : children_)
    if (!child->request().empty()) child->Stop();
  while (open_ > 0) {
    RETURN_IF_ERROR(Assign());
    RETURN_IF_ERROR(Wait());
    for (const auto& child : children_)
      if (const std::string why = child->Overdue(); !why.empty())
        RETURN_IF_ERROR(Lose(*child, why));
  }
  return {};
}

Status Crew::Assign() {
  for (const auto& child : children_) {
    if (waiting_.empty()) return {};
    if (child->fd() < 0) {
      RETURN_IF_ERROR(child->Start());
    } else if (child->idle()) {
      const std::string name = waiting_.front();
      waiting_.pop_front();
      if (const Status sent = child->Send(name, bundle_->requests.at(name));
          !sent)
        RETURN_IF_ERROR(Lose(*child, sent.error().message));
    }
  }
  return {};
}

Status Crew::Wait() {
  std::vector<pollfd> entries = {{signals_, POLLIN, 0}};
  for (const auto& child : children_)
    entries.push_back({child->fd(), POLLIN, 0});
  if (::poll(entries.data(), entries.size(), kMomentMs) <= 0) return {};
  if (entries[0].revents != 0)
    return Fail(ErrorCode::kInterrupted, "interrupted");
  for (size_t i = 0; i < children_.size(); ++i)
    if (entries[i + 1].revents != 0) RETURN_IF_ERROR(Hear(*children_[i]));
  return {};
}

Status Crew::Hear(ServeChild& child) {
  const bool greeting = !child.hello();
  const Result<Json> message = child.Receive();
  // One that refuses to serve has said why, and so will the others.
  if (!message && greeting && message.error().code == ErrorCode::kMissing)
    return Fail(message.error());
  if (!message) return Lose(child, message.error().message);
  if (!greeting) return Answer(child, *message);
  failed_greetings_ = 0;
  return {};
}

Status Crew::Answer(ServeChild& child, const Json& message) {
  const std::string type = wire::MessageType(message);
  if (type == "progress") return {};
  const std::string name = child.request();
  if (name.empty() ||
      wire::MessageId(message) != bundle_->requests.at(name).id)
    return Lose(child, "the worker answered a request that was not made");
  if (type == "error") return Refused(child, wire::ErrorFromJson(message));
  const Json& evaluation = GetMember(message, "evaluation");
  const auto read = EvaluationFromJson(evaluation);
  if (!read || read->candidate_id !=
                   bundle_->requests.at(name).candidate.Id())
    return Lose(child, "the worker answered for another candidate");
  latest_ = *child.hello();
  child.Finished();
  return Deliver(name, evaluation);
}

// What is wrong with this request need not be wrong with the others.
Status Crew::Refused(ServeChild& child, const Error& error) {
  if (error.code != ErrorCode::kBadInput) return Fail(error);
  const std::string name = child.request();
  latest_ = *child.hello();
  child.Finished();
  return Deliver(
      name, ToJson(WorkerLost(bundle_->requests.at(name), error.message)));
}

Status Crew::Lose(ServeChild& child, const std::string& why) {
  const std::string name = child.request();
  const std::string message = why + "; its log:" + child.LogTail();
  if (!child.hello() && ++failed_greetings_ >= kMostFailedGreetings)
    return Broken(message);
  if (child.hello()) latest_ = *child.hello();
  child.Stop();  // Assign starts it anew
  if (name.empty()) return {};
  if (++losses_[name] < 2) {
    waiting_.push_front(name);
    return {};
  }
  return Deliver(name,
                 ToJson(WorkerLost(bundle_->requests.at(name), message)));
}

Status Crew::Deliver(const std::string& request, const Json& evaluation) {
  --open_;
  return (*sink_)({request, latest_.device, latest_.toolchain, evaluation});
}

}  // namespace kernelevolve::worker
