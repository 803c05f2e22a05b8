#include "engine/export.h"

#include "base/digest.h"
#include "base/format.h"
#include "core/target_set.h"
#include "engine/export/build_files.h"
#include "engine/export/example_source.h"
#include "engine/export/interface_source.h"
#include "engine/export/manifest.h"
#include "engine/export/names.h"
#include "engine/finished_run.h"

namespace kernelevolve {
namespace {

using Files = std::map<std::string, std::string>;  // path → contents

Status CheckExportable(const ExportRequest& request, const fs::path& folder) {
  if (request.candidate.language != "cpp")
    return BadInput(
        format("export --to c and cmake take cpp kernels; this one "
               "is written in {}",
               request.candidate.language));
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_empty(folder, error))
    return BadInput(format("{} exists and is not empty", folder.string()));
  return {};
}

// The shape a reader can run: the first one meant for the target.
const ShapeCase& ExampleShape(const Task& task, const Target& target) {
  const std::vector<ShapeCase> shapes = task.ShapesFor(target.device_kind);
  return *task.FindShape(shapes.empty() ? task.shapes.front().name
                                        : shapes.front().name);
}

std::string Readme(const ExportRequest& request, ExportFormat export_format) {
  const std::string name = CName(request.task.name);
  const Evaluation& evaluation = request.evaluation;
  return format(
      R"~(# {0}

{1}

Measured at the {2} stage: {3:.3g} times as fast as the best baseline
({4}), 95 % interval {5:.3g} to {6:.3g},
on {7} with {8}.

- `kernel.cc`: the kernel; parameters stand at its top.
- `include/{0}.h`: the interface; `{0}.cc` implements it; `example.c` calls it.
- `manifest.json`, `task/`: what was measured and how; `kernelevolve verify`
  reads them.

Build: `{9}`.
The flags say `-march=native`: build on the machine it is to run on.
)~",
      name, request.task.summary, StageName(evaluation.stage),
      evaluation.speedup, evaluation.baseline, evaluation.speedup_ci[0],
      evaluation.speedup_ci[1], request.device, request.toolchain,
      export_format == ExportFormat::kC
          ? "make run"
          : "cmake -B build && cmake --build build && ctest --test-dir build");
}

Result<Files> MakeFiles(const ExportRequest& request,
                        ExportFormat export_format) {
  const Task& task = request.task;
  const std::string name = CName(task.name);
  Files files;
  files[kKernelFile] = KernelFile(task, request.candidate);
  files["include/" + name + ".h"] = InterfaceHeader(task);
  files[name + ".cc"] = InterfaceSource(task);
  files["example.c"] = ExampleSource(task, ExampleShape(task, request.target));
  files["README.md"] = Readme(request, export_format);
  ASSIGN_OR_RETURN(files["include/kernelevolve/abi.h"],
                   ReadFile(request.abi_header));
  if (export_format == ExportFormat::kC) {
    files["Makefile"] = Makefile(task, request.target);
  } else {
    files["CMakeLists.txt"] = CMakeLists(task, request.target);
    files[name + "Config.cmake"] = CMakeConfig(task);
  }
  for (const auto& [path, contents] : task.files)
    files[format("{}/{}", kTaskFolder, path)] = contents;
  return files;
}

// What verify holds the folder to: all that a user links or judges by. A README
// may be rewritten.
bool IsHeld(const std::string& path) { return path != "README.md"; }

Manifest MakeManifest(const ExportRequest& request, const Files& files) {
  Manifest manifest;
  manifest.task_name = request.task.name;
  manifest.task_digest = request.task.Digest();
  manifest.target = request.target.Name();
  manifest.candidate_id = request.candidate.Id();
  manifest.language = request.candidate.language;
  manifest.parameters = request.candidate.parameters;
  manifest.evaluation = request.evaluation;
  manifest.device = request.device;
  manifest.toolchain = request.toolchain;
  manifest.run = request.run;
  manifest.node = request.node;
  manifest.finals_spent = request.finals_spent;
  manifest.exported_wall_s = request.wall_s;
  for (const auto& [path, contents] : files)
    if (IsHeld(path)) manifest.digests[path] = HexDigest(contents);
  return manifest;
}

const Node* FindNode(const FinishedRun& run, int64_t id) {
  for (const Node& node : run.nodes)
    if (node.id == id) return &node;
  return nullptr;
}

}  // namespace

std::optional<ExportFormat> ParseExportFormat(std::string_view name) {
  if (name == "c") return ExportFormat::kC;
  if (name == "cmake") return ExportFormat::kCMake;
  return std::nullopt;
}

std::string ExportFormatNames() { return "c cmake"; }

Result<ExportedFolder> ExportKernel(const ExportRequest& request,
                                    ExportFormat export_format,
                                    const fs::path& folder) {
  RETURN_IF_ERROR(CheckExportable(request, folder));
  ASSIGN_OR_RETURN(Files files, MakeFiles(request, export_format));
  files[kManifestFile] = DumpPrettyJson(ToJson(MakeManifest(request, files)));
  ExportedFolder exported{folder, {}};
  for (const auto& [path, contents] : files) {
    RETURN_IF_ERROR(MakeFolders((folder / path).parent_path()));
    RETURN_IF_ERROR(WriteFileAtomic(folder / path, contents));
    exported.files.push_back(path);
  }
  return exported;
}

Result<ExportRequest> ExportRequestFromRun(const fs::path& run_folder,
                                           int64_t id, const fs::path& data,
                                           double wall_s) {
  ASSIGN_OR_RETURN(const FinishedRun run, ReadRun(run_folder, data));
  const RunSummary& summary = run.summary;
  if (id == 0 && !summary.best)
    return BadInput(
        format("the run {} has no accepted kernel to export", run.record.id));
  const bool winner = summary.best && (id == 0 || id == summary.best->id);
  const Node* node = winner ? &*summary.best : FindNode(run, id);
  if (!node)
    return BadInput(format("the run {} has no node {}", run.record.id, id));
  if (!node->evaluation.accepted())
    return BadInput(format("node {} of {} was not accepted ({})", id,
                           run.record.id, CodeName(node->evaluation.code)));
  ExportRequest request;
  request.task = run.task;
  ASSIGN_OR_RETURN(
      request.target,
      FindTarget(
          TargetNameFor(run.record.target, node->candidate.language), data));
  request.candidate = node->candidate;
  request.evaluation = winner ? *summary.BestEvaluation() : node->evaluation;
  request.run = run.record.id;
  request.node = node->id;
  request.finals_spent = summary.finals_spent;
  request.device = run.device;
  request.toolchain = run.toolchain;
  request.wall_s = wall_s;
  request.abi_header = data / "include" / "kernelevolve" / "abi.h";
  return request;
}

}  // namespace kernelevolve
