// Expected answers as files, so that the workers of one machine compute each
// once. Written and read by trusted processes only.
#pragma once

#include "base/file.h"
#include "worker/judge/comparison.h"

namespace kernelevolve::worker {

Status WriteExpectedFile(const fs::path& path, const Expected& expected);
// Any damage is an error; the caller computes afresh.
Result<Expected> ReadExpectedFile(const fs::path& path, const Task& task);

}  // namespace kernelevolve::worker
