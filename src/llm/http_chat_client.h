// HttpChatClient: a model behind HTTP, in whichever dialect.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "llm/chat_client.h"
#include "llm/dialect.h"
#include "llm/http.h"

namespace kernelevolve {

struct HttpChatOptions {
  std::string url;    // of the one route that is posted to
  std::string model;  // as the server calls it
  std::string name;   // as the user calls it: ChatReply::model
  Secret key;         // empty: none is sent
  std::string key_from;  // what named it, or would: "KE_API_KEY"
  bool stream = true;
  HttpDeadlines deadlines;
  size_t body_limit = 4 << 20;
};

// One attempt per call: retry_client.h makes more. The key goes into one header
// and is taken out of everything that comes back.
class HttpChatClient : public ChatClient {
 public:
  // Transport and clock outlive it.
  HttpChatClient(HttpTransport& transport, std::unique_ptr<ChatDialect> dialect,
                 HttpChatOptions options, const Clock& clock);
  ChatResult Complete(const ChatRequest& request,
                      const StopCondition& stop) override;

 private:
  HttpRequest MakeRequest(const ChatRequest& request) const;
  ChatResult Attempt(const ChatRequest& request, const StopCondition& stop);
  ChatResult Understand(const HttpResult& result, StreamReader& reader,
                        bool events, double took_s) const;
  void Redact(ChatResult& result) const;
  // Says which model, at which address, with which key.
  void Explain(ChatError& error) const;

  HttpTransport& transport_;
  const std::unique_ptr<ChatDialect> dialect_;
  const HttpChatOptions options_;
  const Clock& clock_;
};

}  // namespace kernelevolve
