// Target: a language on a device, written `language@device`. What it takes to
// compile for it stands in a targets/*/target.toml: that of its folder's name,
// or one whose [devices] has it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/file.h"

namespace kernelevolve {

struct CompileRule {
  // argv with the placeholders {source}, {output}, {include}, {defines}; the
  // last expands to one -DNAME=VALUE per parameter.
  std::vector<std::string> argv;
  std::string extension;  // of the source file: ".cc"
  int timeout_s = 60;
  int memory_mb = 4096;
  int artefact_mb = 64;
  // What stands before the source to make a precompiled header of it instead,
  // e.g. {"-x", "c++-header"}; empty if the compiler has none.
  std::vector<std::string> precompile;
};

struct Target {
  std::string language;
  std::string device;       // as written: "native", "sm_90", a chip
  std::string device_kind;  // "cpu", "gpu", or the chip's name
  CompileRule compile;

  std::string Name() const { return language + "@" + device; }
};

// kBadInput for an unknown device or language names the known ones.
Result<Target> FindTarget(const std::string& name, const fs::path& data);
std::vector<std::string> KnownTargets(const fs::path& data);

}  // namespace kernelevolve
