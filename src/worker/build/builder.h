// Builder: source → shared library, inside the sandbox, by a target's rule.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/target.h"
#include "worker/run/failure.h"
#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker {

struct BuildRequest {
  std::string source;
  const CompileRule* rule = nullptr;
  std::vector<std::string> defines;  // "NAME=VALUE"
  std::vector<std::string> link;     // library names, for -l; trusted code only
  // Trusted code may include kernelevolve/reference.h; a candidate sees abi.h.
  bool trusted = false;
  // Handed a device's machine code before its host code is compiled, where the
  // compiler lets us have it; nobody has said yet that the build succeeds.
  std::function<void(const std::string& image)> on_image;
  // Tests of the same folder as the source, e.g. a reference's own headers.
  std::map<std::string, std::string> extra_files;
};

struct BuildResult {
  fs::path library;
  double milliseconds = 0;  // inside the compiler; 0 if it was built before
  std::string log;
};

// One per worker; one thread at a time. Artefacts live in a folder of its own
// that no candidate sees, under the digest of what they were made from.
class Builder {
 public:
  // `include` holds kernelevolve/abi.h, and reference.h and what that includes.
  static Result<Builder> Create(Sandbox& sandbox, fs::path folder,
                                fs::path include);

  // BUILD_FAILED with the compiler's words, RESOURCE, TIMEOUT or BUILD_TAMPER
  // are failures.
  Verdictless Build(const BuildRequest& request, BuildResult* result);

  // The headers that a source may include.
  const fs::path& IncludeFolder(bool trusted) const;

 private:
  Builder(Sandbox& sandbox, fs::path folder) : sandbox_(&sandbox), folder_(folder) {}

  struct CompileStep {
    const CompileRule& rule;
    std::vector<std::string> argv;
    fs::path workspace, include;
    fs::path prefix;  // folder of a precompiled header, or empty
    std::function<void(const std::string&)> on_image;
  };

  // Runs the compiler of `step`, or what it would run itself.
  Result<ExitReport> Run(const CompileStep& step, BuildResult* result);
  // Runs `step` and keeps the file `product` of its workspace as `kept`.
  Verdictless Compile(const CompileStep& step, const std::string& product,
                      const fs::path& kept, BuildResult* result);
  // The folder of a precompiled header for what the source begins with; empty
  // where none is worth it. The artefact is the same bytes either way.
  Result<fs::path> Prefix(const BuildRequest& request, BuildResult* result);
  // `argv`, or the quicker way that nvcc_steps.h knows for its compiler.
  std::vector<std::string> Quicker(std::vector<std::string> argv,
                                   const CompileRule& rule);
  // What the compiler answers to `dry_run`.
  Result<std::string> AskSteps(const std::vector<std::string>& dry_run,
                               const CompileRule& rule);

  Sandbox* sandbox_;
  fs::path folder_;
  fs::path candidate_include_;  // abi.h alone
  fs::path trusted_include_;
  // By the digest of headers and flags.
  std::map<std::string, int> sightings_;
  std::map<std::string, fs::path> prefixes_;  // empty: cannot be made
  // By the command; none where there is no quicker way.
  std::map<std::vector<std::string>, std::optional<std::string>> scripts_;
};

// A folder for sources and products that the sandbox's own user may write to.
Result<TempFolder> MakeWorkspace();

// Libraries an artefact names in its dynamic section (DT_NEEDED). kBadInput if
// it is no 64-bit ELF shared object.
Result<std::vector<std::string>> NeededLibraries(const fs::path& library);

// The bytes that an artefact brings as code. kBadInput as above.
Result<std::string> MachineCode(const fs::path& library);

}  // namespace kernelevolve::worker
