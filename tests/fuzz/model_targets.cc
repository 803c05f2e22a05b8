// Targets of llm/ and propose/: what servers and models answer.
#include <algorithm>

#include "base/check.h"
#include "fuzz_target.h"
#include "llm/chat_json.h"
#include "llm/dialect.h"
#include "llm/model_text.h"
#include "propose/llm/answer.h"
#include "propose/llm/context_answer.h"
#include "propose/llm/tool_arguments.h"
#include "propose/llm/tool_specs.h"
#include "propose/llm/tool_text.h"

namespace kernelevolve::fuzz {
namespace {

// What a model wrote is clean from here on, and can be kept and read again.
bool CheckReply(const ChatResult& result) {
  if (!result) {
    CHECK(!DumpJson(ToJson(result.error())).empty());
    return false;
  }
  CHECK(CleanModelText(result->text) == result->text);
  CHECK(result->usage.input >= 0 && result->usage.output >= 0);
  const auto again = ReplyFromJson(*ParseJson(DumpJson(ToJson(*result))));
  CHECK(again && again->text == result->text);
  CHECK(again->tool_calls.size() == result->tool_calls.size());
  return true;
}

std::vector<std::unique_ptr<ChatDialect>> Dialects() {
  std::vector<std::unique_ptr<ChatDialect>> dialects;
  dialects.push_back(MakeOpenAiDialect());
  dialects.push_back(MakeAnthropicDialect());
  return dialects;
}

// Streams ---------------------------------------------------------------------

// In pieces of `size` bytes, which a parser must not notice.
std::vector<SseEvent> Events(std::string_view input, size_t size) {
  SseParser parser;
  std::vector<SseEvent> events;
  for (size_t at = 0; at < input.size(); at += size)
    for (SseEvent& event : parser.Feed(input.substr(at, size)))
      events.push_back(std::move(event));
  return events;
}

bool RunStream(std::string_view input) {
  const std::vector<SseEvent> events =
      Events(input, std::max<size_t>(input.size(), 1));
  const std::vector<SseEvent> pieces = Events(input, 3);
  CHECK(std::ranges::equal(events, pieces, {}, &SseEvent::data,
                           &SseEvent::data));
  bool taken = false;
  for (const auto& dialect : Dialects()) {
    const auto reader = dialect->NewReader();
    for (const SseEvent& event : events) reader->Take(event);
    taken = CheckReply(reader->Finish()) || taken;
  }
  return taken;
}

std::vector<std::string> StreamSeeds() {
  return {
      R"(data: {"model":"m","choices":[{"delta":{"role":"assistant","content":"a"}}]}

data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"lint","arguments":"{\"a\":"}}]}}]}

data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":9,"completion_tokens":3}}

data: [DONE]

)",
      R"(event: message_start
data: {"type":"message_start","message":{"model":"m","usage":{"input_tokens":9,"output_tokens":1,"cache_read_input_tokens":3}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"kernel"}}

data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"lint","input":{}}}

data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\": 1}"}}

data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":12}}

data: {"type":"message_stop"}

)",
      "data: {\"error\":{\"message\":\"overloaded\",\"code\":529}}\r\n\r\n"};
}

// Replies ---------------------------------------------------------------------

bool RunReply(std::string_view input) {
  const auto json = ParseJson(CleanModelText(input));
  if (!json) return false;
  bool taken = false;
  for (const auto& dialect : Dialects())
    taken = CheckReply(dialect->ParseReply(*json)) || taken;
  if (const auto reply = ReplyFromJson(*json))
    taken = CheckReply(*reply) || taken;
  if (const auto error = ErrorFromJson(*json))
    CHECK(ErrorFromJson(*ParseJson(DumpJson(ToJson(*error)))).has_value());
  return taken;
}

