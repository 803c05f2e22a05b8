// Nodes as a run records them, with every field set, for tests and benchmarks.
#pragma once

#include "store/store.h"

namespace kernelevolve {

RunRecord SampleRun();
// Accepted, of three shapes; ids above 1 have a parent, every fifth is a new
// structure and the others tune the one before it.
Node SampleNode(NodeId id);
// Rejected, with a compiler's log.
Node SampleFailure(NodeId id);
EvaluationKey SampleKey(const Node& node);

}  // namespace kernelevolve
