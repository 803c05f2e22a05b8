#include "worker/gpu/server/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>

#include "base/format.h"

namespace kernelevolve::worker::gpu {
namespace {

Result<sockaddr_un> Address(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof address.sun_path)
    return BadInput(format("{} is too long for a socket's name: choose a folder "
                           "with a shorter path", text));
  std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
  return address;
}

Result<Fd> Open() {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return SystemError("cannot make a socket");
  return fd;
}

}  // namespace

Result<Fd> ConnectTo(const fs::path& path) {
  ASSIGN_OR_RETURN(const sockaddr_un address, Address(path));
  ASSIGN_OR_RETURN(Fd fd, Open());
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address),
                sizeof address) != 0)
    return SystemError(format("cannot reach {}", path.string()));
  return fd;
}

Result<Fd> ListenAt(const fs::path& path) {
  if (ConnectTo(path))
    return Broken(format("another process serves {}", path.string()));
  std::error_code ignored;
  fs::remove(path, ignored);
  ASSIGN_OR_RETURN(const sockaddr_un address, Address(path));
  ASSIGN_OR_RETURN(Fd fd, Open());
  const mode_t before = ::umask(0177);
  const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address),
                           sizeof address);
  ::umask(before);
  if (bound != 0 || ::listen(fd.get(), 128) != 0)
    return SystemError(format("cannot listen at {}", path.string()));
  return fd;
}

void MarkTurn(const fs::path& path) {
  std::error_code ignored;
  fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
}

std::optional<std::chrono::nanoseconds> TurnAge(const fs::path& path) {
  std::error_code failed;
  const auto began = fs::last_write_time(path, failed);
  if (failed) return std::nullopt;
  return fs::file_time_type::clock::now() - began;
}

pid_t PeerOf(const Fd& connection) {
  ucred peer{};
  socklen_t bytes = sizeof peer;
  if (::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &bytes) != 0)
    return 0;
  return peer.pid;
}

}  // namespace kernelevolve::worker::gpu
