// EnsembleClient: several models as one. A bandit picks; where a model fails,
// the others are tried.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "llm/bandit.h"
#include "llm/chat_client.h"

namespace kernelevolve {

class EnsembleClient : public ChatClient {
 public:
  // One client for each of the bandit's models, in its order. The caller keeps
  // the bandit too and tells it the rewards.
  EnsembleClient(std::vector<std::unique_ptr<ChatClient>> members,
                 std::shared_ptr<ModelBandit> bandit);
  // The member that request.model names, else the bandit's pick.
  ChatResult Complete(const ChatRequest& request,
                      const StopCondition& stop) override;

 private:
  std::optional<size_t> Wanted(const std::string& name) const;

  const std::vector<std::unique_ptr<ChatClient>> members_;
  const std::shared_ptr<ModelBandit> bandit_;
  std::vector<std::string> names_;
};

}  // namespace kernelevolve
