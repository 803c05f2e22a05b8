// A lock that every user of this machine can take, for what the machine has once.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/file.h"
#include "base/result.h"

namespace kernelevolve {

// Blocks until it has the lock of that name, which is given back when the Fd is
// closed or its process dies. `waiting` is called once, if that takes longer than
// `patience`.
// kInfrastructure where the file is none that could be such a lock.
// It lies in the first of `folders` that all users may write to.
Result<Fd> TakeMachineLock(
    const std::string& name, const std::function<void()>& waiting,
    const std::vector<fs::path>& folders = {"/run/lock", "/tmp"},
    std::chrono::milliseconds patience = std::chrono::seconds(1));

}  // namespace kernelevolve
