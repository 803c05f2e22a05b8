// What --model takes: one model or several, separated by commas.
//
//   openai:NAME            OpenAI, key OPENAI_API_KEY
//   anthropic:NAME         Anthropic, key ANTHROPIC_API_KEY
//   URL#NAME               any OpenAI-compatible server, key KE_API_KEY if set
//   anthropic+URL#NAME     any server that speaks the Messages API, likewise
//   exec:COMMAND           a program (llm/exec_client.h)
//   mailbox:FOLDER         a person or an agent (llm/mailbox_client.h)
//   replay:FILE            a recording (llm/recording.h)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "llm/url.h"

namespace kernelevolve {

struct ModelName {
  enum class Kind {
    kOpenAi, kAnthropic, kUrl, kAnthropicUrl, kExec, kMailbox, kReplay,
  };
  Kind kind = Kind::kOpenAi;
  std::string text;    // as written: its name in replies, rewards and ledgers
  std::string name;    // as the server calls it; "" where there is no server
  std::string target;  // the whole route to post to, command, folder or file

  bool has_server() const { return kind <= Kind::kAnthropicUrl; }
  bool anthropic() const {
    return kind == Kind::kAnthropic || kind == Kind::kAnthropicUrl;
  }
};

// A comma ends a name only where another one begins after it: commands have
// commas too. kBadInput for an unknown form, or the same model twice.
Result<std::vector<ModelName>> ParseModelNames(std::string_view text);

}  // namespace kernelevolve
