#include "cli/mcp/tools.h"

#include <gtest/gtest.h>

#include "eval/testing/fake_evaluator.h"
#include "engine/finished_run.h"

namespace kernelevolve::cli::mcp {
namespace {

constexpr const char* kKernel =
    "// ke:tune U = 2 in {1, 2, 4}\n// ke:tune V = 1 in {1, 2}\nint one;\n";

// Speed is the parameter U; "wrong" in the source is wrong.
Evaluation Verdict(const EvaluationRequest& request) {
  if (request.candidate.source.find("wrong") != std::string::npos)
    return FakeRejected(Code::kWrongOutput);
  const auto it = request.candidate.parameters.find("U");
  return FakeAccepted(it == request.candidate.parameters.end()
                          ? 1
                          : std::atof(it->second.c_str()));
}

class ToolsTest : public testing::Test {
 protected:
  ToolsTest() : folder_(*TempFolder::Create("mcp-tools")) {
    const Result<fs::path> data = DataFolder();
    EXPECT_TRUE(data) << data.error().message;
    const ToolParts parts{runs_, data.value_or(fs::path()), "kernelevolve"};
    EXPECT_TRUE(AddLibraryTools(parts, tools_));
    AddRunTools(parts, tools_);
    AddKernelTools(parts, tools_);
  }

  static OpenRunsOptions Options() {
    OpenRunsOptions options;
    options.runs = 2;
    options.make_executor = [](const WorkDir&, const Target&, int,
                               const StopCondition&) -> Result<Executor> {
      return Executor{std::make_unique<FakeEvaluator>(Verdict), "fake device",
                      "fake 1.0", "- device: fake\n"};
    };
    return options;
  }
  std::string Path(const std::string& name) const {
    return (folder_.path() / name).string();
  }
  // The result; its text in `text`.
  Json Call(const std::string& tool, Json arguments) {
    auto result = tools_.Call(tool, arguments, {"tester", stop_}, true);
    EXPECT_TRUE(result);
    text = result->at("content")[0]["text"].get<std::string>();
    failed = result->at("isError").get<bool>();
    return GetMember(*result, "structuredContent");
  }
  Json Open(const std::string& name) {
    return Call("open_run", {{"task", "softmax"}, {"run", Path(name)}});
  }
  Json Submit(Json arguments) {
    arguments["run"] = "a";
    arguments["plan"] = "a plan";
    return Call("submit", std::move(arguments));
  }

