// Statement: one prepared statement in use. Parameters are always bound, never
// pasted into the text.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kernelevolve::sqlite {

class Database;

struct StatementCloser {
  void operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
  }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, StatementCloser>;

// Made by Database::Prepare, which must outlive it; gives the compiled form
// back to the database's cache when destroyed.
class Statement {
 public:
  Statement(Database* database, std::string_view sql, StatementHandle handle);
  Statement(Statement&&) noexcept = default;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Positions count from 1, as in SQLite. Non-finite numbers are stored as 0:
  // neither the columns nor JSON hold them.
  void Bind(int position, int64_t value);
  void Bind(int position, int value) { Bind(position, int64_t{value}); }
  void Bind(int position, double value);
  void Bind(int position, std::string_view value);
  template <typename... Values>
  void BindAll(const Values&... values) {
    int position = 0;
    (Bind(++position, values), ...);
  }

  // True: a row is there. False: no more rows.
  Result<bool> Step();
  // Runs to the end, whatever rows come.
  Status Finish();

  // Of the present row; columns count from 0.
  int64_t Integer(int column) const;
  double Real(int column) const;
  // Valid until the next Step.
  std::string_view Text(int column) const;
  std::string String(int column) const { return std::string(Text(column)); }

 private:
  Database* database_;
  std::string_view sql_;
  StatementHandle handle_;
};

}  // namespace kernelevolve::sqlite
