#include "worker/build/build_command.h"

#include <string_view>

namespace kernelevolve::worker {
namespace {

using Argv = std::vector<std::string>;

struct Files {
  Argv source;
  std::string output;
  Argv defines;
};

Argv Fill(const CompileRule& rule, const Files& files) {
  constexpr std::string_view kInclude = "{include}";
  Argv argv;
  const auto add = [&argv](const Argv& parts) {
    argv.insert(argv.end(), parts.begin(), parts.end());
  };
  for (const std::string& part : rule.argv) {
    const size_t at = part.find(kInclude);
    if (part == "{defines}")
      add(files.defines);
    else if (part == "{source}")
      add(files.source);
    else if (part == "{output}")
      add({files.output});
    else if (at != std::string::npos)
      add({part.substr(0, at) + kIncludeFolder + part.substr(at + kInclude.size())});
    else
      add({part});
  }
  return argv;
}

}  // namespace

Argv CompileArgv(const CompileRule& rule, const BuildCommand& command) {
  const std::string folder = kBuildFolder;
  Files files{{folder + "/kernel" + rule.extension}, folder + "/kernel.so", {}};
  if (command.prefixed)
    files.defines = {"-include", std::string(kPrefixFolder) + "/prefix.h"};
  for (const std::string& define : command.defines)
    files.defines.push_back("-D" + define);
  Argv argv = Fill(rule, files);
  for (const std::string& library : command.link) argv.push_back("-l" + library);
  return argv;
}

Argv PrecompileArgv(const CompileRule& rule) {
  const std::string header = std::string(kBuildFolder) + "/prefix.h";
  Argv source = rule.precompile;
  source.push_back(header);
  return Fill(rule, {source, header + ".gch", {}});
}

}  // namespace kernelevolve::worker
