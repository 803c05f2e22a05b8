// Where stored results are: in files, and in folders that were exported. What a
// folder holds is hostile: nothing here is believed, and links are not followed.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "base/stop.h"
#include "core/stored_result.h"

namespace kernelevolve {

struct FoundResult {
  fs::path file;  // that says it; of an export, its manifest.json
  int line = 0;   // of a file with one a line, from 1; 0: the whole file
  bool exported = false;
  // Of an export, as its manifest has it. kBadInput: it is meant as one, and
  // cannot be read.
  Result<StoredResult> result;

  std::string name() const;  // "results/x.jsonl:3"
};

struct FoundResults {
  std::vector<FoundResult> results;     // by path, then line
  std::vector<std::string> passed_over; // files that cannot be read, and why
};

// `path` is a file with results (.json holds one, .jsonl one a line), an
// exported folder, or with `all` any folder, searched with all below it.
// kBadInput where it is none of these, or holds none.
Result<FoundResults> FindStoredResults(const fs::path& path, bool all,
                                       const StopCondition& stop);

}  // namespace kernelevolve
