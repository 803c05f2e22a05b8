// StoreFaults: a disk that fails on demand, so that tests see what people see.
#pragma once

#include <string_view>

#include "base/file.h"

namespace kernelevolve {

// Asked before the real thing; 0 lets it happen.
class StoreFaults {
 public:
  virtual ~StoreFaults() = default;
  // An SQLite result code (SQLITE_FULL, …) instead of running `sql`.
  virtual int OnStatement(std::string_view sql) {
    (void)sql;
    return 0;
  }
  // An errno (ENOSPC, …) instead of writing an object's file.
  virtual int OnObject(const fs::path& path) {
    (void)path;
    return 0;
  }
};

}  // namespace kernelevolve
