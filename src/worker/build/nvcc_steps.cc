#include "worker/build/nvcc_steps.h"

#include <algorithm>
#include <string_view>

#include "base/format.h"
#include "base/text.h"
#include "worker/build/build_command.h"

namespace kernelevolve::worker {
namespace {

// The sandbox's own, gone with it.
constexpr char kStepsFolder[] = "/tmp";
// In the names of what one source keeps to itself. The front end makes it of the
// path and of the first public name, and the back end would have to wait for it;
// but one source is all that a library holds. This is that of a kernel.cu whose
// first public name is ke_run.
constexpr char kModuleId[] = "_b6fa28f9_9_kernel_cu_ke_run";
constexpr char kMakeModuleId[] = "--gen_module_id_file ";
constexpr std::string_view kModuleIdFile = "--module_id_file_name ";
constexpr std::string_view kOutput = " -o ";

struct DryRun {
  std::string settings;
  std::vector<std::string> steps;
};

// NAME of "NAME=text".
std::string_view SettingName(std::string_view line) {
  const std::string_view name = line.substr(0, line.find('='));
  const bool whole = name.size() < line.size() && !name.empty() &&
                     std::all_of(name.begin(), name.end(), [](unsigned char c) {
                       return std::isalnum(c) || c == '_';
                     });
  return whole ? name : std::string_view();
}

DryRun ReadDryRun(const std::string& text) {
  DryRun run;
  for (std::string_view line : Split(text, '\n')) {
    if (!line.starts_with("#$ ")) continue;
    line.remove_prefix(3);
    const std::string_view name = SettingName(line);
    if (name.empty()) {
      run.steps.emplace_back(line);
    } else {
      const std::string value(line.substr(name.size() + 1));
      run.settings += format("export {}='{}'\n", name,
                             ReplaceAll(value, "'", "'\\''"));
    }
  }
  return run;
}

// Each step by what only it has.
bool AsExpected(const std::vector<std::string>& steps) {
  const std::string library = format("-o \"{}/kernel.so\"", kBuildFolder);
  const std::string_view marks[] = {" -E ", "cudafe++ ", " -E ", "/cicc\" ",
                                    "ptxas ", "fatbinary ", " -c ", library};
  return steps.size() == std::size(marks) &&
         std::equal(steps.begin(), steps.end(), std::begin(marks),
                    [](const std::string& step, std::string_view mark) {
                      return step.find(mark) != step.npos;
                    });
}

// What `option` of `step` names, in its quotes: "\"/tmp/kernel.ptx\"".
std::string FileOf(std::string_view step, std::string_view option) {
  const size_t at = step.find(option);
  if (at == step.npos) return "";
  step.remove_prefix(at + option.size());
  return std::string(step.substr(0, step.find(' ')));
}

// Whole when it has its name. A build does not fail for it.
std::string PutAside(const std::string& image) {
  const std::string aside = format("{}/{}", kBuildFolder, kImageName);
  return format("cp {} {}.part && mv {}.part {}", image, aside, aside, aside);
}

}  // namespace

std::vector<std::string> DryRunArgv(std::vector<std::string> compile) {
  const bool library =
      std::find(compile.begin(), compile.end(), "-shared") != compile.end();
  if (!library || compile[0] != "nvcc") return {};
  // Kept files have names that are the same each time.
  for (const char* part : {"--dryrun", "--keep", "--keep-dir", kStepsFolder})
    compile.push_back(part);
  return compile;
}

std::optional<std::string> StepsScript(const std::string& dry_run) {
  const DryRun run = ReadDryRun(dry_run);
  const auto& steps = run.steps;
  if (!AsExpected(steps)) return std::nullopt;
  const std::string id_file = FileOf(steps[3], kModuleIdFile);
  if (id_file.empty() || FileOf(steps[1], kModuleIdFile) != id_file ||
      steps[1].find(kMakeModuleId) == std::string::npos)
    return std::nullopt;
  const std::string front_end = ReplaceAll(steps[1], kMakeModuleId, "");
  return run.settings +
         format("printf %s {} >{}\n", kModuleId, id_file) +
         format("{{ {} && {} && {} && {{ {}; {}; }}; }} >{}/device.out "
                "2>{}/device.err &\n", steps[2], steps[3], steps[4],
                PutAside(FileOf(steps[4], kOutput)), steps[5], kStepsFolder,
                kStepsFolder) +
         "device=$!\n" +
         // Both halves would name the mistakes of a source.
         format("{} && {} || exit\n", steps[0], front_end) +
         "wait $device\nstatus=$?\n" +
         format("cat {}/device.out\ncat {}/device.err >&2\n", kStepsFolder,
                kStepsFolder) +
         "[ $status = 0 ] || exit $status\n" +
         format("{} && {}\n", steps[6], steps[7]);
}

}  // namespace kernelevolve::worker
