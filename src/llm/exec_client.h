// ExecClient: a program answers. It gets the request as JSON on its standard
// input and writes the answer to its standard output: the model's text, or the
// JSON object {"kernelevolve_answer": {…}} with what a mailbox's answer.json
// holds. An exit code other than 0 is a failed call.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "llm/chat_client.h"
#include "llm/command_runner.h"

namespace kernelevolve {

struct ExecOptions {
  std::vector<std::string> argv;
  std::string name;  // ChatReply::model
  std::chrono::milliseconds timeout{1'800'000};
};

class ExecClient : public ChatClient {
 public:
  // The runner outlives it.
  ExecClient(CommandRunner& runner, ExecOptions options);
  ChatResult Complete(const ChatRequest& request,
                      const StopCondition& stop) override;

 private:
  CommandRunner& runner_;
  const ExecOptions options_;
};

// Words as a shell would split them at blanks, with '…', "…" and \, and nothing
// else of a shell. kBadInput for an open quote or no word at all.
Result<std::vector<std::string>> SplitCommand(const std::string& command);

}  // namespace kernelevolve
