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
  if (const Status written = writer_->Append(key, PlaceOf(request), result); !written)
    return ChatFailure(ChatErrorKind::kLocal, written.error().message);
  return result;
}

ChatResult ReplayClient::Complete(const ChatRequest& request,
                                  const StopCondition& stop) {
  if (stop.requested())
    return ChatFailure(ChatErrorKind::kCancelled, "cancelled");
  const RecordingKey key = counter_.Next(request);
  if (const auto found = recording_.answers.find(key);
      found != recording_.answers.end())
    return found->second;
  if (const auto place = recording_.places.find(PlaceOf(request));
      key.occurrence == 0 && place != recording_.places.end()) {
    ChatResult answer = recording_.answers.at(place->second);
    if (answer) answer->served_by = kWordedOtherwise;
    return answer;
  }
  return ChatFailure(
      ChatErrorKind::kNotRecorded,
      format("the recording has no answer number {} to request {}",
             key.occurrence + 1, key.request.substr(0, 12)));
}

}  // namespace kernelevolve
