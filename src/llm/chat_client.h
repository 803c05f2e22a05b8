// ChatClient: one model, or something that stands for one. Retry, budget,
// cache, recording are clients around a client; make_client.h stacks them.
#pragma once

#include "base/stop.h"
#include "llm/chat.h"

namespace kernelevolve {

// Thread-safe: pool threads call Complete, several at once.
class ChatClient {
 public:
  virtual ~ChatClient() = default;
  // Blocks until the answer is whole, the client gives up, or `stop` is
  // requested (kCancelled, within a second).
  virtual ChatResult Complete(const ChatRequest& request,
                              const StopCondition& stop) = 0;
};

}  // namespace kernelevolve
