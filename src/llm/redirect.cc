#include "llm/redirect.h"

#include "base/format.h"
#include "llm/url.h"

namespace kernelevolve {
namespace {

constexpr int kMostHops = 3;

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 307 || status == 308;
}

HttpResult BadHop(const std::string& message) {
  return tl::unexpected<HttpError>(
      HttpError{HttpFailure::kBadUrl, message, false, {}});
}

}  // namespace

HttpResult PostFollowing(HttpTransport& transport, HttpRequest request,
                         const BodySink& sink, const StopCondition& stop) {
  // What a redirect says beside its address is not the answer.
  const BodySink final_sink = [&](const HttpHead& head, std::string_view piece) {
    return IsRedirect(head.status) || sink(head, piece);
  };
  Result<Url> url = Url::Parse(request.url);
  if (!url) return BadHop(url.error().message);
  for (int hop = 0; hop <= kMostHops; ++hop) {
    HttpResult result =
        transport.Post(request, sink ? final_sink : BodySink(), stop);
    if (!result || !IsRedirect(result->head.status)) return result;
    const Result<Url> next =
        ResolveLocation(*url, result->head.Header("location"));
    if (!next) return BadHop("a redirect to nowhere: " + next.error().message);
    if (url->scheme == "https" && next->scheme == "http")
      return BadHop("a redirect from https to http is not followed");
    if (!url->SameOrigin(*next)) request.credentials.clear();
    url = *next;
    request.url = url->ToString();
  }
  return BadHop(format("more than {} redirects", kMostHops));
}

}  // namespace kernelevolve
