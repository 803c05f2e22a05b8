// kernelevolve export
#include "base/format.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/evaluation_text.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/units.h"
#include "engine/export.h"

namespace kernelevolve::cli {

Result<int> RunExport(const Arguments& arguments, Session& session) {
  std::string run_text, to, folder;
  Flags flags({"kernelevolve export",
               "a run's kernel as a folder that builds anywhere",
               "RUN[/NODE] --to FORMAT -o DIR",
               "kernelevolve export softmax-20260102-030405 --to cmake -o "
               "fast_softmax"});
  flags.Positional("RUN[/NODE]", run_text,
                   "a run's folder or name; its winner, or one node");
  flags.Text("--to", "FORMAT", to,
             "c (sources, Makefile) or cmake (the same, CMake)");
  flags.Text("-o", "DIR", folder, "a folder that does not exist yet");
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;

  const std::optional<ExportFormat> format_found = ParseExportFormat(to);
  if (!format_found)
    return BadInput(format("--to: found '{}', expected one of {}", to,
                           ExportFormatNames()));
  if (folder.empty()) return BadInput("-o DIR says where to export to");
  ASSIGN_OR_RETURN(const RunReference reference, ParseRunReference(run_text));
  ASSIGN_OR_RETURN(const fs::path data, DataFolder());
  ASSIGN_OR_RETURN(const ExportRequest request,
                   ExportRequestFromRun(reference.folder, reference.node, data,
                                        session.clock.WallSeconds()));
  ASSIGN_OR_RETURN(const ExportedFolder exported,
                   ExportKernel(request, *format_found, folder));
  session.console.Out(format("{}: {} ({} stage)\n", exported.folder.string(),
                             HeadlineText(request.evaluation),
                             StageName(request.evaluation.stage)));
  for (const std::string& file : exported.files)
    session.console.Out(format("  {}\n", file));
  session.console.Out(format(
      "verify    {}\n",
      ShellCommand({session.program, "verify", exported.folder.string()})));
  return kDone;
}

}  // namespace kernelevolve::cli
