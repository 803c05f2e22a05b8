// RecordingClient: writes down what the client inside answers. ReplayClient:
// answers from that, with no key and no network.
#pragma once

#include <memory>

#include "llm/chat_client.h"
#include "llm/recording.h"

namespace kernelevolve {

class RecordingClient : public ChatClient {
 public:
  // Appends to an existing recording.
  static Result<std::unique_ptr<RecordingClient>> Create(
      std::unique_ptr<ChatClient> inner, const fs::path& path);
  // A cancelled call is not written: it is no answer. Where an answer cannot be
  // written the call fails (kLocal): a recording with holes is none.
  ChatResult Complete(const ChatRequest& request,
                      const StopCondition& stop) override;

 private:
  RecordingClient(std::unique_ptr<ChatClient> inner,
                  std::unique_ptr<RecordingWriter> writer)
      : inner_(std::move(inner)), writer_(std::move(writer)) {}

  const std::unique_ptr<ChatClient> inner_;
  const std::unique_ptr<RecordingWriter> writer_;
  OccurrenceCounter counter_;
};

// What ChatReply::served_by of a recorded answer begins with where the prompt
// was worded otherwise then: a stand-in.
inline constexpr char kWordedOtherwise[] = "recorded, to other words";
// The first digits of the request it was given to; "" for no stand-in.
std::string RequestOfStandIn(std::string_view provider);

class ReplayClient : public ChatClient {
 public:
  // For a run that has so many nodes already.
  explicit ReplayClient(Recording recording, int64_t nodes = 0);
  ChatResult Complete(const ChatRequest& request,
                      const StopCondition& stop) override;

 private:
  const Recording recording_;
  const size_t part_;
  OccurrenceCounter counter_;
};

}  // namespace kernelevolve
