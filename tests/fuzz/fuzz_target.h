// What is fuzzed: everything that reads text or bytes which somebody else
// wrote. Each target takes any bytes and must neither crash nor break a promise
// of the code under test; a broken promise ends the process through CHECK.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kernelevolve::fuzz {

struct Target {
  const char* name;
  // Whether the input was taken for what it should be.
  bool (*run)(std::string_view input);
  // Inputs to start from; the first is taken.
  std::vector<std::string> (*seeds)();
  // Of the inputs of a run over all targets, in parts of a hundred: what reads
  // more, or is cheap to try, gets more.
  int share = 0;
};

// Every target there is.
std::vector<Target> Targets();

// By the folder whose code they try.
std::vector<Target> CoreTargets();    // task, expression, tune
std::vector<Target> WireTargets();    // frame, message, bundle
std::vector<Target> ModelTargets();   // stream, reply, answer
std::vector<Target> ImportTargets();  // import, recipe
std::vector<Target> DeviceTargets();  // image, ptx, record

}  // namespace kernelevolve::fuzz
