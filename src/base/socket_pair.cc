#include "base/socket_pair.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace kernelevolve {

Result<SocketPair> MakeSocketPair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return SystemError("cannot make a socket");
  return SocketPair{Fd(ends[0]), Fd(ends[1])};
}

bool AwaitReadable(int fd, int timeout_ms) {
  pollfd entry{fd, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&entry, 1, timeout_ms);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace kernelevolve
