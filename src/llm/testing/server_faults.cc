#include "llm/testing/server_faults.h"

#include <functional>
#include <map>

#include "base/check.h"
#include "base/format.h"
#include "base/json.h"

namespace kernelevolve {
namespace {

using Handler = ScriptedServer::Handler;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kUsage =
    R"("usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46})";

bool WantsStream(const ServerRequest& request) {
  const Result<Json> body = ParseJson(request.body);
  return body && GetBool(*body, "stream").value_or(false);
}

std::string Quoted(std::string_view text) { return DumpJson(Json(text)); }

std::string Whole(const std::string& message, std::string_view finish,
                  std::string_view more = "") {
  return format(R"({{"model":"served","choices":[{{"index":0,"message":{},)"
                R"("finish_reason":"{}"}}]{}}})",
                message, finish, more);
}

std::string Delta(const std::string& delta, std::string_view finish = "") {
  const std::string reason =
      finish.empty() ? "null" : format("\"{}\"", finish);
  return format(R"({{"model":"served","choices":[{{"index":0,"delta":{},)"
                R"("finish_reason":{}}}]}})",
                delta, reason);
}

std::string UsageEvent() {
  return format(R"({{"model":"served","choices":[],{}}})", kUsage);
}

// An answer of `text` in the form that was asked for.
Handler Says(const std::string& text, const std::string& finish = "stop",
             bool usage = true) {
  return [=](const ServerRequest& request, ServerConnection& out) {
    if (!WantsStream(request)) {
      out.Reply(200, kJson,
                Whole(format(R"({{"role":"assistant","content":{}}})",
                             Quoted(text)),
                      finish, usage ? format(",{}", kUsage) : ""));
      return;
    }
    out.BeginEvents();
    out.Event(Delta(R"({"role":"assistant","content":null})"));
    const size_t half = text.size() / 2;
    out.Event(Delta(format(R"({{"content":{}}})", Quoted(text.substr(0, half)))));
    out.Event(Delta(format(R"({{"content":{}}})", Quoted(text.substr(half)))));
    out.Event(Delta("{}", finish));
    if (usage) out.Event(UsageEvent());
    out.Event("[DONE]");
  };
}

Handler Status(int status, std::string body, std::string headers = "",
               std::string type = std::string(kJson)) {
  return [=](const ServerRequest&, ServerConnection& out) {
    out.Reply(status, type, body, headers);
  };
}

Handler ErrorStatus(int status, std::string_view type, std::string_view text,
                    std::string headers = "") {
  return Status(status,
                format(R"({{"error":{{"type":"{}","message":"{}"}}}})", type,
                       text),
                std::move(headers));
}

// A stream that is left after its first words.
Handler Midway(std::function<void(ServerConnection&)> then) {
  return [=](const ServerRequest&, ServerConnection& out) {
    out.BeginEvents();
    out.Event(Delta(R"({"role":"assistant","content":"one two "})"));
    out.Event(Delta(R"({"content":"three"})"));
    then(out);
  };
}

void SendTenMegabytes(const ServerRequest&, ServerConnection& out) {
  const std::string piece(1 << 20, 'a');
  out.BeginEvents(kJson);
  out.Send(R"({"choices":[{"message":{"content":")");
  for (int i = 0; i < 10 && out.Send(piece); ++i) {
  }
  out.Send(R"("},"finish_reason":"stop"}]})");
}

void SendToolCalls(const ServerRequest& request, ServerConnection& out) {
  constexpr std::string_view kFirst =
      R"({"index":0,"id":"c1","type":"function","function":{"name":"lint","arguments":"{\"file\":"}})";
  constexpr std::string_view kRest =
      R"({"index":0,"function":{"arguments":"\"a.cc\"}"}})";
  constexpr std::string_view kSecond =
      R"({"index":1,"id":"c2","type":"function","function":{"name":"no_such_tool","arguments":"{}"}})";
  if (!WantsStream(request)) {
    out.Reply(
        200, kJson,
        Whole(format(R"({{"content":null,"tool_calls":[{}]}})",
                     R"({"id":"c1","type":"function","function":{"name":"lint","arguments":"{\"file\":\"a.cc\"}"}},)"
                     R"({"id":"c2","type":"function","function":{"name":"no_such_tool","arguments":"{}"}})"),
              "tool_calls", format(",{}", kUsage)));
    return;
  }
  out.BeginEvents();
  for (const std::string_view call : {kFirst, kRest, kSecond})
    out.Event(Delta(format(R"({{"tool_calls":[{}]}})", call)));
  out.Event(Delta("{}", "tool_calls"));
  out.Event(UsageEvent());
  out.Event("[DONE]");
}

