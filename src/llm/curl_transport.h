// CurlTransport: HttpTransport over libcurl, the one file that includes it.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "llm/http.h"

namespace kernelevolve {

// Owned by main or a test; outlives the clients that post through it.
class CurlTransport : public HttpTransport {
 public:
  static Result<std::unique_ptr<CurlTransport>> Create(const Clock& clock);
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  // The proxy variables of the environment hold, but not for this machine.
  HttpResult Post(const HttpRequest& request, const BodySink& sink,
                  const StopCondition& stop) override;

 private:
  explicit CurlTransport(const Clock& clock) : clock_(clock) {}
  const Clock& clock_;
};

}  // namespace kernelevolve
