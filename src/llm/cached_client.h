// CachedClient: the same request to the same models is asked, and paid for,
// once, across runs. For replays of work, not for a search that wants variety:
// there, a seed in the request makes requests differ.
#pragma once

#include <memory>
#include <string>

#include "base/file.h"
#include "llm/chat_client.h"

namespace kernelevolve {

// Several processes may share a folder.
class CachedClient : public ChatClient {
 public:
  // `scope` names what answers: two sets of models never share an answer.
  CachedClient(std::unique_ptr<ChatClient> inner, fs::path folder,
               std::string scope);
  // Only whole answers are kept. A cache that cannot be read or written is as
  // good as none: the call goes through.
  ChatResult Complete(const ChatRequest& request,
                      const StopCondition& stop) override;

 private:
  fs::path PathOf(const ChatRequest& request) const;

  const std::unique_ptr<ChatClient> inner_;
  const fs::path folder_;
  const std::string scope_;
};

}  // namespace kernelevolve