void SendRefusal(const ServerRequest&, ServerConnection& out) {
  out.Reply(200, kJson,
            Whole(R"({"content":null,"refusal":"I cannot help with that."})",
                  "stop", format(",{}", kUsage)));
}

// As some servers do, "to help".
void QuoteKey(const ServerRequest& request, ServerConnection& out) {
  const auto key = request.headers.find("authorization");
  out.Reply(401, kJson,
            format(R"({{"error":{{"message":"wrong key: {}"}}}})",
                   key == request.headers.end() ? "none" : key->second));
}

void CutBeforeUsage(ServerConnection& out) { out.Event(Delta("{}", "stop")); }

void BadUtf8(const ServerRequest&, ServerConnection& out) {
  out.Reply(200, kJson,
            Whole("{\"content\":\"caf\xc3 \xed\xa0\x80 \\u001b[31mred \xff.\"}",
                  "stop", format(",{}", kUsage)));
}

std::map<std::string, Handler> FaultHandlers() {
  const std::string html = "<html><body>Service Unavailable</body></html>";
  return {
      {"401", ErrorStatus(401, "invalid_request_error", "no such key")},
      {"403", ErrorStatus(403, "permission_error", "not for you")},
      {"429", ErrorStatus(429, "rate_limit", "too fast")},
      {"429-retry-after",
       ErrorStatus(429, "rate_limit", "too fast", "Retry-After: 7\r\n")},
      {"500", ErrorStatus(500, "server_error", "oops")},
      {"503-html", Status(503, html, "", "text/html")},
      {"reset", [](const ServerRequest&, ServerConnection& o) { o.Reset(); }},
      {"stall", [](const ServerRequest&, ServerConnection& o) { o.Stall(); }},
      {"stall-midway", Midway([](ServerConnection& o) { o.Stall(); })},
      {"cut-stream", Midway([](ServerConnection&) {})},
      {"cut-before-usage", Midway(CutBeforeUsage)},
      {"half-json", Status(200, R"({"choices":[{"message":{"content":"ha)")},
      {"empty-choices", Status(200, format(R"({{"choices":[],{}}})", kUsage))},
      {"null-content", Status(200, Whole(R"({"content":null})", "stop"))},
      {"10-mb", SendTenMegabytes},
      {"wrong-content-type",
       Status(200, Whole(R"({"content":"fine"})", "stop"), "", "text/plain")},
      {"html-200", Status(200, html, "", "text/html")},
      {"bad-utf8", BadUtf8},
      {"no-usage", Says("an answer without a bill", "stop", false)},
      {"length", Says("and then", "length")},
      {"refusal", SendRefusal},
      {"two-code-blocks", Says("```cpp\na\n```\nor\n```cpp\nb\n```\n")},
      {"tool-calls", SendToolCalls},
      {"context", ErrorStatus(400, "exceed_context_size_error",
                              "the request exceeds the available context size")},
      {"quotes-key", QuoteKey},
      {"error-in-200",
       Status(200, R"({"error":{"message":"busy","type":"overloaded_error"}})")},
      {"good", Says("hello")},
  };
}

}  // namespace

ScriptedServer::Handler FaultHandler(const std::string& name) {
  const std::map<std::string, Handler> handlers = FaultHandlers();
  const auto found = handlers.find(name);
  CHECK(found != handlers.end());
  return found->second;
}

ScriptedServer::Handler RedirectHandler(std::string url) {
  return [=](const ServerRequest&, ServerConnection& out) {
    out.Reply(307, "text/plain", "elsewhere", format("Location: {}\r\n", url));
  };
}

}  // namespace kernelevolve
