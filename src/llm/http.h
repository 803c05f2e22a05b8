// HttpTransport: one POST over HTTP. Knows nothing of models; the clients are
// written against this, so that their logic is tested without a socket.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/stop.h"
#include "llm/secret.h"

namespace kernelevolve {

struct HttpDeadlines {
  using Milliseconds = std::chrono::milliseconds;
  Milliseconds connect{15'000};
  // A model on two cores reads a long prompt for minutes before it speaks.
  Milliseconds first_byte{600'000};
  Milliseconds idle{180'000};  // between two pieces of the body
  Milliseconds total{1'800'000};
};

struct HttpRequest {
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  // The headers that carry a key: "Name: " before, the key after. They are
  // dropped where a redirect leads to another origin.
  std::vector<std::pair<std::string, Secret>> credentials;
  std::string body;
  HttpDeadlines deadlines;
  // A longer answer is given up on.
  size_t body_limit = 4 << 20;
};

struct HttpHead {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case

  std::string Header(const std::string& name) const {
    const auto it = headers.find(name);
    return it == headers.end() ? "" : it->second;
  }
};

struct HttpReply {
  HttpHead head;
  std::string body;
};

enum class HttpFailure {
  kConnect,   // no name, no route, no TLS
  kBroken,    // the connection broke
  kTimeout,   // one of the deadlines
  kTooLarge,  // more than body_limit
  kCancelled,
  kBadUrl,
};

struct HttpError {
  HttpFailure kind = HttpFailure::kConnect;
  std::string message;
  // The request may have reached the server.
  bool sent = false;
  // What had come before.
  HttpReply partial;
};

using HttpResult = tl::expected<HttpReply, HttpError>;

// Sees the body as it comes. False: enough, the rest is not wanted; the call
// then succeeds with what there is.
using BodySink = std::function<bool(const HttpHead&, std::string_view piece)>;

// Thread-safe.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  // A reply of any status is a success here. Redirects are not followed: that
  // is for llm/redirect.h. `sink` may be null.
  virtual HttpResult Post(const HttpRequest& request, const BodySink& sink,
                          const StopCondition& stop) = 0;
};

}  // namespace kernelevolve
