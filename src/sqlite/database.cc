#include "sqlite/database.h"

#include "base/format.h"
#include "sqlite/error.h"
#include "sqlite/faults.h"

namespace kernelevolve::sqlite {
namespace {

// The path as SQLite's URI form wants it; the three characters that mean
// something there are escaped.
std::string FileUri(const fs::path& file, const DatabaseOptions& options) {
  std::string uri = "file:";
  for (const char c : file.string()) {
    if (c == '%' || c == '?' || c == '#')
      uri += format("%{:02x}", static_cast<unsigned char>(c));
    else
      uri += c;
  }
  if (options.immutable) uri += "?immutable=1";
  return uri;
}

}  // namespace

Result<std::unique_ptr<Database>> Database::Open(const fs::path& file,
                                                 const DatabaseOptions& options,
                                                 StatementFaults* faults) {
  std::unique_ptr<Database> database(new Database(file, faults));
  const int mode = options.read_only
                       ? SQLITE_OPEN_READONLY
                       : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* db = nullptr;
  const int code =
      sqlite3_open_v2(FileUri(file, options).c_str(), &db,
                      mode | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
  database->db_.reset(db);
  if (code != SQLITE_OK) return database->Fail(code);
  RETURN_IF_ERROR(database->Configure(options));
  return database;
}

Result<std::unique_ptr<Database>> Database::OpenInMemory() {
  return Open(":memory:", DatabaseOptions{}, nullptr);
}

Status Database::Configure(const DatabaseOptions& options) {
  sqlite3_extended_result_codes(db_.get(), 1);
  sqlite3_busy_timeout(db_.get(), options.busy_timeout_ms);
  // SQLite opens lazily; this reads the first page, so that what is wrong with
  // the file is known now.
  RETURN_IF_ERROR(RunScript("PRAGMA schema_version"));
  if (options.read_only) return {};
  // NORMAL in WAL mode: a commit is in the operating system's hands when it
  // returns, which a killed process cannot undo; the disk is made to follow at
  // each checkpoint of the log.
  return RunScript(
      "PRAGMA journal_mode = WAL;"
      "PRAGMA synchronous = NORMAL;"
      "PRAGMA foreign_keys = ON;");
}

Result<Statement> Database::Prepare(std::string_view sql) {
  if (auto found = cache_.find(sql); found != cache_.end() && found->second)
    return Statement(this, sql, std::move(found->second));
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return Fail(code);
  return Statement(this, sql, StatementHandle(statement));
}

void Database::Recycle(std::string_view sql, StatementHandle handle) {
  sqlite3_reset(handle.get());
  sqlite3_clear_bindings(handle.get());
  cache_[sql] = std::move(handle);
}

Status Database::RunScript(const char* sql) {
  if (const int fault = Fault(sql)) return Fail(fault);
  const int code = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return Fail(code);
  return {};
}

int Database::Fault(std::string_view sql) const {
  return faults_ ? faults_->OnStatement(sql) : 0;
}

tl::unexpected<Error> Database::Fail(int code) const {
  // A code that an injected fault made up is not in the connection.
  const bool ours = !db_ || sqlite3_errcode(db_.get()) == (code & 0xff) ||
                    sqlite3_extended_errcode(db_.get()) == code;
  const char* detail =
      db_ && ours ? sqlite3_errmsg(db_.get()) : sqlite3_errstr(code);
  const int system_errno = db_ && ours ? sqlite3_system_errno(db_.get()) : 0;
  return kernelevolve::Fail(MakeError(code, system_errno, detail, file_));
}

}  // namespace kernelevolve::sqlite
