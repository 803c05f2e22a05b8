// HostCode: a candidate that is run as it is, because no plan can hold it.
#pragma once

#include <map>
#include <string>

namespace kernelevolve::worker::gpu {

// A value.
struct HostCode {
  std::string source;
  std::map<std::string, std::string> parameters;
  std::string reference;  // what a ModelNew is built after; "" = nothing
  std::string no_plan;    // why, in the recorder's words
};

// Leaves the device as it is but for one kernel that does nothing: what the
// measurement itself takes.
HostCode EmptyHostCode();

}  // namespace kernelevolve::worker::gpu
