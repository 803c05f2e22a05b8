#include "llm/ensemble_client.h"

#include "base/check.h"

namespace kernelevolve {
namespace {

// Whether another model may do better.
bool OthersMayHelp(ChatErrorKind kind) {
  return kind != ChatErrorKind::kCancelled && kind != ChatErrorKind::kLocal;
}

bool IsForGood(ChatErrorKind kind) {
  return kind == ChatErrorKind::kAuth || kind == ChatErrorKind::kQuota;
}

}  // namespace

EnsembleClient::EnsembleClient(std::vector<std::unique_ptr<ChatClient>> members,
                               std::shared_ptr<ModelBandit> bandit)
    : members_(std::move(members)), bandit_(std::move(bandit)) {
  for (const ModelBandit::Arm& arm : bandit_->arms()) names_.push_back(arm.name);
  CHECK(names_.size() == members_.size() && !members_.empty());
}

std::optional<size_t> EnsembleClient::Wanted(const std::string& name) const {
  for (size_t i = 0; i < names_.size(); ++i)
    if (names_[i] == name) return i;
  return std::nullopt;
}

ChatResult EnsembleClient::Complete(const ChatRequest& request,
                                    const StopCondition& stop) {
  std::set<size_t> tried;
  std::optional<size_t> member = Wanted(request.model);
  if (member)
    bandit_->Count(*member);
  else
    member = bandit_->Pick(tried);
  std::optional<ChatError> first;
  Charge earlier;
  while (member) {
    ChatResult result = members_[*member]->Complete(request, stop);
    if (first) AddCharge(earlier, result);
    earlier = ChargeOf(result);
    if (result) return result;
    const ChatErrorKind kind = result.error().kind;
    if (IsForGood(kind)) bandit_->Disable(*member);
    if (!OthersMayHelp(kind)) return result;
    if (!first) first = result.error();
    tried.insert(*member);
    member = bandit_->Pick(tried);
  }
  ChatError error = first.value_or(ChatError{
      ChatErrorKind::kAuth, "none of the models can be used any more"});
  error.charged = earlier;
  return tl::unexpected<ChatError>(std::move(error));
}

}  // namespace kernelevolve
