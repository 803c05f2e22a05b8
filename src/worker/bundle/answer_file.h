// AnswerFile: the answers to one bundle as they come, each safe on disk before
// the next is waited for.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/fd.h"
#include "wire/bundle_answers.h"

namespace kernelevolve::worker {

// Holds a lock, so that no other process answers the same bundle.
class AnswerFile {
 public:
  // Goes on with what a killed process left: good answers stay, the rest is
  // named in `problems` and to be judged again. kBadInput where another process
  // is at it.
  static Result<AnswerFile> Open(const fs::path& folder,
                                 const wire::Bundle& bundle);

  const std::set<std::string>& answered() const { return answered_; }
  const std::vector<std::string>& problems() const { return problems_; }
  int accepted() const { return accepted_; }

  Status Add(const wire::BundleAnswer& answer);
  // Under its final name, with its last line.
  Status Finish();

 private:
  AnswerFile(fs::path partial, fs::path result, Fd fd)
      : partial_(std::move(partial)),
        result_(std::move(result)),
        fd_(std::move(fd)) {}
  Status Begin(const wire::Bundle& bundle);
  Status Write(const std::string& line);
  void Count(const wire::BundleAnswer& answer);

  fs::path partial_, result_;
  Fd fd_;
  std::string written_;
  std::set<std::string> answered_;
  std::vector<std::string> problems_;
  int accepted_ = 0;
};

}  // namespace kernelevolve::worker
