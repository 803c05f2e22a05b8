#include "wire/pass_descriptor.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/socket_pair.h"

namespace kernelevolve {
namespace {

// Some bytes and room for one descriptor. Not to be moved: it points into
// itself.
struct Envelope {
  Envelope(char* bytes, size_t count) : part{bytes, count} {
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
  }
  Envelope(const Envelope&) = delete;
  Envelope& operator=(const Envelope&) = delete;

  iovec part;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
};

}  // namespace

Result<size_t> SendWithDescriptor(int socket, std::string_view bytes,
                                  int descriptor) {
  Envelope envelope(const_cast<char*>(bytes.data()), bytes.size());
  cmsghdr* header = CMSG_FIRSTHDR(&envelope.message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  ssize_t sent;
  do {
    sent = ::sendmsg(socket, &envelope.message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return SystemError("cannot pass a descriptor");
  return static_cast<size_t>(sent);
}

Status SendDescriptor(int socket, int descriptor) {
  ASSIGN_OR_RETURN(const size_t sent, SendWithDescriptor(socket, "d", descriptor));
  if (sent != 1) return Broken("a descriptor was not passed");
  return {};
}

Result<Fd> ReceiveDescriptor(int socket, int timeout_ms) {
  if (!AwaitReadable(socket, timeout_ms))
    return Broken("a descriptor was announced and did not come");
  char byte = 0;
  Envelope envelope(&byte, 1);
  ssize_t got;
  do {
    got = ::recvmsg(socket, &envelope.message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  const cmsghdr* header = got == 1 ? CMSG_FIRSTHDR(&envelope.message) : nullptr;
  if (!header || header->cmsg_level != SOL_SOCKET ||
      header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(sizeof(int)))
    return Broken("a descriptor was announced and did not come");
  int descriptor = -1;
  std::memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return Fd(descriptor);
}

}  // namespace kernelevolve
