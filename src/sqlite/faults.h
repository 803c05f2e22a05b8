// StatementFaults: a database that fails on demand, so that tests see what
// people see.
#pragma once

#include <string_view>

namespace kernelevolve::sqlite {

class StatementFaults {
 public:
  virtual ~StatementFaults() = default;
  // An SQLite result code (SQLITE_FULL, …) instead of running `sql`; 0 lets it
  // run.
  virtual int OnStatement(std::string_view sql) {
    (void)sql;
    return 0;
  }
};

}  // namespace kernelevolve::sqlite
