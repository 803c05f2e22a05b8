// Reads what an OpenAI-compatible server answers, whole or in pieces. Internal
// to openai_dialect.cc and its tests.
#pragma once

#include <memory>

#include "llm/dialect.h"

namespace kernelevolve::openai {

// `body` is the JSON of a 200, which may hold an error all the same.
ChatResult ParseReply(const Json& body);
std::unique_ptr<StreamReader> NewReader();

}  // namespace kernelevolve::openai
