// In the place of `run-bundle`: a landscape that answers work bundles.
#pragma once

#include <string>

#include "base/file.h"
#include "eval/testing/fake_evaluator.h"

namespace kernelevolve {

// Writes the result of every bundle in the folder that has none; how many there
// were.
Result<int> AnswerBundles(const fs::path& folder,
                          const FakeEvaluator::Landscape& landscape,
                          const std::string& device = "a far device");

}  // namespace kernelevolve
