// manifest.json of an exported folder: where the kernel comes from, what was
// measured, and the digests of what verify relies on.
#pragma once

#include <map>
#include <string>

#include "base/json.h"
#include "core/candidate.h"
#include "engine/export.h"

namespace kernelevolve {

struct Manifest {
  std::string task_name, task_digest, target;
  std::string candidate_id;
  std::string language;
  ParameterValues parameters;
  Evaluation evaluation;
  std::string device, toolchain;
  std::string run;
  int64_t node = 0;
  int finals_spent = 0;
  double exported_wall_s = 0;
  // SHA-256 by path within the folder: all files but README.md and this one.
  std::map<std::string, std::string> digests;
};

inline constexpr const char* kManifestFile = "manifest.json";
inline constexpr const char* kKernelFile = "kernel.cc";
inline constexpr const char* kTaskFolder = "task";

Json ToJson(const Manifest& manifest);
Result<Manifest> ManifestFromJson(const Json& json);
// kBadInput where the folder has none, or it is not one of ours.
Result<Manifest> ReadManifest(const fs::path& folder);

// kernel.cc: the parameters as #defines and the renamed ABI, a line that marks
// the end of them, and the candidate's source to the byte.
std::string KernelFile(const Task& task, const Candidate& candidate);
// The source behind the mark; kBadInput without one.
Result<std::string> SourceInKernelFile(const std::string& text);

}  // namespace kernelevolve
