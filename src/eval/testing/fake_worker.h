// FakeWorker: a worker that misbehaves as the candidate's source tells it.
#pragma once

#include <string>
#include <vector>

namespace kernelevolve {

// Speaks the worker's protocol on stdin and stdout until they close. The source
// of a candidate is one word:
//   "hang" | "die" | "garbage" | "mute-id" | "error" | "abort-once"
//   "meet": accepted once three workers of the pool have been asked for it
//   "place": likewise, with lane lock and device as its message
// anything else is accepted, with the worker's pid as its message. How it
// greets is the word in `greeting`: "", "refuse", "layer", "protocol", "die",
// "hang".
// `flags` are those of `serve`: --lane-lock FILE --scratch DIR [--device N].
int RunFakeWorker(const std::string& greeting,
                  const std::vector<std::string>& flags);

}  // namespace kernelevolve
