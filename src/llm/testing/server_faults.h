// What servers of models do wrong, one handler each, in the OpenAI dialect. A
// request with "stream": true is answered by a stream where that makes sense.
#pragma once

#include <string>
#include <vector>

#include "llm/testing/scripted_server.h"

namespace kernelevolve {

// 401, 403, 429, 429-retry-after, 500, 503-html, reset, stall, stall-midway,
// cut-stream, cut-before-usage, half-json, empty-choices, null-content, 10-mb,
// wrong-content-type, html-200, bad-utf8, no-usage, length, refusal,
// two-code-blocks, tool-calls, context, quotes-key, error-in-200, good
ScriptedServer::Handler FaultHandler(const std::string& name);

// A 307 to `url`.
ScriptedServer::Handler RedirectHandler(std::string url);

}  // namespace kernelevolve
