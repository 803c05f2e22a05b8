// A cap in dollars against what a slow server really generates for eight
// callers at once, whether it says so or not.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "base/format.h"
#include "llm/curl_transport.h"
#include "llm/make_client.h"
#include "llm/testing/scripted_client.h"
#include "llm/testing/scripted_server.h"

namespace kernelevolve {
namespace {

constexpr double kCap = 0.01;
constexpr Price kPrice{1, 0.1, 2};
constexpr int kCallers = 8;

// Four bytes a token, and a template around each message.
int64_t PromptTokens(const Json& body) {
  int64_t tokens = 0;
  for (const Json& message : GetMember(body, "messages"))
    tokens += 6 + static_cast<int64_t>(
                      GetString(message, "content").value_or("").size() / 4);
  return tokens;
}

// What stands behind the server: it works to the end of every answer, whoever
// still listens, and keeps the true count.
class Meter {
 public:
  void AddPrompt(int64_t tokens) { prompt_ += tokens; }
  void AddToken() { ++output_; }
  void Enter() {
    const int now = ++working_;
    for (int peak = peak_; now > peak && !peak_.compare_exchange_weak(peak, now);) {
    }
  }
  void Leave() { --working_; }
  int peak() const { return peak_; }
  double Dollars() const {
    return kernelevolve::Dollars(
        CostOf({prompt_.load(), 0, output_.load()}, kPrice));
  }

 private:
  std::atomic<int64_t> prompt_{0}, output_{0};
  std::atomic<int> working_{0}, peak_{0};
};

// Tokens as tokenizers cut code and prose.
std::string_view TokenText(int64_t i) {
  constexpr std::array<std::string_view, 12> kTokens{
      "for", " (", "int", " i",     " =",    " 0",
      ";",   " i", " <",  " width", ";\\n", " vectorized"};
  return kTokens[static_cast<size_t>(i) % kTokens.size()];
}

enum class Usages { kReported, kMissing, kCut };

std::string Piece(std::string_view text) {
  return format(R"({{"choices":[{{"delta":{{"content":"{}"}}}}]}})", text);
}

std::string UsageText(const Json& body, int64_t tokens) {
  return format(R"("usage":{{"prompt_tokens":{},"completion_tokens":{}}})",
                PromptTokens(body), tokens);
}

// Works token by token, slowly. With `cut` the connection breaks half way, and
// the work goes on. Returns the text.
std::string Generate(Meter& meter, int64_t tokens, bool stream, bool cut,
                     ServerConnection& out) {
  std::string text;
  meter.Enter();
  // Nobody is done before all have begun.
  for (int ms = 0; meter.peak() < kCallers && ms < 5000; ++ms) out.Pause(1);
  for (int64_t i = 0; i < tokens; ++i) {
    meter.AddToken();
    text += TokenText(i);
    if (i % 16 == 0) out.Pause(2);
    if (cut && i == tokens / 2) out.Reset();
    if (stream && out.socket() >= 0) out.Event(Piece(TokenText(i)));
  }
  meter.Leave();
  return text;
}

// Between a third and all of the tokens that are allowed; with kCut, every
// third answer breaks off.
ScriptedServer::Handler PaidModel(Meter& meter, Usages usages, bool stream) {
  auto calls = std::make_shared<std::atomic<int>>(0);
  return [=, &meter](const ServerRequest& request, ServerConnection& out) {
    const Json body = *ParseJson(request.body);
    meter.AddPrompt(PromptTokens(body));
    const int call = (*calls)++;
    const int64_t most = GetInteger(body, "max_tokens").value_or(1000);
    const int64_t tokens = most / 3 + (call * 37) % (most - most / 3 + 1);
    const bool cut = usages == Usages::kCut && call % 3 == 2;
    if (stream) out.BeginEvents();
    const std::string text = Generate(meter, tokens, stream, cut, out);
    if (cut) return;
    const std::string usage =
        usages == Usages::kReported ? "," + UsageText(body, tokens) : "";
    if (!stream) {
      out.Reply(200, "application/json",
                format(R"({{"choices":[{{"message":{{"content":"{}"}},)"
                       R"("finish_reason":"stop"}}]{}}})",
                       text, usage));
      return;
    }
    out.Event(R"({"choices":[{"delta":{},"finish_reason":"stop"}]})");
    if (!usage.empty()) out.Event(format(R"({{"choices":[]{}}})", usage));
    out.Event("[DONE]");
  };
}

struct Case {
  Usages usages;
  bool stream;
};

class SpendingCapTest : public testing::TestWithParam<Case> {};

TEST_P(SpendingCapTest, IsNeverPassed) {
  Meter meter;
  const auto server = ScriptedServer::Start(
      PaidModel(meter, GetParam().usages, GetParam().stream));
  ASSERT_TRUE(server);
  const SystemClock clock;
  SystemSleeper sleeper;
  const auto transport = CurlTransport::Create(clock);
  ASSERT_TRUE(transport);
  ModelOptions options;
  options.models = (*server)->Url() + "#m";
  const auto folder = TempFolder::Create("spending_cap");
  ASSERT_TRUE(folder);
  options.prices = folder->path() / "prices.toml";
  ASSERT_TRUE(WriteFileAtomic(
      options.prices, format("[url.m]\ninput = {}\ncached = {}\noutput = {}\n",
                             kPrice.input, kPrice.cached, kPrice.output)));
  options.budget.dollars = kCap;
  options.least_tokens = 16;
  options.stream = GetParam().stream;
  options.retry.base = std::chrono::milliseconds(1);
  const auto stack = MakeModelStack(
      options, {transport->get(), nullptr, &clock, &sleeper,
                [](const char*) -> const char* { return nullptr; }});
  ASSERT_TRUE(stack) << stack.error().message;
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i)
    callers.emplace_back([&, i] {
      const StopCondition stop;
      ChatRequest request = RequestOf("Write kernel " + std::to_string(i));
      request.max_tokens = 100 + 40 * i;
      while (true) {
        const ChatResult result = stack->client->Complete(request, stop);
        if (!result && result.error().kind == ChatErrorKind::kBudget) break;
      }
    });
  for (std::thread& caller : callers) caller.join();
  const BudgetTotals totals = stack->ledger->totals();
  EXPECT_LE(meter.Dollars(), kCap * 1.05);
  EXPECT_LE(totals.spent.dollars, kCap);
  EXPECT_EQ(totals.in_flight, 0);
  EXPECT_GE(meter.peak(), kCallers);
  // And the money is put to use.
  EXPECT_GE(totals.spent.dollars, kCap * 0.9);
  EXPECT_GE(meter.Dollars(), kCap * 0.5);
  RecordProperty("generated_dollars", std::to_string(meter.Dollars()));
  RecordProperty("charged_dollars", std::to_string(totals.spent.dollars));
  RecordProperty("calls", static_cast<int>(totals.spent.calls));
}

INSTANTIATE_TEST_SUITE_P(
    Servers, SpendingCapTest,
    testing::Values(Case{Usages::kReported, true}, Case{Usages::kReported, false},
                    Case{Usages::kMissing, true}, Case{Usages::kMissing, false},
                    Case{Usages::kCut, true}, Case{Usages::kCut, false}));

}  // namespace
}  // namespace kernelevolve
