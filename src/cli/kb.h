// The words of `kernelevolve kb`, each in a file of its own.
#pragma once

#include "base/file.h"
#include "cli/session.h"

namespace kernelevolve::cli {

Result<int> RunKbLint(const Arguments& arguments, Session& session);
Result<int> RunKbSearch(const Arguments& arguments, Session& session);
Result<int> RunKbAdd(const Arguments& arguments, Session& session);
Result<int> RunKbSkills(const Arguments& arguments, Session& session);

inline constexpr const char* kDataHelp =
    "a folder with knowledge/ in it (default: the shipped one)";

// `data`, or where it is empty the shipped folder; kBadInput if there is no
// knowledge/ in it.
Result<fs::path> KnowledgeDataFolder(const std::string& data);

// Writes index.md anew.
Status WriteIndexPage(const fs::path& knowledge);

}  // namespace kernelevolve::cli
