#include "cli/mcp/kernel_arguments.h"

#include <optional>

#include "base/format.h"
#include "base/text.h"
#include "cli/mcp/schemas.h"
#include "engine/candidate_file.h"
#include "propose/llm/edits.h"

namespace kernelevolve::cli::mcp {
namespace {

ParameterValues ParametersOf(const Json& arguments) {
  ParameterValues values;
  const Json& given = GetMember(arguments, "parameters");
  if (!given.is_object()) return values;
  for (const auto& [name, value] : given.items())
    values[name] =
        value.is_string() ? value.get<std::string>() : DumpJson(value);
  return values;
}

std::vector<Edit> EditsOf(const Json& arguments) {
  std::vector<Edit> edits;
  for (const Json& edit : GetMember(arguments, "edits"))
    edits.push_back({GetString(edit, "search").value_or(""),
                     GetString(edit, "replace").value_or("")});
  return edits;
}

// Those of the parent that the edited kernel can still take, then those given.
ParameterValues Inherited(const Node& parent, const std::string& source,
                          ParameterValues given) {
  const Result<TuneSpace> space = ParseTuneSpace(source);
  if (!space) return given;
  ParameterValues values = parent.candidate.parameters;
  std::erase_if(values, [&](const auto& entry) {
    return !space->Complete({entry});
  });
  for (const auto& [name, value] : given) values[name] = value;
  return space->Complete(values) ? values : given;
}

}  // namespace

Json ParametersSchema() {
  return {{"type", "object"},
          {"description",
           "values of its ke:tune parameters; the rest takes its defaults"},
          {"additionalProperties",
           {{"type", Json::array({"string", "number", "boolean"})}}}};
}

Json EditsSchema() {
  return {{"type", "array"},
          {"description",
           "in place of source: each `search` stands exactly once in the "
           "parent's source, whole lines"},
          {"items", ArgumentSchema({{"search", Source("what is there")},
                               {"replace", Source("what comes there")}},
                              {"search", "replace"})}};
}

Json LanguageSchema() {
  return Text("which one, in a run of several (that of the parent)");
}

Result<Target> TargetOf(const AgentRun& run, const Json& arguments,
                        const Node* parent) {
  const TargetSet& targets = run.targets();
  std::string language = GetString(arguments, "language").value_or("");
  if (language.empty() && parent) language = parent->candidate.language;
  if (language.empty() && !targets.several()) return targets.first();
  for (const Target& target : targets.all())
    if (target.language == language) return target;
  return BadInput(format("language: {}, expected one of {}",
                         language.empty() ? std::string("missing")
                                          : "found " + Sanitize(language, 100),
                         Join(targets.Languages(), ", ")));
}

Result<Candidate> CandidateOf(const AgentRun& run, const Json& arguments) {
  const auto source = GetString(arguments, "source");
  const std::vector<Edit> edits = EditsOf(arguments);
  ParameterValues parameters = ParametersOf(arguments);
  if (source.has_value() == !edits.empty())
    return BadInput("give one of source and edits");
  constexpr const char* kLabel = "submission";
  const auto number = GetInteger(arguments, "parent");
  if (!source && !number)
    return BadInput("parent: missing; edits are of its source");
  std::optional<Node> parent;
  if (number) {
    ASSIGN_OR_RETURN(parent, run.FindNode(*number));
  }
  ASSIGN_OR_RETURN(const Target target,
                   TargetOf(run, arguments, parent ? &*parent : nullptr));
  if (source) return MakeCandidate(*source, kLabel, target, parameters);
  auto edited = ApplyEdits(parent->candidate.source, edits);
  if (!edited) return BadInput(edited.error().ToText());
  parameters = Inherited(*parent, *edited, std::move(parameters));
  return MakeCandidate(*std::move(edited), kLabel, target, parameters);
}

}  // namespace kernelevolve::cli::mcp
