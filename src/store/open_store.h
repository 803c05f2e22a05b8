// Opening a run folder:
//
//   run.db      the tables (docs/store-schema.md), SQLite in WAL mode
//   objects/    sources, logs and task files by SHA-256, zstd-compressed
//   lock        held by the one process that writes; holds its pid
#pragma once

#include <memory>

#include "base/file.h"
#include "store/store.h"

namespace kernelevolve {

class StoreFaults;  // store/faults.h: makes the disk fail, for tests

enum class OpenMode {
  kCreate,     // a fresh run; kBadInput if the folder already holds one
  kReadWrite,  // --resume; kBadInput if the folder holds none
  // Needs no lock, works while another process writes and on a read-only disk.
  // Every Record… answers with an error.
  kReadOnly,
};

// kBadInput: no run there, a run already there, another process is writing
// (with its pid and what to do), a schema newer than this program (with both
// versions). kInfrastructure: disk full, read-only or damaged, with the fix.
// `faults`, where given, must outlive the store.
Result<std::unique_ptr<Store>> OpenStore(const fs::path& run_folder,
                                         OpenMode mode,
                                         StoreFaults* faults = nullptr);

// Whether a folder holds a run at all: cheap, for listing.
bool HoldsRun(const fs::path& folder);

}  // namespace kernelevolve