std::vector<std::string> ReplySeeds() {
  ChatReply reply{.text = "a", .tool_calls = {{"c", "lint", "{\"a\":1}"}}};
  reply.usage = {9, 3, 2, false};
  ChatError error{ChatErrorKind::kRateLimited, "slow down", 429};
  error.usage = Usage{1, 0, 1, true};
  return {
      R"({"model":"m","choices":[{"message":{"content":[{"type":"text","text":"a"}],"tool_calls":[{"id":"c","function":{"name":"lint","arguments":{"a":1}}}],"reasoning":"so"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":2}}})",
      R"({"type":"message","model":"m","content":[{"type":"thinking","thinking":"so"},{"type":"text","text":"a"},{"type":"tool_use","id":"t","name":"give_answer","input":{"a":[1]}}],"stop_reason":"end_turn","usage":{"input_tokens":9,"output_tokens":3}})",
      R"({"type":"error","error":{"type":"overloaded_error","message":"later"}})",
      DumpJson(ToJson(reply)), DumpJson(ToJson(error))};
}

// Answers ---------------------------------------------------------------------

constexpr char kParent[] =
    "// ke:tune B = 8 in {8, 16}\nextern \"C\" int32_t ke_run(const KeArgs* a) "
    "{\n  int one;\n  int two;\n  return 0;\n}\n";

bool CheckAnswer(std::string_view text, const Candidate* parent) {
  bool taken = false;
  for (const bool cut_off : {false, true}) {
    const auto answer = ParseAnswer(text, parent, cut_off);
    if (!answer) {
      CHECK(!answer.error().ToText().empty());
      continue;
    }
    CHECK(!answer->source.empty());
    CHECK(parent || answer->kind == AnswerKind::kWholeFile);
    // It is a kernel: its parameters are those that the source declares.
    const auto space = ParseTuneSpace(answer->source);
    CHECK(space && space->Admits(answer->parameters));
    taken = true;
  }
  return taken;
}

bool CheckTools(std::string_view text) {
  for (const ToolSpec& tool : KernelToolSpecs(/*knowledge=*/true))
    if (const auto arguments = ToolArguments::Parse(std::string(text), tool))
      CHECK(ParseJson(arguments->Canonical()).has_value());
  const auto call = ParseTextCall(text);
  if (!call) return false;
  const ToolCall kept = ForHistory(*call, 1);
  CHECK(!kept.id.empty() && ParseJson(kept.arguments).has_value());
  return true;
}

bool RunAnswer(std::string_view input) {
  const std::string text = CleanModelText(input);
  static const Candidate parent{"cpp", kParent, {{"B", "8"}}, "parent"};
  bool taken = CheckAnswer(text, nullptr);
  taken = CheckAnswer(text, &parent) || taken;
  taken = CheckTools(text) || taken;
  if (const auto report = ParseContextAnswer(text)) {
    CHECK(report->headline.find('\n') == std::string::npos);
    taken = true;
  }
  return taken;
}

std::vector<std::string> AnswerSeeds() {
  return {std::string("PLAN: wider\n```cpp\n") + kParent + "```\nThat is all.\n",
          "PLAN: swap\n<<<<<<< SEARCH\n  int one;\n=======\n  int three;\n"
          ">>>>>>> REPLACE\n<<<<<<< SEARCH\n  int two;\n=======\n>>>>>>> REPLACE\n",
          "```parameters\nB = 16\n```\n",
          "```json\n{\"name\": \"replace\", \"arguments\": {\"search\": \"a\", "
          "\"replace\": \"b\"}}\n```\n",
          R"({"headline":"h","bottleneck":"memory","evidence":["e"],"moves":["m"],"tried_and_failed":[]})",
          R"({"query": "shared memory", "code": "int x;\n", "plan": null})"};
}

}  // namespace

std::vector<Target> ModelTargets() {
  return {{"stream", RunStream, StreamSeeds, 5},
          {"reply", RunReply, ReplySeeds, 11},
          {"answer", RunAnswer, AnswerSeeds, 6}};
}

}  // namespace kernelevolve::fuzz
