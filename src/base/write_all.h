// The one loop around write(2).
#pragma once

#include <string_view>

namespace kernelevolve {

// All of `bytes`, however many calls it takes. False with errno set where that
// cannot be done; some may have been written.
bool WriteAll(int fd, std::string_view bytes);

}  // namespace kernelevolve
