// An Evaluation for people.
#pragma once

#include <string>

#include "core/evaluation.h"

namespace kernelevolve::cli {

struct EvaluationTextOptions {
  bool explain = false;      // evidence, phases and the whole log as well
  bool show_search_hint = true;
};

// Several lines: verdict, then a table of shapes and panel, or the failure with
// its check, message and log. Whatever a candidate or compiler wrote is
// sanitised here once more.
std::string EvaluationText(const Evaluation& evaluation,
                           const std::string& label,
                           const EvaluationTextOptions& options);

// "3.42x [3.31, 3.55] over onednn"
std::string HeadlineText(const Evaluation& evaluation);

}  // namespace kernelevolve::cli
