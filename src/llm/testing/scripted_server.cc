#include "llm/testing/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <optional>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

constexpr int kSliceMs = 20;
constexpr size_t kLargestRequest = 8 << 20;

// False at the end of the stream or when `stop` is requested.
bool ReadMore(int socket, std::string& buffer, const StopCondition& stop) {
  while (!stop.requested()) {
    pollfd entry{socket, POLLIN, 0};
    if (::poll(&entry, 1, kSliceMs) <= 0) continue;
    char piece[1 << 16];
    const ssize_t got = ::recv(socket, piece, sizeof piece, 0);
    if (got <= 0) return false;
    buffer.append(piece, static_cast<size_t>(got));
    return buffer.size() <= kLargestRequest;
  }
  return false;
}

ServerRequest ParseHead(std::string_view head) {
  ServerRequest request;
  const std::vector<std::string_view> lines = Split(head, '\n');
  const std::vector<std::string_view> words = Split(lines[0], ' ');
  if (words.size() >= 2) request.path = words[1];
  for (size_t i = 1; i < lines.size(); ++i) {
    const size_t colon = lines[i].find(':');
    if (colon == std::string_view::npos) continue;
    std::string name(lines[i].substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    request.headers[name] = std::string(Trim(lines[i].substr(colon + 1)));
  }
  return request;
}

std::optional<ServerRequest> ReadRequest(int socket, const StopCondition& stop) {
  std::string buffer;
  size_t end;
  while ((end = buffer.find("\r\n\r\n")) == std::string::npos)
    if (!ReadMore(socket, buffer, stop)) return std::nullopt;
  ServerRequest request = ParseHead(std::string_view(buffer).substr(0, end));
  const auto length = static_cast<size_t>(
      std::strtoull(request.headers["content-length"].c_str(), nullptr, 10));
  while (buffer.size() < end + 4 + length)
    if (!ReadMore(socket, buffer, stop)) return std::nullopt;
  request.body = buffer.substr(end + 4, length);
  return request;
}

}  // namespace

bool ServerConnection::Send(std::string_view bytes) {
  while (!bytes.empty() && !stop_.requested()) {
    pollfd entry{socket_.get(), POLLOUT, 0};
    if (::poll(&entry, 1, kSliceMs) <= 0) continue;
    const ssize_t put = ::send(socket_.get(), bytes.data(), bytes.size(),
                               MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return bytes.empty();
}

void ServerConnection::Reply(int status, std::string_view content_type,
                             std::string_view body,
                             std::string_view more_headers) {
  Send(format("HTTP/1.1 {} Said\r\nContent-Type: {}\r\nContent-Length: {}\r\n"
              "Connection: close\r\n{}\r\n",
              status, content_type, body.size(), more_headers));
  Send(body);
}

void ServerConnection::BeginEvents(std::string_view content_type) {
  Send(format("HTTP/1.1 200 OK\r\nContent-Type: {}\r\nConnection: close\r\n\r\n",
              content_type));
}

bool ServerConnection::Event(std::string_view data) {
  return Send(format("data: {}\n\n", data));
}

void ServerConnection::Reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  socket_.Reset();
}

void ServerConnection::Stall() {
  std::string ignored;
  while (ReadMore(socket_.get(), ignored, stop_)) ignored.clear();
}

bool ServerConnection::Pause(int milliseconds) const {
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::milliseconds(milliseconds);
  while (!stop_.requested() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(
        std::chrono::milliseconds(std::min(milliseconds, kSliceMs)));
  return !stop_.requested();
}

Result<std::unique_ptr<ScriptedServer>> ScriptedServer::Start(Handler handler) {
  Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  if (!listener || ::bind(listener.get(), plain, size) != 0 ||
      ::listen(listener.get(), 64) != 0 ||
      ::getsockname(listener.get(), plain, &size) != 0)
    return SystemError("cannot listen on 127.0.0.1");
  return std::unique_ptr<ScriptedServer>(new ScriptedServer(
      std::move(listener), ntohs(address.sin_port), std::move(handler)));
}

ScriptedServer::ScriptedServer(Fd listener, int port, Handler handler)
    : listener_(std::move(listener)),
      port_(port),
      handler_(std::move(handler)),
      acceptor_([this] { AcceptLoop(); }) {}

ScriptedServer::~ScriptedServer() {
  stop_.Request(StopCondition::Reason::kInterrupt);
  acceptor_.join();
  for (std::thread& connection : connections_) connection.join();
}

std::string ScriptedServer::Url(std::string_view path) const {
  return format("http://127.0.0.1:{}{}", port_, path);
}

std::vector<ServerRequest> ScriptedServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedServer::AcceptLoop() {
  while (!stop_.requested()) {
    pollfd entry{listener_.get(), POLLIN, 0};
    if (::poll(&entry, 1, kSliceMs) <= 0) continue;
    Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) continue;
    connections_.emplace_back(
        [this](Fd owned) { Serve(std::move(owned)); }, std::move(socket));
  }
}

void ScriptedServer::Serve(Fd socket) {
  const std::optional<ServerRequest> request = ReadRequest(socket.get(), stop_);
  if (!request) return;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(*request);
  }
  ServerConnection connection(std::move(socket), stop_);
  handler_(*request, connection);
}

}  // namespace kernelevolve
