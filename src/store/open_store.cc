#include "store/open_store.h"

#include <unistd.h>

#include "base/format.h"
#include "store/faults.h"
#include "store/schema.h"
#include "store/sqlite_nodes.h"
#include "store/sqlite_store.h"

namespace kernelevolve {
namespace {

using sqlite::Database;
using sqlite::DatabaseOptions;

tl::unexpected<Error> NoRunThere(const fs::path& folder) {
  return BadInput(
      format("{} holds no run. List the runs with: kernelevolve runs",
             folder.string()));
}

tl::unexpected<Error> RunIsThere(const fs::path& folder) {
  return BadInput(
      format("{} already holds a run. Go on with it with --resume, "
             "or name another folder with --run",
             folder.string()));
}

Status PrepareCreate(Database& database, const fs::path& folder) {
  ASSIGN_OR_RETURN(const sqlite::SchemaVersions versions,
                   sqlite::ReadVersions(database));
  if (versions.version == 0) return sqlite::CreateSchema(database);
  RETURN_IF_ERROR(sqlite::CheckCompatible(versions, database.file()));
  // A process killed before its run was recorded leaves empty tables: as good
  // as none.
  ASSIGN_OR_RETURN(sqlite::Statement run,
                   database.Prepare("SELECT id FROM runs LIMIT 1"));
  ASSIGN_OR_RETURN(const bool holds_run, run.Step());
  if (holds_run) return RunIsThere(folder);
  return sqlite::Migrate(database, versions);
}

Status PrepareExisting(Database& database, const fs::path& folder,
                       bool read_only) {
  ASSIGN_OR_RETURN(const sqlite::SchemaVersions versions,
                   sqlite::ReadVersions(database));
  if (versions.version == 0) return NoRunThere(folder);
  RETURN_IF_ERROR(sqlite::CheckCompatible(versions, database.file()));
  return read_only ? sqlite::ShowAsCurrent(database, versions)
                   : sqlite::Migrate(database, versions);
}

Result<SqliteStoreParts> OpenForWriting(const fs::path& folder, bool create,
                                        StoreFaults* faults) {
  if (create) RETURN_IF_ERROR(MakeFolders(folder));
  if (!create && !HoldsRun(folder)) return NoRunThere(folder);
  SqliteStoreParts parts;
  ASSIGN_OR_RETURN(RunLock lock, RunLock::Take(folder));
  parts.lock = std::move(lock);
  parts.objects = std::make_unique<ObjectFolder>(folder / "objects", faults);
  ASSIGN_OR_RETURN(parts.database, Database::Open(folder / "run.db",
                                                  DatabaseOptions{}, faults));
  if (create) {
    RETURN_IF_ERROR(PrepareCreate(*parts.database, folder));
    return parts;
  }
  RETURN_IF_ERROR(PrepareExisting(*parts.database, folder, false));
  RETURN_IF_ERROR(DropDamagedTail(*parts.database, *parts.objects));
  return parts;
}

bool HasUnmergedLog(const fs::path& file) {
  std::error_code error;
  const uintmax_t bytes = fs::file_size(file.string() + "-wal", error);
  return !error && bytes > 0;
}

// SQLite cannot read a log beside a database whose folder it may not write, so
// both are copied to where it may.
Status OpenCopy(const fs::path& file, SqliteStoreParts* parts) {
  ASSIGN_OR_RETURN(TempFolder copy, TempFolder::Create("kernelevolve-run"));
  std::error_code error;
  fs::copy_file(file, copy.path() / "run.db", error);
  if (!error)
    fs::copy_file(file.string() + "-wal", copy.path() / "run.db-wal", error);
  if (error)
    return Broken(format("cannot copy {} to {}: {}", file.string(),
                         copy.path().string(), error.message()));
  // Opened for writing so that the log can be merged; nothing reaches the
  // original.
  ASSIGN_OR_RETURN(parts->database, Database::Open(copy.path() / "run.db",
                                                   DatabaseOptions{}, nullptr));
  parts->copy = std::move(copy);
  return {};
}

Status OpenDatabaseReadOnly(const fs::path& file, StoreFaults* faults,
                            SqliteStoreParts* parts) {
  DatabaseOptions options;
  options.read_only = true;
  Result<std::unique_ptr<Database>> database =
      Database::Open(file, options, faults);
  if (!database && ::access(file.c_str(), R_OK) == 0) {
    // Either damaged, or on a disk where SQLite cannot make its shared memory.
    if (HasUnmergedLog(file)) return OpenCopy(file, parts);
    options.immutable = true;
    database = Database::Open(file, options, faults);
  }
  if (!database) return Fail(std::move(database).error());
  parts->database = *std::move(database);
  return {};
}

Result<SqliteStoreParts> OpenForReading(const fs::path& folder,
                                        StoreFaults* faults) {
  if (!HoldsRun(folder)) return NoRunThere(folder);
  SqliteStoreParts parts;
  parts.objects = std::make_unique<ObjectFolder>(folder / "objects", faults);
  RETURN_IF_ERROR(OpenDatabaseReadOnly(folder / "run.db", faults, &parts));
  RETURN_IF_ERROR(PrepareExisting(*parts.database, folder, true));
  parts.abandoned = !RunLock::IsHeld(folder);
  return parts;
}

}  // namespace

bool HoldsRun(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "run.db", ignored);
}

Result<std::unique_ptr<Store>> OpenStore(const fs::path& run_folder,
                                         OpenMode mode, StoreFaults* faults) {
  Result<SqliteStoreParts> parts =
      mode == OpenMode::kReadOnly
          ? OpenForReading(run_folder, faults)
          : OpenForWriting(run_folder, mode == OpenMode::kCreate, faults);
  if (!parts) return Fail(std::move(parts).error());
  return std::make_unique<SqliteStore>(*std::move(parts));
}

}  // namespace kernelevolve
