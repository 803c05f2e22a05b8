// A recording: what models answered in a run, one JSON object a line.
//
//   {"recording": 1, "task": "softmax", "proposer": "llm", "seed": "1", …}
//   {"text": DIGEST, "is": "You write kernels …"}
//   {"request": DIGEST, "occurrence": 0, "place": "SEED/ROUND",
//    "asked": [["system", DIGEST], …], "reply": {…}}
//   {"request": DIGEST, "occurrence": 1, "place": "SEED/ROUND", "error": {…}}
//   {"node": 3, "step": 5, "candidate": ID, "begun": 8}
//   {"resumed": 12, …}
//
// The first line says what decides the requests; that of an old recording is
// {"recording": 1} alone. A text stands in the file once, before the first
// request that holds it.
// An answer is found by what was asked and how often that had been asked
// before, never by its place in the file: however the threads of a replay
// interleave, the same request gets the same answer. Where a later program
// words a prompt otherwise, the place in the search stands in for it.
// Where steps were on their way side by side, the order in which they ended
// decides the tree: a line each, in that order.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/file.h"
#include "base/json.h"
#include "llm/chat.h"

namespace kernelevolve {

struct RecordingKey {
  std::string request;  // RequestDigest
  int64_t occurrence = 0;
  auto operator<=>(const RecordingKey&) const = default;
};

// "SEED/ROUND": the request's seed and how many answers it quotes, behind
// "AGENT:" where another than the author asks; "" without a seed. The same in
// every program that walks the same search.
std::string PlaceOf(const ChatRequest& request);

// A message as a recording keeps it.
struct AskedMessage {
  std::string role, text;
};

// A step of the search that ended.
struct StepEnd {
  int64_t node = 0;       // that it became; 0: it came to nothing
  int64_t step = 0;       // its ticket of this part; 0: nobody asked for it
  std::string candidate;  // its id; "" where there was none
  // Steps that the search had been asked for in this part by then; -1: unknown.
  int64_t begun = -1;
};

struct Recording {
  // From one start of its program to the next. What was lost between is none:
  // each has more nodes than the one before.
  struct Part {
    int64_t nodes = 0;  // that the run had when it began
    Json line;          // {"resumed": …}; null of the first
    std::map<std::string, int64_t> before;  // how often what was asked by then
    std::map<std::string, RecordingKey> places;  // the first answer at each
    std::vector<StepEnd> ends;  // of its steps, in order; none in an old one
  };

  Json header;  // of an old recording: {"recording": 1}
  std::map<RecordingKey, ChatResult> answers;
  std::vector<Part> parts = {Part{}};

  // In which a run of so many nodes goes on.
  size_t PartAt(int64_t nodes) const;
  // What was sent, by the first digits of its digest; none in an old recording.
  std::vector<AskedMessage> Asked(std::string_view request) const;

  std::map<std::string, Json> asked;  // by request: [[role, digest], …]
  std::map<std::string, std::string> texts;
};

// A last line without its end is what a killed run left, and is skipped; any
// other line that is not understood is kBadInput with its number.
Result<Recording> ReadRecording(const fs::path& path);

// Appends, one write a line, so that a kill loses at most the last one.
// Thread-safe.
class RecordingWriter {
 public:
  // Continues an existing file; the folder must exist. `header` is what a new
  // one begins with, besides its version.
  static Result<std::unique_ptr<RecordingWriter>> Open(
      const fs::path& path, const Json& header = Json::object());
  Status Append(const RecordingKey& key, const ChatRequest& request,
                const ChatResult& result);
  Status AppendResumed(int64_t nodes, Json line);
  Status AppendEnd(const StepEnd& end);

 private:
  RecordingWriter(Fd fd, fs::path path)
      : fd_(std::move(fd)), path_(std::move(path)) {}
  Status AppendLine(const Json& json);
  Result<std::string> AppendText(const std::string& text);

  std::mutex mutex_;             // guards the file and the set
  std::set<std::string> texts_;  // written by this process
  const Fd fd_;
  const fs::path path_;
};

// Counts how often each request has been made. Thread-safe.
class OccurrenceCounter {
 public:
  RecordingKey Next(const ChatRequest& request);
  // As if these had been made already.
  void Skip(const Recording& recording);
  void Skip(const std::map<std::string, int64_t>& made);

 private:
  std::mutex mutex_;
  std::map<std::string, int64_t> next_;
};

}  // namespace kernelevolve
