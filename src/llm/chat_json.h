// The one JSON form of requests, replies and errors: what a mailbox holds, what
// exec: gets on its standard input, what recordings and the cache keep. A
// public contract (docs/models.md).
#pragma once

#include "base/result.h"
#include "llm/chat.h"

namespace kernelevolve {

Json ToJson(const ChatRequest& request);
Json ToJson(const ChatReply& reply);
Json ToJson(const ChatError& error);

// Only "text" or "tool_calls" is required; all else has a default. The texts
// are cleaned. A "tool_calls" entry's arguments may be text or an object.
Result<ChatReply> ReplyFromJson(const Json& json);
Result<ChatError> ErrorFromJson(const Json& json);

// 64 hexadecimal digits over all that a request says.
std::string RequestDigest(const ChatRequest& request);

}  // namespace kernelevolve
