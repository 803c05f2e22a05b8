// What an HTTP failure means for a chat.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "llm/chat.h"
#include "llm/http.h"

namespace kernelevolve {

// From a reply that is no success, its body JSON or not. `wall_seconds` is now,
// for a Retry-After that is a date; `took_s`: how long it was waited for.
ChatError ErrorFromReply(const HttpReply& reply, double wall_seconds,
                         double took_s);

// From the object that servers put at "error", here or within a 200.
ChatError ErrorFromObject(const Json& error, int http_status);

ChatError ErrorFromTransport(const HttpError& error);

// Seconds, or any of the three forms of an HTTP date; nullopt for all else.
// A date that has passed is 0.
std::optional<std::chrono::milliseconds> ParseRetryAfter(std::string_view text,
                                                         double wall_seconds);

}  // namespace kernelevolve
