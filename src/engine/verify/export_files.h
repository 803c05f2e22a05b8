// What of an exported folder is judged again: its task and its kernel.
#pragma once

#include "base/file.h"
#include "core/candidate.h"
#include "core/task.h"

namespace kernelevolve {

struct ExportedFiles {
  Task task;
  Candidate candidate;
};

// kBadInput: no manifest, or a file of the folder was changed since the export
// (named). Links, what lies behind them and what is no plain file count as
// changed; none is opened.
Result<ExportedFiles> ReadExport(const fs::path& folder);

}  // namespace kernelevolve
