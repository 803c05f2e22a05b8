// The inside of the recorder process: loads a CUDA kernel's library over the
// fake runtime, calls its host code at each shape, and answers with a plan.
#pragma once

#include <string>
#include <vector>

namespace kernelevolve::worker {

// The descriptor of the one request and the one answer.
inline constexpr int kRecordFd = 3;

// `arguments`: the library's path. Returns the process's exit code.
int RecordCudaMain(const std::vector<std::string>& arguments);

}  // namespace kernelevolve::worker
