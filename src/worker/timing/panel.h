// Panel: the trusted kernels a candidate is measured against.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "worker/judge/oracle.h"

namespace kernelevolve::worker {

struct PanelMember {
  std::string name;
  fs::path library;
};

struct Panel {
  std::vector<PanelMember> members;  // never empty
  std::vector<std::string> notes;    // who was left out, and why
};

// Builds the reference (at the target's own flags) and every baseline of the
// task whose libraries are here.
Result<Panel> BuildPanel(const Machine& machine, const Task& task,
                         const CompileRule& rule, const Oracle& oracle);

// Which member was quickest at each shape, by a short measurement; ranks the
// panel for search-stage timing, decides nothing that is reported.
using Anchors = std::map<std::string, size_t>;  // shape name → member

}  // namespace kernelevolve::worker
