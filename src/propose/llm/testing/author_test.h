// AuthorTest: a task, a node and a scripted model, for tests of whatever asks a
// model.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "base/clock.h"
#include "propose/llm/conversation.h"
#include "propose/llm/knowledge_source.h"
#include "propose/llm/testing/fake_workbench.h"
#include "propose/llm/testing/scripted_model.h"
#include "propose/proposer.h"

namespace kernelevolve {

// Documents a, b, c; keeps what it was asked.
class FakeKnowledge : public KnowledgeSource {
 public:
  std::vector<KnowledgeExcerpt> Find(const Situation& situation,
                                     size_t limit) override {
    situations.push_back(situation);
    return Open({"a.md", "b.md", "c.md"}, situation, limit);
  }
  std::vector<IndexEntry> Index(const Situation&, size_t) override {
    return {{"a.md", "Tails", "How to mask them"},
            {"b.md", "Streams", "How to store them"},
            {"c.md", "Tiles", "How to size them"}};
  }
  std::vector<KnowledgeExcerpt> Open(const std::vector<std::string>& paths,
                                     const Situation& situation) override {
    return Open(paths, situation, paths.size());
  }

  std::vector<Situation> situations;

 private:
  static std::vector<KnowledgeExcerpt> Open(
      const std::vector<std::string>& paths, const Situation&, size_t limit) {
    std::vector<KnowledgeExcerpt> excerpts;
    for (const std::string& path : paths)
      if (excerpts.size() < limit)
        excerpts.push_back({"Title of " + path, path, "text of " + path});
    return excerpts;
  }
};

class AuthorTest : public testing::Test {
 protected:
  AuthorTest() {
    task_.name = "double_it";
    task_.summary = "y = 2 x";
    task_.reference_cpp = "reference.cc";
    task_.files["reference.cc"] = "template <typename real> void f();";
    target_.language = "cpp";
    target_.device = "native";
    target_.device_kind = "cpu";
    parent_.id = 7;
    parent_.candidate.language = "cpp";
    parent_.candidate.source = Kernel("  int parent;\n");
    parent_.evaluation.status = VerdictStatus::kReject;
    parent_.evaluation.code = Code::kOob;
    parent_.evaluation.message = "4 bytes beside y were overwritten";
    request_.task = &task_;
    request_.target = &target_;
  }

  void MakeExpansion() {
    request_.kind = NodeKind::kExpand;
    request_.parent = &parent_;
    request_.ancestors = {&parent_};
  }
  void AcceptParent() {
    parent_.evaluation.status = VerdictStatus::kAccept;
    parent_.evaluation.code = Code::kOk;
    parent_.evaluation.message.clear();
    parent_.evaluation.speedup = parent_.fitness = 1.2;
  }

  // What the model was told last.
  std::string LastTold() const {
    return model_.asked.empty() ? ""
                                : model_.asked.back().messages.back().text;
  }

  Task task_;
  Target target_;
  Node parent_;
  ProposalRequest request_;
  ScriptedModel model_;
  FakeWorkbench workbench_;
  FakeKnowledge knowledge_;
  SystemClock clock_;
  StopCondition stop_;
  const Redactor redactor_;
  Conversation conversation_{model_, clock_, redactor_, stop_};
};

}  // namespace kernelevolve
