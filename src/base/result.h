// How our code reports that we, or the world, failed. Three kinds of trouble
// exist and each has one form: a candidate that fails is data
// (core/evaluation.h); a failing world is a Result<T>; a bug is a CHECK.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace kernelevolve {

// The classes of failure a caller may treat differently. Each maps to one exit
// code of the command line (cli/exit_code.h).
enum class ErrorCode {
  kBadInput,        // the user's file, flag or name is wrong: exit 2
  kMissing,         // a tool, package or permission this machine lacks: exit 3
  kInfrastructure,  // disk, child process, database, network: exit 4
  kInterrupted,     // the caller asked us to stop
};

struct Error {
  ErrorCode code = ErrorCode::kInfrastructure;
  // What, where, and where possible the command that fixes it.
  std::string message;
  // True where the same call may succeed if made again.
  bool retryable = false;
};

template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

using Status = Result<void>;

inline tl::unexpected<Error> Fail(ErrorCode code, std::string message,
                                  bool retryable = false) {
  return tl::unexpected<Error>(Error{code, std::move(message), retryable});
}
inline tl::unexpected<Error> Fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}
inline tl::unexpected<Error> BadInput(std::string message) {
  return Fail(ErrorCode::kBadInput, std::move(message));
}
inline tl::unexpected<Error> Missing(std::string message) {
  return Fail(ErrorCode::kMissing, std::move(message));
}
inline tl::unexpected<Error> Broken(std::string message) {
  return Fail(ErrorCode::kInfrastructure, std::move(message));
}

// An error of the last system call: "what: strerror(errno)".
tl::unexpected<Error> SystemError(const std::string& what);

}  // namespace kernelevolve

#define KE_CONCAT_INNER(a, b) a##b
#define KE_CONCAT(a, b) KE_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expression)                                        \
  do {                                                                     \
    if (auto ke_status = (expression); !ke_status)                         \
      return ::tl::unexpected<::kernelevolve::Error>(                      \
          std::move(ke_status).error());                                   \
  } while (false)

#define ASSIGN_OR_RETURN(declaration, expression) \
  ASSIGN_OR_RETURN_IMPL(KE_CONCAT(ke_result_, __LINE__), declaration, expression)
#define ASSIGN_OR_RETURN_IMPL(result, declaration, expression)   \
  auto result = (expression);                                    \
  if (!result)                                                   \
    return ::tl::unexpected<::kernelevolve::Error>(              \
        std::move(result).error());                              \
  declaration = *std::move(result)
