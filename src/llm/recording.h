// A recording: what models answered in a run, one JSON object a line.
//
//   {"recording": 1}
//   {"request": DIGEST, "occurrence": 0, "place": "SEED/ROUND", "reply": {…}}
//   {"request": DIGEST, "occurrence": 1, "place": "SEED/ROUND", "error": {…}}
//
// An answer is found by what was asked and how often that had been asked
// before, never by its place in the file: however the threads of a replay
// interleave, the same request gets the same answer. Where a later program
// words a prompt otherwise, the place in the search stands in for it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/fd.h"
#include "base/file.h"
#include "llm/chat.h"

namespace kernelevolve {

struct RecordingKey {
  std::string request;  // RequestDigest
  int64_t occurrence = 0;
  auto operator<=>(const RecordingKey&) const = default;
};

// "SEED/ROUND": the request's seed and how many answers it quotes; "" without a
// seed. The same in every program that walks the same search.
std::string PlaceOf(const ChatRequest& request);

struct Recording {
  std::map<RecordingKey, ChatResult> answers;
  std::map<std::string, RecordingKey> places;  // the first answer at each
};

// A last line without its end is what a killed run left, and is skipped; any
// other line that is not understood is kBadInput with its number.
Result<Recording> ReadRecording(const fs::path& path);

// Appends, one write a line, so that a kill loses at most the last one.
// Thread-safe.
class RecordingWriter {
 public:
  // Continues an existing file; the folder must exist.
  static Result<std::unique_ptr<RecordingWriter>> Open(const fs::path& path);
  Status Append(const RecordingKey& key, const std::string& place,
                const ChatResult& result);

 private:
  RecordingWriter(Fd fd, fs::path path)
      : fd_(std::move(fd)), path_(std::move(path)) {}
  Status AppendLine(const Json& json);

  std::mutex mutex_;
  const Fd fd_;
  const fs::path path_;
};

// Counts how often each request has been made. Thread-safe.
class OccurrenceCounter {
 public:
  RecordingKey Next(const ChatRequest& request);
  // As if these had been made already.
  void Skip(const Recording& recording);

 private:
  std::mutex mutex_;
  std::map<std::string, int64_t> next_;
};

}  // namespace kernelevolve