  TempFolder folder_;
  SystemClock clock_;
  StopCondition stop_;
  OpenRuns runs_{Options(), clock_};
  ToolBox tools_;
  std::string text;
  bool failed = false;
};

TEST_F(ToolsTest, EditsKeepTheParametersThatStillFit) {
  Open("a");
  EXPECT_EQ(Submit({{"source", kKernel}, {"parameters", {{"U", 4}, {"V", 2}}}})
                ["node"],
            1);
  EXPECT_NE(text.find("4.00x"), std::string::npos) << text;
  Submit({{"parent", 1},
          {"edits", Json::array({{{"search", "// ke:tune V = 1 in {1, 2}\n"},
                                  {"replace", ""}}})}});
  EXPECT_FALSE(failed) << text;
  const FinishedRun run = *ReadRun(Path("a"), {});
  EXPECT_EQ(run.nodes.at(1).candidate.parameters,
            (ParameterValues{{"U", "4"}}));
  EXPECT_EQ(run.nodes[1].kind, NodeKind::kExpand);
  Submit({{"parent", 1}, {"source", kKernel}});
  EXPECT_EQ(ReadRun(Path("a"), {})->nodes.at(2).kind, NodeKind::kTune);
}

TEST_F(ToolsTest, WhatCannotBeAKernelIsSaid) {
  Open("a");
  Submit({{"source", kKernel}});
  const auto complaint = [&](Json arguments) {
    Submit(std::move(arguments));
    EXPECT_TRUE(failed);
    return text;
  };
  EXPECT_EQ(complaint({{"parent", 1}}), "give one of source and edits");
  const Json edit = Json::array({{{"search", "nowhere"}, {"replace", ""}}});
  EXPECT_NE(complaint({{"edits", edit}}).find("parent: missing"),
            std::string::npos);
  EXPECT_NE(complaint({{"edits", edit}, {"parent", 1}}).find("not in the source"),
            std::string::npos);
  EXPECT_NE(complaint({{"edits", edit}, {"parent", 5}}).find("no node 5"),
            std::string::npos);
  EXPECT_NE(complaint({{"source", kKernel}, {"parameters", {{"U", 3}}}})
                .find("U"),
            std::string::npos);
}

TEST_F(ToolsTest, ARejectionIsNoError) {
  Open("a");
  const Json verdict = Submit({{"source", "wrong"}});
  EXPECT_FALSE(failed);
  EXPECT_EQ(verdict["status"], "REJECT");
  EXPECT_EQ(verdict["node"], 1);
  EXPECT_NE(text.find("WRONG_OUTPUT"), std::string::npos);
  Call("report", {{"run", "a"}, {"final", true}});
  EXPECT_TRUE(failed);
  EXPECT_NE(text.find("no kernel has been accepted"), std::string::npos);
}

TEST_F(ToolsTest, RunsAreFoundByNameAndByFolder) {
  EXPECT_EQ(Open("a")["run"], "a");
  EXPECT_EQ(Open("a")["folder"], Path("a"));  // the same
  Open("b/a");
  EXPECT_FALSE(failed) << text;
  Call("report", {{"run", "a"}});
  EXPECT_TRUE(failed);
  EXPECT_NE(text.find("two open runs"), std::string::npos);
  Call("report", {{"run", Path("b/a")}});
  EXPECT_FALSE(failed) << text;
  Open("c");
  EXPECT_TRUE(failed);
  EXPECT_NE(text.find("close_run"), std::string::npos);
  Call("close_run", {{"run", Path("a")}});
  EXPECT_FALSE(failed);
  Open("c");
  EXPECT_FALSE(failed) << text;
}

TEST_F(ToolsTest, AnExistingRunNeedsNoTask) {
  Open("a");
  Submit({{"source", kKernel}});
  Call("close_run", {{"run", "a"}});
  const Json run = Call("open_run", {{"run", Path("a")}});
  EXPECT_EQ(run["task"], "softmax");
  EXPECT_EQ(run["nodes"], 1);
  Call("open_run", {{"run", Path("none")}});
  EXPECT_TRUE(failed);
  EXPECT_FALSE(fs::exists(Path("none")));
}

TEST_F(ToolsTest, ARunMayBeAboutSomeShapesAlone) {
  const auto open = [&](Json shapes) {
    return Call("open_run", {{"task", "softmax"},
                             {"run", Path("a")},
                             {"shapes", std::move(shapes)}});
  };
  open({"nowhere"});
  EXPECT_TRUE(failed);
  EXPECT_NE(text.find("shapes: found 'nowhere', expected a shape"),
            std::string::npos) << text;
  EXPECT_EQ(text.find("--"), std::string::npos) << text;
  EXPECT_FALSE(fs::exists(Path("a")));
  open("square");  // no list
  EXPECT_TRUE(failed);
  const Json run = open({"square"});
  EXPECT_FALSE(failed) << text;
  EXPECT_EQ(run["shapes"], Json::array({"square"}));
  EXPECT_NE(text.find("at shape square alone"), std::string::npos) << text;
  EXPECT_EQ(ReadRun(Path("a"), {})->task.only_shapes,
            std::vector<std::string>{"square"});
}

TEST_F(ToolsTest, ARunKeepsTheShapesItBeganWith) {
  const auto open = [&](Json more) {
    Call("close_run", {{"run", "a"}});
    more["run"] = Path("a");
    return Call("open_run", std::move(more));
  };
  open({{"task", "softmax"}, {"shapes", {"square"}}});
  EXPECT_EQ(open({})["shapes"], Json::array({"square"}));
  EXPECT_EQ(open({{"shapes", {"square"}}})["shapes"], Json::array({"square"}));
  open({{"shapes", {"wide"}}});
  EXPECT_TRUE(failed) << text;
  EXPECT_EQ(text.find("--shape"), std::string::npos) << text;
}

TEST_F(ToolsTest, AWindowWithoutRoomIsRefusedWithOneThatHasIt) {
  const auto open = [&](int64_t window) {
    return Call("open_run", {{"task", "softmax"},
                             {"run", Path("a")},
                             {"window_tokens", window}});
  };
  open(4096);
  EXPECT_TRUE(failed);
  EXPECT_NE(text.find("a window of 4096 tokens has no room"), std::string::npos)
      << text;
  EXPECT_EQ(text.find("--"), std::string::npos) << text;
  EXPECT_FALSE(fs::exists(Path("a")));
  const std::string mark = "window_tokens ";
  const size_t at = text.find(mark);
  ASSERT_NE(at, std::string::npos) << text;
  open(std::atoll(text.c_str() + at + mark.size()));
  EXPECT_FALSE(failed) << text;
  Call("node_context", {{"run", "a"}});
  EXPECT_NE(text.find("int ke_run(const ke_call* call);"), std::string::npos);
}

TEST_F(ToolsTest, LanguagesShareARun) {
  const Json run = Call("open_run", {{"task", "softmax"},
                                     {"target", "triton@sm_90,cuda@sm_90"},
                                     {"run", Path("a")}});
  ASSERT_FALSE(failed) << text;
  EXPECT_EQ(run["target"], "triton@sm_90,cuda@sm_90");
  EXPECT_EQ(run["languages"], Json::array({"triton", "cuda"}));
  Submit({{"source", kKernel}});
  EXPECT_TRUE(failed);
  EXPECT_EQ(text, "language: missing, expected one of triton, cuda");
  Submit({{"source", kKernel}, {"language", "cpp"}});
  EXPECT_EQ(text, "language: found cpp, expected one of triton, cuda");
  EXPECT_EQ(Submit({{"source", kKernel}, {"language", "cuda"}})["node"], 1);
  // A child is of its parent's language.
  const Json edit =
      Json::array({{{"search", "int one;\n"}, {"replace", "int two;\n"}}});
  EXPECT_EQ(Submit({{"edits", edit}, {"parent", 1}})["node"], 2);
  Submit({{"source", "int three;"}, {"parent", 1}, {"language", "triton"}});
  EXPECT_TRUE(failed);
  EXPECT_NE(text.find("without a parent"), std::string::npos) << text;
  Submit({{"source", "def run(x): pass"}, {"language", "triton"}});
  EXPECT_FALSE(failed) << text;
  Call("node_context", {{"run", "a"}, {"language", "triton"}});
  EXPECT_NE(text.find("Target triton@sm_90."), std::string::npos) << text;
  Call("node_context", {{"run", "a"}, {"node", 2}});
  EXPECT_NE(text.find("Target cuda@sm_90."), std::string::npos) << text;
  Call("close_run", {{"run", "a"}});
  EXPECT_EQ(Call("open_run", {{"run", Path("a")}})["nodes"], 3);
  const FinishedRun read = *ReadRun(Path("a"), {});
  EXPECT_EQ(read.nodes.at(1).candidate.language, "cuda");
  EXPECT_EQ(read.nodes.at(2).candidate.language, "triton");
}

TEST_F(ToolsTest, ContextTellsWhatWasTried) {
  Open("a");
  Submit({{"source", kKernel}});
  Submit({{"source", "wrong"}, {"parent", 1}});
  Call("node_context", {{"run", "a"}});
  EXPECT_NE(text.find("## Task"), std::string::npos);
  EXPECT_NE(text.find("- device: fake"), std::string::npos);
  Call("node_context", {{"run", "a"}, {"node", 1}});
  EXPECT_NE(text.find("int one;"), std::string::npos);
  EXPECT_NE(text.find("WRONG_OUTPUT"), std::string::npos);
  Call("node_context", {{"run", "a"}, {"node", 1}, {"memory", "parent"}});
  EXPECT_EQ(text.find("WRONG_OUTPUT"), std::string::npos);
}

TEST_F(ToolsTest, KnowledgeFitsTheSituation) {
  Call("search_knowledge", {{"language", "cpp"},
                            {"text", "vectorised exp"},
                            {"limit", 1},
                            {"recipes", 1}});
  EXPECT_FALSE(failed);
  EXPECT_NE(text.find("(knowledge/"), std::string::npos);
  EXPECT_NE(text.find("# Recipe "), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::cli::mcp
