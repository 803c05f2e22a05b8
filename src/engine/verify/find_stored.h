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
  // Of an export, as its manifest has it. kBadInput: it is meant as one, or may
  // hold one (a folder, too), and cannot be read.
  Result<StoredResult> result;

  std::string name() const;  // "results/x.jsonl:3"
};

// `path` is a file with results (.json holds one, .jsonl one a line), an
// exported folder, or with `all` any folder, searched with all below it. By
// path, then line. Other objects, and files with nothing else, are no results;
// what is lost in reading is one that cannot be read: files and folders, a
// manifest.json that is no JSON, lines beside results, and what begins as a
// result or has some of its marks. kBadInput where there is none of either.
Result<std::vector<FoundResult>> FindStoredResults(const fs::path& path,
                                                   bool all,
                                                   const StopCondition& stop);

}  // namespace kernelevolve
