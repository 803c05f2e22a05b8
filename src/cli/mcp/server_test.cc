#include "cli/mcp/server.h"

#include <gtest/gtest.h>

#include "base/format.h"
#include "base/random.h"
#include "cli/mcp/schemas.h"
#include "cli/mcp/testing/memory_transport.h"

namespace kernelevolve::cli::mcp {
namespace {

constexpr const char* kMeta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientInfo":{"name":"probe"}})";

// A server over tools that answer at once, fail, or wait to be stopped.
class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    tools_.Add({"whoami", "who calls", ArgumentSchema(Json::object(), {}), true,
                [](const Json&, const ToolContext& context) {
                  return Result<ToolResult>(
                      ToolResult{context.client, {{"is", context.client}}});
                }});
    tools_.Add({"fail", "fails",
                ArgumentSchema({{"how", Text("words")}}, {"how"}), true,
                [](const Json& arguments,
                   const ToolContext&) -> Result<ToolResult> {
                  return BadInput(*GetString(arguments, "how"));
                }});
    tools_.Add({"wait", "until stopped", ArgumentSchema(Json::object(), {}),
                false,
                [this](const Json&,
                       const ToolContext& context) -> Result<ToolResult> {
                  ++waiting_;
                  while (!context.stop.requested())
                    std::this_thread::sleep_for(std::chrono::milliseconds(1));
                  --waiting_;
                  return Fail(ErrorCode::kInterrupted, "interrupted");
                }});
    server_ = std::make_unique<Server>(
        ServerOptions{2, std::chrono::milliseconds(50)},
        ServerIdentity{"ke", "1", "how to"}, tools_, transport_);
    thread_ = std::thread([this] { server_->Run(stop_); });
  }
  ~ServerTest() override {
    transport_.Close();
    if (thread_.joinable()) thread_.join();
  }

