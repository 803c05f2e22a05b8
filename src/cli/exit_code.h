// Exit codes of the command line: a public contract.
#pragma once

#include "base/result.h"

namespace kernelevolve::cli {

enum ExitCode {
  kDone = 0,            // done; accepted
  kNothing = 1,         // rejected, or nothing found
  kUsage = 2,           // wrong usage or bad input
  kMissingHere = 3,     // this machine lacks something
  kInfrastructure = 4,  // disk, child process, database failed
};

inline int ExitCodeOf(const Error& error) {
  switch (error.code) {
    case ErrorCode::kBadInput: return kUsage;
    case ErrorCode::kMissing: return kMissingHere;
    case ErrorCode::kInfrastructure: return kInfrastructure;
    case ErrorCode::kInterrupted: return kNothing;
  }
  return kInfrastructure;
}

}  // namespace kernelevolve::cli
