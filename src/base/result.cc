#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace kernelevolve {

tl::unexpected<Error> SystemError(const std::string& what) {
  const int number = errno;
  return Broken(what + ": " + std::strerror(number));
}

}  // namespace kernelevolve
