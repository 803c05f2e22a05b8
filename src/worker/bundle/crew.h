// Crew: a number of `serve` processes that judge the requests of bundles.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "wire/bundle_answers.h"
#include "worker/bundle/serve_child.h"

namespace kernelevolve::worker {

// Owned by one thread. A worker that dies, hangs or talks nonsense is replaced
// and its request tried once more; after that the answer is HARNESS_ERROR with
// code WORKER_LOST.
class Crew {
 public:
  using Sink = std::function<Status(const wire::BundleAnswer&)>;

  // `signals` becomes readable when it is to stop; -1: never. Everything
  // outlives it.
  Crew(const ServeCommand& command, int jobs, int signals, const Clock& clock);

  // Each answer goes to `sink` as it comes. Errors: workers that cannot be
  // started, or that say they cannot judge; kInterrupted.
  Status Judge(const wire::Bundle& bundle, std::deque<std::string> requests,
               const Sink& sink);

 private:
  Status Assign();
  Status Wait();
  Status Hear(ServeChild& child);
  Status Answer(ServeChild& child, const Json& message);
  Status Refused(ServeChild& child, const Error& error);
  // Of a worker that is of no more use.
  Status Lose(ServeChild& child, const std::string& why);
  Status Deliver(const std::string& request, const Json& evaluation);

  std::vector<std::unique_ptr<ServeChild>> children_;
  const int signals_;
  // Of the bundle at hand.
  const wire::Bundle* bundle_ = nullptr;
  const Sink* sink_ = nullptr;
  std::deque<std::string> waiting_;
  std::map<std::string, int> losses_;  // by request
  size_t open_ = 0;
  int failed_greetings_ = 0;  // in a row
  wire::Hello latest_;
};

}  // namespace kernelevolve::worker
