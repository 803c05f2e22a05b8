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
  void (*run)(std::string_view input);
  // Inputs to start from.
  std::vector<std::string> (*seeds)();
};

// Every target there is: task, expression, tune, frame, message.
const std::vector<Target>& Targets();

}  // namespace kernelevolve::fuzz
