// StoreFaults: a disk that fails on demand, so that tests see what people see.
#pragma once

#include "base/file.h"
#include "sqlite/faults.h"

namespace kernelevolve {

// Asked before the real thing; 0 lets it happen.
class StoreFaults : public sqlite::StatementFaults {
 public:
  // An errno (ENOSPC, …) instead of writing an object's file.
  virtual int OnObject(const fs::path& path) {
    (void)path;
    return 0;
  }
};

}  // namespace kernelevolve
