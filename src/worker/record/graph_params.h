// What the parameters of a graph's fill and copy nodes mean: rows of memory.
#pragma once

#include <vector>

#include "worker/record/cuda_graph_abi.h"
#include "worker/record/tape.h"

namespace kernelevolve::worker {

// Both fill `ops` and return kSuccess, or an error of the runtime.
int ReadFill(const cuda::FillNodeParams& params, std::vector<RawOp>* ops);
// Planes that do not touch, and rows from the host, are steps of their own.
// kNotSupported: memory of the host that is written to, or too much that is read;
// an array. kMemoryAllocation: more than a graph may have steps.
int ReadCopy(const cuda::CopyNodeParams& params, std::vector<RawOp>* ops);
// Whether it is no more than one row.
bool IsOneRow(const RawOp& op);
// Of one row.
cuda::CopyNodeParams LinearCopy(void* to, const void* from, size_t bytes);

}  // namespace kernelevolve::worker
