#include "llm/recording.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "base/write_all.h"
#include "llm/chat_json.h"

namespace kernelevolve {
namespace {

constexpr int64_t kVersion = 1;
constexpr uint64_t kLargestFile = uint64_t{1} << 30;

Result<ChatResult> ResultFrom(const Json& line) {
  if (const Json& error = GetMember(line, "error"); !error.is_null()) {
    ASSIGN_OR_RETURN(ChatError parsed, ErrorFromJson(error));
    return ChatResult(tl::unexpected<ChatError>(std::move(parsed)));
  }
  ASSIGN_OR_RETURN(ChatReply reply, ReplyFromJson(GetMember(line, "reply")));
  return ChatResult(std::move(reply));
}

Status TakeLine(std::string_view text, Recording& recording) {
  ASSIGN_OR_RETURN(const Json line, ParseJson(text));
  if (const auto version = GetInteger(line, "recording")) {
    if (*version == kVersion) return {};
    return BadInput(format("version {} of the format, expected {}", *version,
                           kVersion));
  }
  const auto request = GetString(line, "request");
  const auto occurrence = GetInteger(line, "occurrence");
  if (!request || !occurrence)
    return BadInput("expected \"request\" and \"occurrence\"");
  ASSIGN_OR_RETURN(ChatResult result, ResultFrom(line));
  const RecordingKey key{*request, *occurrence};
  recording.answers.insert_or_assign(key, std::move(result));
  if (const auto place = GetString(line, "place"); place && !place->empty())
    recording.places.emplace(*place, key);
  return {};
}

// Cuts what a killed writer left behind the last whole line, which the next
// line would otherwise be glued to.
Result<bool> CutTail(int fd, const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) return Broken("cannot size " + path.string());
  if (size == 0) return false;
  ASSIGN_OR_RETURN(const std::string contents, ReadFile(path, kLargestFile));
  const size_t end = contents.rfind('\n');
  const size_t whole = end == std::string::npos ? 0 : end + 1;
  if (whole < contents.size() && ::ftruncate(fd, static_cast<off_t>(whole)) != 0)
    return SystemError("cannot cut " + path.string());
  return whole > 0;
}

}  // namespace

std::string PlaceOf(const ChatRequest& request) {
  if (!request.seed) return "";
  const auto rounds =
      std::count_if(request.messages.begin(), request.messages.end(),
                    [](const Message& message) {
                      return message.role == Role::kAssistant;
                    });
  return format("{}/{}", *request.seed, rounds);
}

Result<Recording> ReadRecording(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error))
    return BadInput(format("{} is no recording: there is no such file",
                           path.string()));
  ASSIGN_OR_RETURN(const std::string contents, ReadFile(path, kLargestFile));
  std::string_view rest = contents;
  Recording recording;
  for (int number = 1; !rest.empty(); ++number) {
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) break;
    if (const Status taken = TakeLine(rest.substr(0, end), recording); !taken)
      return BadInput(
          format("{}:{}: {}", path.string(), number, taken.error().message));
    rest.remove_prefix(end + 1);
  }
  return recording;
}

Result<std::unique_ptr<RecordingWriter>> RecordingWriter::Open(
    const fs::path& path) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!fd) return SystemError("cannot open " + path.string());
  ASSIGN_OR_RETURN(const bool begun, CutTail(fd.get(), path));
  std::unique_ptr<RecordingWriter> writer(
      new RecordingWriter(std::move(fd), path));
  if (!begun) RETURN_IF_ERROR(writer->AppendLine({{"recording", kVersion}}));
  return writer;
}

Status RecordingWriter::Append(const RecordingKey& key,
                               const std::string& place,
                               const ChatResult& result) {
  Json line = {{"request", key.request},
               {"occurrence", key.occurrence},
               {"place", place}};
  if (result)
    line["reply"] = ToJson(*result);
  else
    line["error"] = ToJson(result.error());
  return AppendLine(line);
}

Status RecordingWriter::AppendLine(const Json& json) {
  const std::string line = DumpJson(json) + "\n";
  const std::lock_guard lock(mutex_);
  if (!WriteAll(fd_.get(), line))
    return SystemError("cannot write " + path_.string());
  return {};
}

RecordingKey OccurrenceCounter::Next(const ChatRequest& request) {
  RecordingKey key{RequestDigest(request), 0};
  const std::lock_guard lock(mutex_);
  key.occurrence = next_[key.request]++;
  return key;
}

void OccurrenceCounter::Skip(const Recording& recording) {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, result] : recording.answers) {
    int64_t& next = next_[key.request];
    next = std::max(next, key.occurrence + 1);
  }
}

}  // namespace kernelevolve
