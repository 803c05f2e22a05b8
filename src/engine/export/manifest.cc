#include "engine/export/manifest.h"

#include "base/format.h"
#include "core/evaluation_json.h"
#include "engine/export/interface_source.h"

namespace kernelevolve {
namespace {

constexpr int kFormat = 1;
constexpr std::string_view kMark =
    "// ---- from here on, the kernel as it was judged ----\n";

}  // namespace

Json ToJson(const Manifest& manifest) {
  return {{"format", kFormat},
          {"task", manifest.task_name},
          {"task_digest", manifest.task_digest},
          {"target", manifest.target},
          {"candidate", manifest.candidate_id},
          {"language", manifest.language},
          {"parameters", manifest.parameters},
          {"evaluation", ToJson(manifest.evaluation)},
          {"device", manifest.device},
          {"toolchain", manifest.toolchain},
          {"run", manifest.run},
          {"node", manifest.node},
          {"finals_spent", manifest.finals_spent},
          {"exported_wall_s", manifest.exported_wall_s},
          {"sha256", manifest.digests}};
}

Result<Manifest> ManifestFromJson(const Json& json) {
  if (GetInteger(json, "format") != kFormat)
    return BadInput(format("format {} expected", kFormat));
  Manifest manifest;
  const auto text = [&](const char* key) {
    return GetString(json, key).value_or("");
  };
  manifest.task_name = text("task");
  manifest.task_digest = text("task_digest");
  manifest.target = text("target");
  manifest.candidate_id = text("candidate");
  manifest.language = text("language");
  manifest.parameters = GetStringMap(json, "parameters");
  ASSIGN_OR_RETURN(manifest.evaluation,
                   EvaluationFromJson(GetMember(json, "evaluation")));
  manifest.device = text("device");
  manifest.toolchain = text("toolchain");
  manifest.run = text("run");
  manifest.node = GetInteger(json, "node").value_or(0);
  manifest.finals_spent =
      static_cast<int>(GetInteger(json, "finals_spent").value_or(0));
  manifest.exported_wall_s = GetNumber(json, "exported_wall_s").value_or(0);
  manifest.digests = GetStringMap(json, "sha256");
  return manifest;
}

Result<Manifest> ReadManifest(const fs::path& folder) {
  const fs::path file = folder / kManifestFile;
  std::error_code error;
  if (!fs::is_regular_file(file, error))
    return BadInput(format("{} is not an exported kernel: it has no {}",
                           folder.string(), kManifestFile));
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  const Result<Json> json = ParseJson(text);
  if (!json)
    return BadInput(format("{}: {}", file.string(), json.error().message));
  Result<Manifest> manifest = ManifestFromJson(*json);
  if (!manifest)
    return BadInput(format("{}: {}", file.string(), manifest.error().message));
  return manifest;
}

std::string KernelFile(const Task& task, const Candidate& candidate) {
  std::string text = format("// {}: {}\n// Parameters as they were tuned:\n",
                            task.name, task.summary);
  for (const auto& [name, value] : candidate.parameters)
    text += format("#define {} {}\n", name, value);
  return text + RenamedAbi(task) + std::string(kMark) + candidate.source;
}

Result<std::string> SourceInKernelFile(const std::string& text) {
  const size_t at = text.find(kMark);
  if (at == std::string::npos)
    return BadInput(format("{}: the line \"{}\" is gone", kKernelFile,
                           kMark.substr(0, kMark.size() - 1)));
  return text.substr(at + kMark.size());
}

}  // namespace kernelevolve
