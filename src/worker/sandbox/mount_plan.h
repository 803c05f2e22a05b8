// MountPlan: what the new root of a sandbox holds, worked out before the child
// exists so that the child only has to walk a list.
#pragma once

#include <string>
#include <vector>

#include "worker/sandbox/identity.h"
#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker {

struct MountStep {
  enum class Kind { kFolder, kLink, kBind, kTmpfs, kProc };
  Kind kind = Kind::kFolder;
  std::string target;  // below the new root, no leading slash
  std::string source;  // kBind: host path; kLink: what it points to
  bool folder = true;  // kBind: the source is one
  bool writable = false;
  bool device = false;      // kBind: a device node, which must open
  bool executable = true;   // kTmpfs: files in it may be mapped executable
  bool whole_proc = false;  // kProc: beside processes, also /proc/cpuinfo, …
  std::string bytes;        // kTmpfs: size, as decimal digits
  int tree = -1;            // kBind: filled by the child
};

struct MountPlan {
  std::vector<MountStep> steps;  // a folder comes before what is in it
};

// Looks at the host: which system folders exist, which are links. As root it
// also gives a bound path that the sandbox's user could not use to that user
// (writable: unless it owns it; read-only: unless others may read it).
Result<MountPlan> PlanMounts(const SandboxSpec& spec, const Identity& identity);

// `text` with every inside path of a bind replaced by the host's: what stands
// in argv where no mounts are made.
std::string ToHostPaths(std::string text,
                        const std::vector<SandboxBind>& binds);

}  // namespace kernelevolve::worker
