// ImportedFile: what the importer of KernelBench files says of one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/json.h"

namespace kernelevolve {

// What became of one file.
struct ImportedFile {
  fs::path file;
  bool admitted = false;
  std::string kind, why;  // of a refusal
  std::string name;       // of the task
  fs::path folder;
  std::vector<std::string> notes;
  // Largest difference of the task's reference in float64 from the Model, as a
  // share of the largest value; absent where it was too large to be run.
  std::optional<double> agreement;
};
Json ToJson(const ImportedFile& file);

// A line that the importer wrote about `file`, or what ToJson wrote; kBadInput
// where it is no JSON. What a Model's own code had a part in is one clean line.
Result<ImportedFile> ImportedFromText(std::string_view text,
                                      const fs::path& file);

}  // namespace kernelevolve
