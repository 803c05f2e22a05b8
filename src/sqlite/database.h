// Database: one connection to one SQLite file, or to a database in memory, and
// the cache of its statements.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/file.h"
#include "sqlite/statement.h"

namespace kernelevolve::sqlite {

class StatementFaults;  // sqlite/faults.h: fails on demand, for tests

struct DatabaseOptions {
  bool read_only = false;
  // The file is on a read-only disk and complete in itself: no lock, no log.
  bool immutable = false;
  // How long to wait for another program's write.
  int busy_timeout_ms = 5000;
};

// Used from one thread at a time. Not movable: its statements point to it.
class Database {
 public:
  // Makes the file if it is absent and not `read_only`. `faults` may be null
  // and must outlive the database.
  static Result<std::unique_ptr<Database>> Open(const fs::path& file,
                                                const DatabaseOptions& options,
                                                StatementFaults* faults);
  // Empty, and gone with the object.
  static Result<std::unique_ptr<Database>> OpenInMemory();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // `sql` is one statement and a literal: the cache keeps its address's text.
  Result<Statement> Prepare(std::string_view sql);
  // Prepares, binds the values in order and runs to the end.
  template <typename... Values>
  Status Run(std::string_view sql, const Values&... values) {
    ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
    statement.BindAll(values...);
    return statement.Finish();
  }
  // Prepares and binds; the caller steps.
  template <typename... Values>
  Result<Statement> Query(std::string_view sql, const Values&... values) {
    ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
    statement.BindAll(values...);
    return statement;
  }
  // Several statements without parameters or rows: schema and settings.
  Status RunScript(const char* sql);

  int64_t LastInsertId() const { return sqlite3_last_insert_rowid(db_.get()); }
  const fs::path& file() const { return file_; }

  // For Statement.
  int Fault(std::string_view sql) const;
  tl::unexpected<Error> Fail(int code) const;
  void Recycle(std::string_view sql, StatementHandle handle);

 private:
  struct Closer {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
  };
  Database(fs::path file, StatementFaults* faults)
      : file_(std::move(file)), faults_(faults) {}
  Status Configure(const DatabaseOptions& options);

  fs::path file_;
  StatementFaults* faults_;
  std::unique_ptr<sqlite3, Closer> db_;
  std::unordered_map<std::string_view, StatementHandle> cache_;  // idle ones
};

}  // namespace kernelevolve::sqlite
