// ToolLoopTest: a loop over a scripted model, a fake judge and fake knowledge.
#pragma once

#include <memory>

#include "propose/llm/testing/author_test.h"
#include "propose/llm/tool_loop.h"

namespace kernelevolve {

class ToolLoopTest : public AuthorTest {
 protected:
  ToolLoopTest() { request_.workbench = &workbench_; }

  Authored Run(bool native = true) {
    tools_ = std::make_unique<KernelTools>(
        KernelToolsParts{request_, situation_, &knowledge_, moves_}, true,
        options_.limits.evaluations);
    ToolLoop loop(options_, *tools_, conversation_,
                  [&](const ChatReply& reply, const Candidate* current) {
                    return ParseAnswer(reply.text, current, false);
                  });
    ChatRequest chat;
    chat.max_tokens = 500;
    chat.messages = {{Role::kSystem, "You write kernels.", {}, ""},
                     {Role::kUser, "Write one.", {}, ""}};
    const Authored authored = loop.Run(chat, native);
    refused_tools_ = loop.refused_tools();
    return authored;
  }

  ToolLoopOptions options_;
  Situation situation_;
  Moves moves_;
  std::unique_ptr<KernelTools> tools_;
  bool refused_tools_ = false;
};

}  // namespace kernelevolve
