#include "cli/mcp/server.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::cli::mcp {

using std::chrono::steady_clock;

void Server::Run(const StopCondition& stop) {
  while (auto line = transport_.ReadLine(stop)) {
    Handle(*line);
    Reap();
  }
  Finish(stop);
}

void Server::Finish(const StopCondition& stop) {
  constexpr std::chrono::milliseconds kMoment{10};
  const auto end = steady_clock::now() + options_.grace;
  while (Reap() > 0 && !stop.requested() && steady_clock::now() < end)
    std::this_thread::sleep_for(kMoment);
  StopCalls(StopCondition::Reason::kTerminate);
  for (Call& call : calls_) call.thread.join();
  calls_.clear();
}

void Server::Handle(const Line& line) {
  if (line.too_long)
    return Send(ErrorReply(nullptr, {kParseError, "the line is too long"}));
  if (Trim(line.text).empty()) return;
  const auto message = ParseMessage(line.text);
  if (!message)
    return Send(ErrorReply(message.error().id, message.error().error));
  switch (message->kind) {
    case Message::Kind::kRequest:
      return HandleRequest(*message);
    case Message::Kind::kNotification:
      return HandleNotification(*message);
    case Message::Kind::kResponse:
      return;  // we ask for nothing
  }
}

void Server::HandleRequest(const Message& request) {
  if (request.method == "initialize") {
    auto result = protocol_.Initialize(request.params);
    return Send(result ? ResultReply(request.id, *std::move(result))
                       : ErrorReply(request.id, result.error()));
  }
  // Says that we are here, whatever has been agreed on.
  if (request.method == "ping")
    return Send(ResultReply(request.id, Json::object()));
  const auto peer = protocol_.PeerOf(request);
  if (!peer) return Send(ErrorReply(request.id, peer.error()));
  Answer(request, *peer);
}

void Server::Answer(const Message& request, const Peer& peer) {
  if (request.method == "tools/call") return StartCall(request, peer);
  Json result;
  if (request.method == "tools/list")
    result = tools_.List();
  else if (request.method == "server/discover" && peer.stateless)
    result = protocol_.Discover();
  else
    return Send(ErrorReply(
        request.id, {kMethodNotFound, format("Method not found: {}",
                                             Sanitize(request.method, 100))}));
  Send(ResultReply(request.id,
                   protocol_.Dress(std::move(result), peer, true)));
}

void Server::HandleNotification(const Message& notification) {
  if (notification.method == "notifications/cancelled")
    Cancel(GetMember(notification.params, "requestId"));
}

void Server::Cancel(const Json& id) {
  const std::lock_guard lock(mutex_);
  for (Call& call : calls_) {
    if (call.done || call.id != id) continue;
    call.cancelled = true;
    call.stop.Request(StopCondition::Reason::kInterrupt);
  }
}

void Server::StartCall(const Message& request, const Peer& peer) {
  if (Reap() >= options_.calls)
    return Send(ErrorReply(
        request.id,
        {kBusy, format("{} calls are in progress; wait for one of them",
                       options_.calls)}));
  for (const Call& call : calls_)
    if (call.id == request.id)
      return Send(ErrorReply(
          request.id, {kInvalidRequest, "this id is that of a call in progress"}));
  Call* call;
  {
    const std::lock_guard lock(mutex_);
    call = &calls_.emplace_back();
    call->id = request.id;
  }
  call->thread = std::thread([this, call, params = request.params, peer] {
    RunCall(*call, params, peer);
  });
}

void Server::RunCall(Call& call, const Json& params, const Peer& peer) {
  const Json& given = GetMember(params, "arguments");
  auto result =
      tools_.Call(GetString(params, "name").value_or(""),
                  given.is_null() ? Json::object() : given,
                  {peer.client, call.stop}, KnowsStructuredContent(peer));
  const std::string reply = DumpJson(
      result ? ResultReply(call.id, protocol_.Dress(*std::move(result), peer,
                                                    false))
             : ErrorReply(call.id, result.error()));
  bool wanted;
  {
    const std::lock_guard lock(mutex_);
    wanted = !call.cancelled;
    // Before the reply: whoever has read it may use the place at once.
    call.done = true;
  }
  if (wanted) transport_.WriteLine(reply);
}

size_t Server::Reap() {
  std::list<Call> ended;
  {
    const std::lock_guard lock(mutex_);
    for (auto it = calls_.begin(); it != calls_.end();) {
      const auto next = std::next(it);
      if (it->done) ended.splice(ended.end(), calls_, it);
      it = next;
    }
  }
  for (Call& call : ended) call.thread.join();
  return calls_.size();
}

void Server::StopCalls(StopCondition::Reason reason) {
  const std::lock_guard lock(mutex_);
  for (Call& call : calls_) call.stop.Request(reason);
}

}  // namespace kernelevolve::cli::mcp
