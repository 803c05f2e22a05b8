// FakeTransport: answers POSTs from a list and keeps what was posted.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "base/check.h"
#include "llm/http.h"

namespace kernelevolve {

// Bodies reach the sink in pieces of `piece` bytes, as a network would cut them.
class FakeTransport : public HttpTransport {
 public:
  void Answer(HttpResult result) { answers_.push_back(std::move(result)); }
  void Answer(int status, std::string body,
              std::map<std::string, std::string> headers = {}) {
    Answer(HttpReply{{status, std::move(headers)}, std::move(body)});
  }
  void AnswerStream(std::string body) {
    Answer(200, std::move(body), {{"content-type", "text/event-stream"}});
  }
  void set_piece(size_t piece) { piece_ = piece; }
  const std::vector<HttpRequest>& requests() const { return requests_; }

  HttpResult Post(const HttpRequest& request, const BodySink& sink,
                  const StopCondition&) override {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    CHECK(!answers_.empty());
    HttpResult result = std::move(answers_.front());
    answers_.pop_front();
    const HttpReply& reply = result ? *result : result.error().partial;
    for (size_t at = 0; sink && at < reply.body.size(); at += piece_)
      if (!sink(reply.head, std::string_view(reply.body).substr(at, piece_)))
        return reply;
    return result;
  }

 private:
  std::mutex mutex_;
  std::deque<HttpResult> answers_;
  std::vector<HttpRequest> requests_;
  size_t piece_ = 7;
};

}  // namespace kernelevolve
