#include "worker/torch/descriptor_frame.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

namespace kernelevolve::worker {
namespace {

std::string Frame(const std::string& body) {
  std::string frame;
  for (int i = 0; i < 4; ++i)
    frame += static_cast<char>(body.size() >> (8 * i) & 0xff);
  return frame + body;
}

// How many bytes went out, the descriptor with the first of them.
Result<size_t> SendFirst(int socket, std::string_view bytes, int descriptor) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  ssize_t sent;
  do {
    sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return SystemError("cannot lend memory");
  return static_cast<size_t>(sent);
}

}  // namespace

Status WriteFrameWithDescriptor(int socket, const Json& message,
                                int descriptor) {
  const std::string frame = Frame(DumpJson(message));
  ASSIGN_OR_RETURN(size_t done, SendFirst(socket, frame, descriptor));
  while (done < frame.size()) {
    const ssize_t sent = ::send(socket, frame.data() + done,
                                frame.size() - done, MSG_NOSIGNAL);
    if (sent > 0)
      done += static_cast<size_t>(sent);
    else if (sent < 0 && errno != EINTR)
      return SystemError("cannot send a message");
  }
  return {};
}

}  // namespace kernelevolve::worker
