// How a graph's steps become steps of a plan's streams. Pure.
#pragma once

#include <vector>

#include "worker/record/cuda_graph.h"

namespace kernelevolve::worker {

// Streams that one graph may take, the launching one among them.
inline constexpr int kMostLanes = 16;

// What does the same on streams: 0 is the one that the graph is launched on,
// branches are on others, forked from it and joined to it by events. Streams
// and events are numbered from 0, events anew in each graph: what waits for one
// does so before it is recorded again.
std::vector<RawOp> LayOut(const GraphSteps& steps);

}  // namespace kernelevolve::worker
