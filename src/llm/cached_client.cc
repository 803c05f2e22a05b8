#include "llm/cached_client.h"

#include "base/digest.h"
#include "llm/chat_json.h"

namespace kernelevolve {
namespace {

constexpr uint64_t kLargestEntry = 16 << 20;

std::optional<ChatReply> Load(const fs::path& path) {
  const Result<std::string> contents = ReadFile(path, kLargestEntry);
  if (!contents) return std::nullopt;
  const Result<Json> json = ParseJson(*contents);
  if (!json) return std::nullopt;
  Result<ChatReply> reply = ReplyFromJson(*json);
  if (!reply) return std::nullopt;
  reply->dollars = 0;
  reply->charged = Charge{};
  return *std::move(reply);
}

}  // namespace

CachedClient::CachedClient(std::unique_ptr<ChatClient> inner, fs::path folder,
                           std::string scope)
    : inner_(std::move(inner)),
      folder_(std::move(folder)),
      scope_(std::move(scope)) {}

fs::path CachedClient::PathOf(const ChatRequest& request) const {
  const std::string key = HexDigest(scope_ + "\n" + RequestDigest(request));
  return folder_ / key.substr(0, 2) / (key + ".json");
}

ChatResult CachedClient::Complete(const ChatRequest& request,
                                  const StopCondition& stop) {
  if (stop.requested())
    return ChatFailure(ChatErrorKind::kCancelled, "cancelled");
  const fs::path path = PathOf(request);
  if (std::optional<ChatReply> kept = Load(path)) return *std::move(kept);
  ChatResult result = inner_->Complete(request, stop);
  if (result && MakeFolders(path.parent_path()))
    static_cast<void>(WriteFileAtomic(path, DumpJson(ToJson(*result))));
  return result;
}

}  // namespace kernelevolve
