#include "propose/llm/context_answer.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "base/text.h"
#include "propose/llm/fenced_blocks.h"

namespace kernelevolve {
namespace {

constexpr size_t kMostBytes = 64 << 10;
constexpr size_t kHeadlineBytes = 300, kLineBytes = 500, kLines = 8;
// The last two are no words of the knowledge base.
constexpr std::array<const char*, 7> kBottlenecks = {
    "memory", "compute", "latency", "occupancy", "launch", "errors", "unknown"};
constexpr size_t kKnown = 5;

struct List {
  const char* name;
  std::vector<std::string> ContextAnswer::*member;
};
constexpr std::array<List, 3> kLists = {
    {{"evidence", &ContextAnswer::evidence},
     {"moves", &ContextAnswer::moves},
     {"tried_and_failed", &ContextAnswer::tried_and_failed}}};

Result<std::string> Line(const Json& value, size_t limit,
                         const std::string& what) {
  if (!value.is_string())
    return BadInput(format("{}: expected a string", what));
  std::string line = Sanitize(value.get<std::string>(), kMostBytes);
  std::replace(line.begin(), line.end(), '\n', ' ');
  line = Trim(line);
  if (line.empty() || line.size() > limit)
    return BadInput(format("{}: found {} bytes, expected 1 to {}", what,
                           line.size(), limit));
  return line;
}

Result<std::vector<std::string>> Lines(const Json& value,
                                       const std::string& what) {
  if (!value.is_array() || value.size() > kLines)
    return BadInput(format("{}: expected a list of at most {}", what, kLines));
  std::vector<std::string> lines;
  for (const Json& each : value) {
    ASSIGN_OR_RETURN(std::string line, Line(each, kLineBytes, what));
    lines.push_back(std::move(line));
  }
  return lines;
}

Result<std::string> Bottleneck(const Json& value) {
  const std::string name = value.is_string() ? value.get<std::string>() : "";
  const auto it = std::find(kBottlenecks.begin(), kBottlenecks.end(), name);
  if (it == kBottlenecks.end())
    return BadInput(format("bottleneck: found \"{}\"", Sanitize(name, 60)));
  return it - kBottlenecks.begin() < static_cast<int>(kKnown) ? name : "";
}

}  // namespace

ResponseFormat ContextFormat() {
  const Json lines = {
      {"type", "array"}, {"maxItems", kLines}, {"items", {{"type", "string"}}}};
  return {
      "bottleneck_report",
      {{"type", "object"},
       {"properties",
        {{"headline", {{"type", "string"}}},
         {"bottleneck", {{"type", "string"}, {"enum", kBottlenecks}}},
         {"evidence", lines},
         {"moves", lines},
         {"tried_and_failed", lines}}},
       {"required",
        {"headline", "bottleneck", "evidence", "moves", "tried_and_failed"}},
       {"additionalProperties", false}}};
}

Result<Json> JsonOfAnswer(std::string_view text) {
  if (text.size() > kMostBytes) return BadInput("the answer is too long");
  if (Trim(text).starts_with('{')) return ParseJson(Trim(text));
  const FencedText split = SplitFences(text);
  if (split.blocks.size() != 1)
    return BadInput("the answer is not one JSON object");
  return ParseJson(split.blocks.front().text);
}

Result<ContextAnswer> ParseContextAnswer(std::string_view text) {
  ASSIGN_OR_RETURN(const Json json, JsonOfAnswer(text));
  if (!json.is_object() || json.size() != kLists.size() + 2)
    return BadInput("expected an object of exactly the keys asked for");
  ContextAnswer answer;
  ASSIGN_OR_RETURN(answer.headline, Line(GetMember(json, "headline"),
                                         kHeadlineBytes, "headline"));
  ASSIGN_OR_RETURN(answer.bottleneck,
                   Bottleneck(GetMember(json, "bottleneck")));
  for (const List& list : kLists) {
    ASSIGN_OR_RETURN(answer.*list.member,
                     Lines(GetMember(json, list.name), list.name));
  }
  return answer;
}

}  // namespace kernelevolve
