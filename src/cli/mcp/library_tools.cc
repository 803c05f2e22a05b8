// list_tasks, search_knowledge
#include <memory>

#include "base/format.h"
#include "base/text.h"
#include "cli/mcp/schemas.h"
#include "cli/mcp/tools.h"
#include "core/target.h"
#include "core/task_parser.h"
#include "knowledge/docs/search.h"
#include "knowledge/docs/vocabulary.h"

namespace kernelevolve::cli::mcp {
namespace {

constexpr size_t kDocumentBytes = 8 << 10, kRecipeBytes = 12 << 10;
constexpr int64_t kDocuments = 3;

Result<ToolResult> ListTasks(const fs::path& data) {
  ToolResult result;
  result.structured["tasks"] = Json::array();
  for (const std::string& name : ShippedTaskNames(data)) {
    const Result<Task> task = FindTask(name, data);
    const std::string summary =
        task ? task->summary : "cannot be read: " + task.error().message;
    result.text += format("{}: {}\n", name, summary);
    result.structured["tasks"].push_back({{"task", name}, {"summary", summary}});
  }
  const std::vector<std::string> targets = KnownTargets(data);
  result.text += "\ntargets: " + Join(targets, ", ") +
                 "\nA folder with a task.toml of your own is a task as well.\n";
  result.structured["targets"] = targets;
  return result;
}

Situation SituationOf(const Json& arguments) {
  const auto text = [&](const char* name) {
    return GetString(arguments, name).value_or("");
  };
  Situation situation;
  situation.platform = text("platform");
  situation.arch = text("arch");
  situation.language = text("language");
  situation.bottleneck = text("bottleneck");
  situation.phase = text("phase");
  situation.error = ParseCode(text("error"));
  situation.text = text("text");
  return situation;
}

Result<ToolResult> Search(const KnowledgeSearch& knowledge,
                          const Json& arguments) {
  KnowledgeSearchOptions options;
  options.documents = static_cast<size_t>(
      GetInteger(arguments, "limit").value_or(kDocuments));
  options.recipes = static_cast<size_t>(
      GetInteger(arguments, "recipes").value_or(0));
  ASSIGN_OR_RETURN(const SearchResults found,
                   knowledge.Search(SituationOf(arguments), options));
  ToolResult result;
  for (const FoundDocument& entry : found.documents)
    result.text += format("# {} (knowledge/{})\n{}\n", entry.document->title,
                          entry.document->path,
                          Sanitize(entry.document->body, kDocumentBytes));
  for (const FoundRecipe& entry : found.recipes)
    result.text += format("# Recipe {} ({}): {}\n{}\n", entry.recipe->name,
                          entry.recipe->language, entry.recipe->summary,
                          Sanitize(entry.recipe->body, kRecipeBytes));
  if (result.text.empty()) result.text = "Nothing fits.\n";
  return result;
}

Json SearchSchema(const Vocabulary& words) {
  Json properties;
  properties["text"] =
      Text("an error message, an operator, whatever is known, in words");
  properties["platform"] = OneOf("kind of device", words.platforms);
  properties["arch"] = Text("sm_90, avx512, …");
  properties["language"] = OneOf("of the kernel", words.languages);
  properties["bottleneck"] = OneOf("what limits the kernel", words.bottlenecks);
  properties["phase"] = OneOf("of the work", words.phases);
  properties["error"] = OneOf("the judge's code", VerdictCodeNames());
  properties["limit"] = Whole("documents at most (3)", 1, 10);
  properties["recipes"] = Whole(
      "parametrised kernels at most (0), of the language; long", 0, 3);
  return ArgumentSchema(std::move(properties), {});
}

}  // namespace

Status AddLibraryTools(const ToolParts& parts, ToolBox& tools) {
  tools.Add({"list_tasks",
             "The shipped tasks (operators to make fast) and the targets "
             "(language@device) known here.",
             ArgumentSchema(Json::object(), {}), true,
             [data = parts.data](const Json&, const ToolContext&) {
               return ListTasks(data);
             }});
  ASSIGN_OR_RETURN(std::unique_ptr<KnowledgeSearch> loaded,
                   KnowledgeSearch::Load(parts.data));
  const std::shared_ptr<const KnowledgeSearch> knowledge = std::move(loaded);
  tools.Add({"search_knowledge",
             "Documents on writing fast and right kernels that fit a situation: "
             "give what is known of it. node_context holds those for a node "
             "already.",
             SearchSchema(VocabularyOf(parts.data / "knowledge")), true,
             [knowledge](const Json& arguments, const ToolContext&) {
               return Search(*knowledge, arguments);
             }});
  return {};
}

}  // namespace kernelevolve::cli::mcp
