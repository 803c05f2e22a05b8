#include "llm/make_client.h"

#include <gtest/gtest.h>

#include "llm/testing/fake_sleeper.h"
#include "llm/testing/fake_transport.h"
#include "llm/testing/scripted_client.h"

namespace kernelevolve {
namespace {

const char* const kAnswer =
    R"({"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],
    "usage":{"prompt_tokens":1000,"completion_tokens":100}})";

class MakeClientTest : public testing::Test {
 protected:
  MakeClientTest() : folder_(*TempFolder::Create("make_client_test")) {
    options_.prices = *DataFolder() / "knowledge" / "prices.toml";
    options_.stream = false;
  }
  Result<ModelStack> Make(const std::string& models) {
    options_.models = models;
    ModelServices services{&transport_, nullptr, &clock_, &sleeper_,
                           [this](const char* name) -> const char* {
                             return std::string(name) == key_name_ ? "key-123456"
                                                                   : nullptr;
                           }};
    return MakeModelStack(options_, services);
  }

  // A table of that text.
  fs::path Prices(const std::string& text) const {
    const fs::path file = folder_.path() / "prices.toml";
    EXPECT_TRUE(WriteFileAtomic(file, text));
    return file;
  }

  const TempFolder folder_;
  FakeTransport transport_;
  FakeClock clock_;
  FakeSleeper sleeper_{clock_};
  StopCondition stop_;
  ModelOptions options_;
  std::string key_name_ = "OPENAI_API_KEY";
};

TEST_F(MakeClientTest, OneModelWithItsBill) {
  auto stack = Make("openai:gpt-5-mini");
  ASSERT_TRUE(stack) << stack.error().message;
  transport_.Answer(503, "busy");
  transport_.Answer(200, kAnswer);
  const ChatResult result = stack->client->Complete(RequestOf("x"), stop_);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->model, "openai:gpt-5-mini");
  EXPECT_DOUBLE_EQ(result->dollars, 1000 * 0.25e-6 + 100 * 2e-6);
  EXPECT_EQ(stack->ledger->totals().spent.calls, 2);
  const Json body = *ParseJson(transport_.requests()[1].body);
  EXPECT_EQ(GetInteger(body, "max_completion_tokens"), 100);
  EXPECT_EQ(GetString(body, "model"), "gpt-5-mini");
}

TEST_F(MakeClientTest, SeveralModelsTakeTurns) {
  auto stack = Make("http://127.0.0.1:1#a,http://127.0.0.1:1#b");
  ASSERT_TRUE(stack) << stack.error().message;
  for (int i = 0; i < 2; ++i) {
    transport_.Answer(200, kAnswer);
    ASSERT_TRUE(stack->client->Complete(RequestOf("x"), stop_));
  }
  EXPECT_EQ(stack->bandit->arms()[0].picks, 1);
  EXPECT_EQ(stack->bandit->arms()[1].picks, 1);
}

TEST_F(MakeClientTest, RecordedAndReplayedWithoutAnything) {
  options_.record = folder_.path() / "r.jsonl";
  {
    auto stack = Make("http://127.0.0.1:1#a");
    ASSERT_TRUE(stack);
    transport_.Answer(200, kAnswer);
    ASSERT_TRUE(stack->client->Complete(RequestOf("x"), stop_));
  }
  const std::string file = options_.record.string();
  EXPECT_FALSE(Make("replay:" + file));
  options_.record.clear();
  auto stack = Make("replay:" + file);
  ASSERT_TRUE(stack) << stack.error().message;
  const ChatResult result = stack->client->Complete(RequestOf("x"), stop_);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->text, "hi");
  EXPECT_EQ(transport_.requests().size(), 1u);
  EXPECT_FALSE(Make("replay:" + file + ",openai:gpt-5"));
}

TEST_F(MakeClientTest, CachedBeforeItIsPaid) {
  options_.cache = folder_.path() / "cache";
  auto stack = Make("http://127.0.0.1:1#a");
  ASSERT_TRUE(stack);
  transport_.Answer(200, kAnswer);
  ASSERT_TRUE(stack->client->Complete(RequestOf("x"), stop_));
  const ChatResult again = stack->client->Complete(RequestOf("x"), stop_);
  ASSERT_TRUE(again);
  EXPECT_EQ(ChargeOf(again).usage.total(), 0);
  EXPECT_EQ(ChargeOf(again).calls, 0);
  EXPECT_EQ(stack->ledger->totals().spent.calls, 1);
}

