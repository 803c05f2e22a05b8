// Server: answers the requests of one MCP client until it goes away.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "cli/mcp/protocol.h"
#include "cli/mcp/tool_box.h"
#include "cli/mcp/transport.h"

namespace kernelevolve::cli::mcp {

struct ServerOptions {
  size_t calls = 16;  // at once; more are refused
  // Calls in progress when the client closes its side are stopped after this:
  // quick ones are still answered, for whoever writes all requests at once.
  std::chrono::milliseconds grace{500};
};

// Owned by the thread that calls Run. Every tool call has a thread of its own,
// so that a client may cancel one, and ask for others meanwhile.
class Server {
 public:
  // Everything outlives it.
  Server(ServerOptions options, ServerIdentity identity, const ToolBox& tools,
         Transport& transport)
      : options_(options),
        protocol_(std::move(identity)),
        tools_(tools),
        transport_(transport) {}

  // Returns when the client has closed its side or `stop` is requested, and no
  // call runs any more.
  void Run(const StopCondition& stop);

 private:
  // A call in progress.
  struct Call {
    Json id;
    StopCondition stop;
    bool cancelled = false;  // not answered
    bool done = false;
    std::thread thread;
  };

  void Handle(const Line& line);
  void HandleRequest(const Message& request);
  void HandleNotification(const Message& notification);
  void Answer(const Message& request, const Peer& peer);
  void StartCall(const Message& request, const Peer& peer);
  void RunCall(Call& call, const Json& params, const Peer& peer);
  void Cancel(const Json& id);
  // Joins the calls that have ended; answers how many have not.
  size_t Reap();
  void StopCalls(StopCondition::Reason reason);
  void Finish(const StopCondition& stop);
  void Send(const Json& message) { transport_.WriteLine(DumpJson(message)); }

  const ServerOptions options_;
  Protocol protocol_;
  const ToolBox& tools_;
  Transport& transport_;
  std::mutex mutex_;  // of what is in the calls, but for their threads
  std::list<Call> calls_;
};

}  // namespace kernelevolve::cli::mcp
