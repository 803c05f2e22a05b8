// kernelevolve import kernelbench
#include <map>

#include "base/format.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "engine/kernelbench.h"

namespace kernelevolve::cli {
namespace {

struct ImportFlags {
  std::string path, out = "tasks";
  std::optional<int64_t> seconds;
  bool json = false;
};

Flags MakeFlags(ImportFlags& options) {
  Flags flags({"kernelevolve import kernelbench",
               "make a task of every KernelBench file", "DIR [flags]",
               "kernelevolve import kernelbench KernelBench/level1 -o kb\n"
               "  kernelevolve optimize kb/level1_19_relu --target "
               "triton@sm_90"});
  flags.Positional("DIR", options.path, "a folder with .py files, or one file");
  flags.Text("-o,--out", "OUT", options.out,
             "where the tasks' folders are made (default tasks)");
  flags.Integer("--seconds", options.seconds, {1, 3600},
                "give a file up after so long (default 60)");
  flags.Switch("--json", options.json, "one object per file, and only that");
  return flags;
}

std::string Line(const ImportedFile& file) {
  const std::string name = file.file.filename().string();
  if (!file.admitted)
    return format("  refused   {:<32}  {}: {}\n", name, file.kind, file.why);
  std::string text = format("  admitted  {:<32}  {}\n", name, file.name);
  for (const std::string& note : file.notes) text += "              " + note + "\n";
  return text;
}

// "3 degenerate, 1 too_large"
std::string Counted(const std::map<std::string, int>& kinds) {
  std::vector<std::string> parts;
  for (const auto& [kind, count] : kinds)
    parts.push_back(format("{} {}", count, kind));
  return Join(parts, ", ");
}

Result<int> RunKernelBench(const Arguments& arguments, Session& session) {
  ImportFlags options;
  Flags flags = MakeFlags(options);
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  ASSIGN_OR_RETURN(const fs::path data, DataFolder());
  ASSIGN_OR_RETURN(const std::vector<fs::path> files,
                   KernelBenchFiles(options.path));
  ImportOptions import{data, options.out};
  if (options.seconds) import.limit = std::chrono::seconds(*options.seconds);
  size_t admitted = 0;
  std::map<std::string, int> refused;
  const auto each = [&](const ImportedFile& file) {
    session.console.Out(options.json ? DumpJson(ToJson(file)) + "\n"
                                     : Line(file));
    if (file.admitted) ++admitted; else ++refused[file.kind];
  };
  RETURN_IF_ERROR(ImportKernelBench(files, import, each, session.stop));
  if (!options.json)
    session.console.Out(format(
        "{} of {} admitted, in {}{}\n", admitted, files.size(), options.out,
        refused.empty() ? "" : "; refused: " + Counted(refused)));
  return admitted > 0 ? kDone : kNothing;
}

}  // namespace

Result<int> RunImport(const Arguments& arguments, Session& session) {
  const std::string word = arguments.empty() ? "" : arguments.front();
  if (word == "kernelbench")
    return RunKernelBench({arguments.begin() + 1, arguments.end()}, session);
  if (word == "--help" || word == "-h")
    return session.console.Out(
               "kernelevolve import: tasks out of other collections\n\n"
               "  kernelbench DIR   every KernelBench file below DIR\n\n"
               "kernelevolve import kernelbench --help explains it.\n\n"
               "Example:\n  kernelevolve import kernelbench level1 -o kb\n"),
           kDone;
  return BadInput(format("import: found '{}', expected kernelbench",
                         Sanitize(word, 200)));
}

}  // namespace kernelevolve::cli