  void End() {
    transport_.Close();
    thread_.join();
  }
  Json Ask(const std::string& line) {
    transport_.Say(line);
    return transport_.Hear();
  }
  Json Request(const std::string& method, const std::string& params = "{}") {
    return Ask(format(R"({{"jsonrpc":"2.0","id":{},"method":"{}","params":{}}})",
                      ++id_, method, params));
  }
  void Shake(const std::string& version = "2025-11-25") {
    const Json reply = Request(
        "initialize",
        format(R"({{"protocolVersion":"{}","clientInfo":{{"name":"tester"}}}})",
               version));
    EXPECT_EQ(GetString(reply["result"], "protocolVersion"), version);
    transport_.Say(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  }
  void StartWaiting(int id, int already = 0) {
    transport_.Say(format(R"({{"jsonrpc":"2.0","id":{},"method":"tools/call",)"
                          R"("params":{{"name":"wait"}}}})", id));
    while (waiting_ <= already)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  static int CodeOf(const Json& reply) {
    return static_cast<int>(
        GetInteger(GetMember(reply, "error"), "code").value_or(0));
  }

  ToolBox tools_;
  MemoryTransport transport_;
  StopCondition stop_;
  std::atomic<int> waiting_{0};
  int id_ = 0;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

TEST_F(ServerTest, ShakesHandsInEveryVersion) {
  for (const char* version :
       {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"})
    Shake(version);
  const Json other = Request("initialize", R"({"protocolVersion":"1999-01-01"})");
  EXPECT_EQ(GetString(other["result"], "protocolVersion"), "2025-11-25");
  EXPECT_EQ(other["result"]["serverInfo"]["name"], "ke");
  EXPECT_EQ(other["result"]["instructions"], "how to");
  EXPECT_EQ(CodeOf(Request("initialize")), kInvalidParams);
}

TEST_F(ServerTest, ListsToolsWithoutParams) {
  Shake();
  const Json reply = Ask(R"({"jsonrpc":"2.0","id":"x","method":"tools/list"})");
  EXPECT_EQ(reply["id"], "x");
  const Json& list = reply["result"]["tools"];
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[1]["name"], "fail");
  EXPECT_EQ(list[1]["inputSchema"]["type"], "object");
  EXPECT_FALSE(reply["result"].contains("resultType"));
}

TEST_F(ServerTest, TheOldVersionsGetNoStructuredContent) {
  Shake("2025-03-26");
  const Json old = Request("tools/call", R"({"name":"whoami"})");
  EXPECT_EQ(old["result"]["content"][0]["text"], "tester");
  EXPECT_FALSE(old["result"].contains("structuredContent"));
  Shake("2025-06-18");
  const Json reply = Request("tools/call", R"({"name":"whoami"})");
  EXPECT_EQ(reply["result"]["structuredContent"]["is"], "tester");
  EXPECT_EQ(reply["result"]["isError"], false);
}

TEST_F(ServerTest, StatelessRequestsNeedNoHandshake) {
  const Json found = Request("server/discover", format("{{{}}}", kMeta));
  EXPECT_EQ(found["result"]["supportedVersions"], Json::array({"2026-07-28"}));
  EXPECT_EQ(found["result"]["resultType"], "complete");
  EXPECT_EQ(found["result"]["cacheScope"], "private");
  const Json reply =
      Request("tools/call", format(R"({{"name":"whoami",{}}})", kMeta));
  EXPECT_EQ(reply["result"]["structuredContent"]["is"], "probe");
  EXPECT_EQ(reply["result"]["resultType"], "complete");
  EXPECT_EQ(reply["result"]["_meta"]["io.modelcontextprotocol/serverInfo"]
                 ["name"], "ke");
  EXPECT_FALSE(reply["result"].contains("ttlMs"));
}

TEST_F(ServerTest, NeitherHandshakeNorMetaIsRefused) {
  EXPECT_EQ(CodeOf(Request("tools/list")), kInvalidRequest);
  const Json future = Request(
      "tools/list",
      R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2031-01-01"}})");
  EXPECT_EQ(CodeOf(future), kUnsupportedVersion);
  EXPECT_EQ(future["error"]["data"]["supported"], Json::array({"2026-07-28"}));
  EXPECT_EQ(future["error"]["data"]["requested"], "2031-01-01");
}

TEST_F(ServerTest, BadLinesAreAnsweredAndSurvived) {
  EXPECT_EQ(CodeOf(Ask("{nonsense")), kParseError);
  EXPECT_EQ(CodeOf(Ask("[]")), kInvalidRequest);
  EXPECT_EQ(CodeOf(Ask("7")), kInvalidRequest);
  EXPECT_EQ(CodeOf(Ask(R"({"id":1,"method":"ping"})")), kInvalidRequest);
  const Json numbered = Ask(R"({"jsonrpc":"2.0","id":7,"method":1})");
  EXPECT_EQ(CodeOf(numbered), kInvalidRequest);
  EXPECT_EQ(numbered["id"], 7);
  EXPECT_EQ(CodeOf(Ask(R"({"jsonrpc":"2.0","id":1,"method":"a","params":[]})")),
            kInvalidParams);
  transport_.Say("");
  transport_.Say(R"({"jsonrpc":"2.0","id":9,"result":{}})");
  transport_.Say(R"({"jsonrpc":"2.0","method":"notifications/unheard-of"})");
  EXPECT_EQ(Request("ping")["result"], Json::object());
}

TEST_F(ServerTest, UnknownMethodsAndTools) {
  Shake();
  EXPECT_EQ(CodeOf(Request("resources/list")), kMethodNotFound);
  EXPECT_EQ(CodeOf(Request("server/discover")), kMethodNotFound);
  EXPECT_EQ(CodeOf(Request("tools/call", R"({"name":"nosuch"})")),
            kInvalidParams);
  EXPECT_EQ(CodeOf(Request("tools/call")), kInvalidParams);
}

TEST_F(ServerTest, WhatFailsIsToldInTheResult) {
  Shake();
  const Json failed = Request(
      "tools/call", R"({"name":"fail","arguments":{"how":"a\u001b[31m b"}})");
  EXPECT_EQ(failed["result"]["isError"], true);
  EXPECT_EQ(failed["result"]["content"][0]["text"], "a[31m b");
  const Json wrong =
      Request("tools/call", R"({"name":"fail","arguments":{"hwo":"x"}})");
  EXPECT_EQ(wrong["result"]["isError"], true);
  EXPECT_EQ(wrong["result"]["content"][0]["text"],
            "hwo: unknown argument; did you mean how?");
}

TEST_F(ServerTest, ACancelledCallStopsAndIsNotAnswered) {
  Shake();
  StartWaiting(77);
  transport_.Say(R"({"jsonrpc":"2.0","method":"notifications/cancelled",)"
                 R"("params":{"requestId":77}})");
  while (waiting_ > 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(Request("ping").contains("result"));
  End();
  EXPECT_EQ(transport_.unheard(), 0u);
}

TEST_F(ServerTest, OthersAreServedMeanwhileUpToALimit) {
  Shake();
  StartWaiting(101);
  EXPECT_EQ(Request("tools/call", R"({"name":"whoami"})")["result"]["isError"],
            false);
  StartWaiting(102, 1);
  EXPECT_EQ(CodeOf(Request("tools/call", R"({"name":"whoami"})")), kBusy);
}

TEST_F(ServerTest, CallsInProgressEndWithTheClient) {
  Shake();
  StartWaiting(103);
  End();
  EXPECT_EQ(waiting_, 0);
}

TEST_F(ServerTest, SurvivesWhateverComes) {
  Shake();
  const std::vector<std::string> lines = {
      R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}})",
      R"({"jsonrpc":"2.0","id":"a","method":"tools/call","params":)"
      R"({"name":"fail","arguments":{"how":"x"}}})",
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":)"
      R"({"requestId":[1]}})",
      format(R"({{"jsonrpc":"2.0","id":2,"method":"server/discover",)"
             R"("params":{{{}}}}})", kMeta)};
  Random random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string line = lines[random.Below(lines.size())];
    for (uint64_t edits = 1 + random.Below(3); edits > 0; --edits)
      line[random.Below(line.size())] =
          "\"{}[],:0-e\\x\xff\x01 n"[random.Below(16)];
    transport_.Say(line.substr(0, 1 + random.Below(line.size())));
    transport_.Say(line);
  }
  transport_.Say(R"({"jsonrpc":"2.0","id":"last","method":"ping"})");
  Json reply;
  do {
    reply = transport_.Hear();
    ASSERT_TRUE(reply.is_object()) << reply;
    EXPECT_EQ(GetString(reply, "jsonrpc"), "2.0");
  } while (GetMember(reply, "id") != "last");
}

TEST_F(ServerTest, EndsWhenAskedTo) {
  Shake();
  StartWaiting(104);
  stop_.Request(StopCondition::Reason::kTerminate);
  thread_.join();
  EXPECT_EQ(waiting_, 0);
}

}  // namespace
}  // namespace kernelevolve::cli::mcp
