// What a recording says of its run, put in place of flags that were not given.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/model_flags.h"

namespace kernelevolve::cli {

// Those of `optimize` that decide what a model is asked.
struct ReplayFlags {
  std::string& task;
  std::string& target;
  std::string& proposer;
  std::string& policy;
  std::optional<int64_t>& seed;
  std::optional<int64_t>& nodes;
  const std::string& seed_kernel;
  std::vector<std::string>& shapes;
  ModelFlags& model;
};

// Where --proposer or --model names a recording that says how it was made. A
// flag that says otherwise is kBadInput, with the command that plays it. An old
// recording says nothing, and changes nothing.
Status AdoptRecording(const std::string& program, ReplayFlags flags);

// The same, of a recording's first line.
Status AdoptHeader(const std::string& program, const fs::path& recording,
                   const Json& header, ReplayFlags& flags);

}  // namespace kernelevolve::cli
