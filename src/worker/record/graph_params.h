// What the parameters of a graph's fill and copy nodes mean: rows of memory.
#pragma once

#include <vector>

#include "worker/record/cuda_graph_abi.h"
#include "worker/record/tape.h"

namespace kernelevolve::worker {

// Both fill `ops` and return kSuccess, or an error of the runtime.
// kMemoryAllocation: more rows than a graph may have steps.
int ReadFill(const cuda::FillNodeParams& params, std::vector<RawOp>* ops);
// kNotSupported: memory of the host, or an array.
int ReadCopy(const cuda::CopyNodeParams& params, std::vector<RawOp>* ops);
// Of one row.
cuda::CopyNodeParams LinearCopy(void* to, const void* from, size_t bytes);

}  // namespace kernelevolve::worker
