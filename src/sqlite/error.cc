#include "sqlite/error.h"

#include <cerrno>

#include "base/format.h"

namespace kernelevolve::sqlite {
namespace {

Error Infrastructure(std::string message, bool retryable = false) {
  return Error{ErrorCode::kInfrastructure, std::move(message), retryable};
}

}  // namespace

Error MakeError(int code, int system_errno, const std::string& detail,
                const fs::path& file) {
  const std::string path = file.string();
  const int primary = code & 0xff;
  const bool io = primary == SQLITE_IOERR;
  if (primary == SQLITE_FULL || (io && system_errno == ENOSPC) ||
      (io && system_errno == EDQUOT))
    return Infrastructure(format(
        "the disk is full: cannot write {} ({}). Nothing recorded before is "
        "lost. Free some space there, then go on with --resume",
        path, detail));
  switch (primary) {
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return Infrastructure(
          format("cannot write or open {} ({}). Check that its folder exists, "
                 "is not read-only and belongs to you, or name another with "
                 "--run",
                 path, detail));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Infrastructure(
          format("{} is damaged ({}). Restore it from a copy, or save what can "
                 "be read with: sqlite3 {} .recover",
                 path, detail, path));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Infrastructure(
          format("{} is locked by another program ({}). Close what else has it "
                 "open for writing and try again",
                 path, detail),
          /*retryable=*/true);
    default:
      return Infrastructure(format("SQLite on {}: {}", path, detail));
  }
}

}  // namespace kernelevolve::sqlite
