// Export: a winning kernel as a folder that builds without this project, with
// the provenance that `verify` needs to check it again.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "core/candidate.h"
#include "core/evaluation.h"
#include "core/target.h"
#include "core/task.h"

namespace kernelevolve {

// kC: sources, example caller and Makefile. kCMake: the same with a
// CMakeLists.txt that builds, tests and installs a library target.
enum class ExportFormat { kC, kCMake };
std::optional<ExportFormat> ParseExportFormat(std::string_view name);
std::string ExportFormatNames();  // "c cmake"

struct ExportRequest {
  Task task;
  Target target;
  Candidate candidate;
  Evaluation evaluation;  // of the latest stage it has been through
  std::string run;        // name, for the manifest
  int64_t node = 0;
  int finals_spent = 0;
  std::string device, toolchain;
  double wall_s = 0;    // when
  fs::path abi_header;  // include/kernelevolve/abi.h, copied
};

struct ExportedFolder {
  fs::path folder;
  std::vector<std::string> files;  // by path within it
};

// kBadInput if the folder exists and is not empty.
Result<ExportedFolder> ExportKernel(const ExportRequest& request,
                                    ExportFormat format,
                                    const fs::path& folder);

// The winner of a run, or with `node` that node, ready to export. kBadInput
// where the run has nothing accepted.
Result<ExportRequest> ExportRequestFromRun(const fs::path& run_folder,
                                           int64_t node, const fs::path& data,
                                           double wall_s);

}  // namespace kernelevolve
