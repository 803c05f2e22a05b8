#include "llm/recording_client.h"

#include "base/format.h"

namespace kernelevolve {

Result<std::unique_ptr<RecordingClient>> RecordingClient::Create(
    std::unique_ptr<ChatClient> inner, const fs::path& path) {
  ASSIGN_OR_RETURN(auto writer, RecordingWriter::Open(path));
  ASSIGN_OR_RETURN(const Recording earlier, ReadRecording(path));
  std::unique_ptr<RecordingClient> client(
      new RecordingClient(std::move(inner), std::move(writer)));
  client->counter_.Skip(earlier);
  return client;
}

ChatResult RecordingClient::Complete(const ChatRequest& request,
                                     const StopCondition& stop) {
  const RecordingKey key = counter_.Next(request);
  ChatResult result = inner_->Complete(request, stop);
  if (!result && result.error().kind == ChatErrorKind::kCancelled)
    return result;
  if (const Status written = writer_->Append(key, request, result);
      !written)
    return ChatFailure(ChatErrorKind::kLocal, written.error().message);
  return result;
}

namespace {

constexpr size_t kShownDigits = 12;

std::string StandIn(const std::string& request) {
  return format("{} ({})", kWordedOtherwise, request.substr(0, kShownDigits));
}

}  // namespace

std::string RequestOfStandIn(std::string_view provider) {
  if (!provider.starts_with(kWordedOtherwise)) return "";
  const size_t open = provider.find('(');
  if (open == provider.npos) return "";
  return std::string(provider.substr(open + 1, kShownDigits));
}

ReplayClient::ReplayClient(Recording recording, int64_t nodes)
    : recording_(std::move(recording)), part_(recording_.PartAt(nodes)) {
  counter_.Skip(recording_.parts[part_].before);
}

ChatResult ReplayClient::Complete(const ChatRequest& request,
                                  const StopCondition& stop) {
  if (stop.requested())
    return ChatFailure(ChatErrorKind::kCancelled, "cancelled");
  const RecordingKey key = counter_.Next(request);
  const auto before = recording_.parts[part_].before.find(key.request);
  const bool asked_before =
      key.occurrence >
      (before == recording_.parts[part_].before.end() ? 0 : before->second);
  if (const auto found = recording_.answers.find(key);
      found != recording_.answers.end())
    return found->second;
  const auto& places = recording_.parts[part_].places;
  const auto place = places.find(PlaceOf(request));
  if (!asked_before && place != places.end()) {
    ChatResult answer = recording_.answers.at(place->second);
    if (answer) answer->served_by = StandIn(place->second.request);
    return answer;
  }
  return ChatFailure(
      ChatErrorKind::kNotRecorded,
      format("the recording has no answer number {} to request {}",
             key.occurrence + 1, key.request.substr(0, 12)));
}

}  // namespace kernelevolve
