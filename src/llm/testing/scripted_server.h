// ScriptedServer: an HTTP server on this machine that misbehaves as told, byte
// by byte. For tests; speaks just enough HTTP for one POST a connection.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "base/stop.h"

namespace kernelevolve {

struct ServerRequest {
  std::string path;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// One accepted connection, in the hands of its handler.
class ServerConnection {
 public:
  ServerConnection(Fd socket, const StopCondition& stop)
      : socket_(std::move(socket)), stop_(stop) {}
  // False once the client has gone.
  bool Send(std::string_view bytes);
  // A whole answer with Content-Length.
  void Reply(int status, std::string_view content_type, std::string_view body,
             std::string_view more_headers = "");
  // The head of an event stream that ends with the connection.
  void BeginEvents(std::string_view content_type = "text/event-stream");
  // "data: …" and an empty line.
  bool Event(std::string_view data);
  // Ends with a TCP reset.
  void Reset();
  // Says nothing until the client or the server gives up.
  void Stall();
  // False if the server is shutting down.
  bool Pause(int milliseconds) const;
  int socket() const { return socket_.get(); }

 private:
  Fd socket_;
  const StopCondition& stop_;
};

// Owned by a test. Handlers run in a thread per connection.
class ScriptedServer {
 public:
  using Handler =
      std::function<void(const ServerRequest&, ServerConnection&)>;
  static Result<std::unique_ptr<ScriptedServer>> Start(Handler handler);
  ~ScriptedServer();

  int port() const { return port_; }
  // "http://127.0.0.1:PORT" + path
  std::string Url(std::string_view path = "") const;
  std::vector<ServerRequest> requests() const;

 private:
  ScriptedServer(Fd listener, int port, Handler handler);
  void AcceptLoop();
  void Serve(Fd socket);

  const Fd listener_;
  const int port_;
  const Handler handler_;
  StopCondition stop_;
  mutable std::mutex mutex_;  // guards requests_
  std::vector<ServerRequest> requests_;
  std::list<std::thread> connections_;  // acceptor_'s own, until it ended
  std::thread acceptor_;
};

}  // namespace kernelevolve
