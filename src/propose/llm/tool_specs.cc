#include "propose/llm/tool_specs.h"

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

Json Text(const char* description) {
  return {{"type", "string"}, {"description", description}};
}

Json Object(Json properties, std::vector<std::string> required) {
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", std::move(required)},
          {"additionalProperties", false}};
}

Json NodeSchema() {
  return Object(
      {{"node",
        {{"type", {"string", "integer"}},
         {"description",
          "\"parent\", \"current\" (what you have written so far), or "
          "the number of a node of the history"}}}},
      {});
}

Json SearchSchema() {
  return Object(
      {{"query", Text("a few words")},
       {"error", Text("a verdict code, such as OOB or PRECISION")},
       {"bottleneck", Text("memory, compute, latency, occupancy or launch")}},
      {"query"});
}

std::string Signature(const ToolSpec& tool) {
  std::vector<std::string> names;
  for (const auto& [name, schema] :
       GetMember(tool.parameters, "properties").items())
    names.push_back(name);
  return tool.name + "(" + Join(names, ", ") + ")";
}

}  // namespace

std::vector<ToolSpec> KernelToolSpecs(bool knowledge) {
  const Json none = Object(Json::object(), {});
  std::vector<ToolSpec> tools = {
      {tool::kReadKernel, "Shows a kernel and its verdict.", NodeSchema()},
      {tool::kWriteKernel, "Puts a whole file in place of the current kernel.",
       Object({{"source", Text("the whole file")}}, {"source"})},
      {tool::kReplace,
       "Replaces one text in the current kernel; it must stand there exactly "
       "once, character for character.",
       Object({{"search", Text("the old text")},
               {"replace", Text("the new text")}},
              {"search", "replace"})},
      {tool::kLint, "Compiles the current kernel, without running it.", none}};
  if (knowledge)
    tools.push_back({tool::kSearchKnowledge,
                     "Finds notes about a technique, an error or a bottleneck.",
                     SearchSchema()});
  tools.push_back({tool::kEvaluate,
                   "Has the judge check and time the current kernel.", none});
  tools.push_back({tool::kSubmit, "Hands in the current kernel and ends.",
                   Object({{"plan", Text("one line: what is new and why it "
                                         "should be faster")}},
                          {"plan"})});
  return tools;
}

std::string ToolInstructions(const std::vector<ToolSpec>& tools,
                             const ToolLimits& limits) {
  std::string text = format(
      "You may work with tools before you hand in a kernel: {} calls at most, "
      "{} "
      "of them of {}. Lint what you write, then {} it. A call that repeats an "
      "earlier one tells nothing new.\n",
      limits.steps, limits.evaluations, tool::kEvaluate, tool::kSubmit);
  for (const ToolSpec& each : tools)
    text += format("- {}: {}\n", Signature(each), each.description);
  return text +
         "If you cannot call tools natively, answer with one JSON object and "
         "nothing else, for example\n"
         "{\"name\": \"replace\", \"arguments\": {\"search\": \"old\", "
         "\"replace\": \"new\"}}\n"
         "Or answer at any time with the kernel itself, in the form asked for "
         "below: that hands it in.\n";
}

}  // namespace kernelevolve