TEST_F(MakeClientTest, NoKeyNoPriceNoModel) {
  EXPECT_EQ(Make("anthropic:claude-opus-5").error().code, ErrorCode::kMissing);
  EXPECT_EQ(Make("openai:unheard-of").error().code, ErrorCode::kBadInput);
  EXPECT_EQ(Make("nonsense").error().code, ErrorCode::kBadInput);
  options_.prices = Prices("[openai.unheard-of]\ninput = 1\noutput = 1\n");
  EXPECT_TRUE(Make("openai:unheard-of"));
}

TEST_F(MakeClientTest, ABareKeyIsForOneServer) {
  options_.key_file = folder_.path() / "key";
  ASSERT_TRUE(WriteFileAtomic(options_.key_file, "sk-bare\n"));
  EXPECT_TRUE(Make("openai:gpt-5,openai:gpt-5-mini"));
  EXPECT_FALSE(Make("openai:gpt-5,anthropic:claude-opus-5"));
}

TEST_F(MakeClientTest, KeKeyIsForOneServerAndNeverInTheClear) {
  key_name_ = "KE_API_KEY";
  EXPECT_TRUE(Make("http://127.0.0.1:1#a,http://127.0.0.1:1#b"));
  const auto two = Make("http://127.0.0.1:1#a,http://127.0.0.1:2#b");
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().code, ErrorCode::kBadInput);
  EXPECT_NE(two.error().message.find("KE_API_KEY"), std::string::npos);
  options_.prices = Prices("[url.\"*\"]\ninput = 1\noutput = 1\n");
  const auto clear = Make("http://far.example/v1#a");
  ASSERT_FALSE(clear);
  EXPECT_NE(clear.error().message.find("KE_API_KEY"), std::string::npos);
  EXPECT_NE(clear.error().message.find("http://far.example/v1#a"),
            std::string::npos);
  EXPECT_TRUE(Make("https://far.example/v1#a"));
  options_.key_file = folder_.path() / "key";
  ASSERT_TRUE(WriteFileAtomic(options_.key_file, "sk-bare\n"));
  EXPECT_FALSE(Make("http://far.example/v1#a"));
  // Without a key there is nothing to lose.
  options_.key_file.clear();
  key_name_ = "OPENAI_API_KEY";
  EXPECT_TRUE(Make("http://far.example/v1#a,http://127.0.0.1:2#b"));
}

TEST_F(MakeClientTest, ACapInDollarsHoldsForAServerHereToo) {
  options_.budget.dollars = 1.0;
  EXPECT_FALSE(Make("http://127.0.0.1:1#a"));
  options_.prices = Prices("[url.a]\ninput = 0\noutput = 1e4\n");
  auto stack = Make("http://127.0.0.1:1#a");
  ASSERT_TRUE(stack);
  transport_.Answer(200, kAnswer);
  ASSERT_TRUE(stack->client->Complete(RequestOf("x"), stop_));
  const ChatResult result = stack->client->Complete(RequestOf("x"), stop_);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ChatErrorKind::kBudget);
}

TEST_F(MakeClientTest, APlanOpensNothing) {
  options_.models = "http://127.0.0.1:1#a";
  options_.record = folder_.path() / "none" / "r.jsonl";
  const auto plan =
      PlanModels(options_, [](const char*) -> const char* { return nullptr; });
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_FALSE(fs::exists(folder_.path() / "none"));
}

TEST_F(MakeClientTest, AReplayCountsWhatTheAnswersCostThen) {
  options_.record = folder_.path() / "r.jsonl";
  options_.prices = Prices("[url.a]\ninput = 1\noutput = 10\n");
  {
    auto stack = Make("http://127.0.0.1:1#a");
    ASSERT_TRUE(stack);
    transport_.Answer(200, kAnswer);
    ASSERT_TRUE(stack->client->Complete(RequestOf("x"), stop_));
  }
  const std::string file = options_.record.string();
  options_.record.clear();
  auto stack = Make("replay:" + file);
  ASSERT_TRUE(stack);
  ASSERT_TRUE(stack->client->Complete(RequestOf("x"), stop_));
  const Spending spent = stack->ledger->totals().spent;
  EXPECT_EQ(spent.calls, 1);
  EXPECT_EQ(spent.tokens(), 1100);
  EXPECT_DOUBLE_EQ(spent.dollars, 0.002);
}

}  // namespace
}  // namespace kernelevolve
