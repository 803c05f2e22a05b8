// The answers to a bundle: one line of JSON each, so that what a killed process
// or a bad copy leaves is still good up to where it ends.
//
//   {"answers": 1, "bundle": ID}
//   {"request": "0001.json", "device": …, "toolchain": …, "sha256": …,
//    "evaluation": {…}}
//   {"end": 64, "sha256": of all that stands before}
#pragma once

#include <map>
#include <string>
#include <vector>

#include "wire/bundle.h"

namespace kernelevolve::wire {

struct BundleAnswer {
  std::string request;  // its file
  std::string device, toolchain;  // of the machine that judged it
  Json evaluation;
};

// What a file of answers holds. The good part can be relied on as far as digests
// tell: it came whole, it belongs to this bundle and to its requests.
struct AnswerSheet {
  std::map<std::string, BundleAnswer> answers;  // by request
  std::vector<std::string> problems;  // one line each, naming file and line
  bool ended = false;  // it has its last line, and that is right
};

std::string HeaderLine(const BundleManifest& manifest);
std::string AnswerLine(const BundleAnswer& answer);
// `before` is all that was written so far.
std::string EndLine(const std::string& before, size_t answers);

// `name` is what problems call it. Candidates that are missing are a problem of
// a file that is to be complete.
AnswerSheet ReadAnswers(const std::string& text, const std::string& name,
                        const Bundle& bundle, bool complete);

}  // namespace kernelevolve::wire
