#include "base/socket_pair.h"

#include <sys/socket.h>

namespace kernelevolve {

Result<SocketPair> MakeSocketPair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return SystemError("cannot make a socket");
  return SocketPair{Fd(ends[0]), Fd(ends[1])};
}

}  // namespace kernelevolve
