// Follows redirects without carrying the key to strangers.
#pragma once

#include "llm/http.h"

namespace kernelevolve {

// Posts, and again wherever 301, 302, 307 or 308 leads, three times at most.
// From the first hop to another origin on, the credentials stay behind; from
// https to http nothing is followed.
HttpResult PostFollowing(HttpTransport& transport, HttpRequest request,
                         const BodySink& sink, const StopCondition& stop);

}  // namespace kernelevolve
