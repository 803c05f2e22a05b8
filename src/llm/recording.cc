#include "llm/recording.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/digest.h"
#include "base/format.h"
#include "base/text.h"
#include "base/write_all.h"
#include "llm/chat_json.h"
#include "llm/request_text.h"

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

Status TakeHeader(Json line, Recording& recording) {
  const int64_t version = GetInteger(line, "recording").value_or(0);
  if (version != kVersion)
    return BadInput(
        format("version {} of the format, expected {}", version, kVersion));
  recording.header = std::move(line);
  return {};
}

void TakeResumed(Json line, Recording& recording) {
  Recording::Part part;
  part.nodes = GetInteger(line, "resumed").value_or(0);
  part.line = std::move(line);
  for (const auto& [key, result] : recording.answers) {
    int64_t& made = part.before[key.request];
    made = std::max(made, key.occurrence + 1);
  }
  while (!recording.parts.empty() && recording.parts.back().nodes >= part.nodes)
    recording.parts.pop_back();
  recording.parts.push_back(std::move(part));
}

StepEnd EndFrom(const Json& line) {
  StepEnd end;
  end.node = GetInteger(line, "node").value_or(0);
  end.step = GetInteger(line, "step").value_or(0);
  end.candidate = GetString(line, "candidate").value_or("");
  end.begun = GetInteger(line, "begun").value_or(-1);
  return end;
}

Status TakeLine(std::string_view text, Recording& recording) {
  ASSIGN_OR_RETURN(Json line, ParseJson(text));
  if (GetInteger(line, "recording"))
    return TakeHeader(std::move(line), recording);
  if (GetInteger(line, "resumed"))
    return TakeResumed(std::move(line), recording), Status();
  if (GetInteger(line, "node"))
    return recording.parts.back().ends.push_back(EndFrom(line)), Status();
  if (const auto digest = GetString(line, "text")) {
    recording.texts[*digest] = GetString(line, "is").value_or("");
    return {};
  }
  const auto request = GetString(line, "request");
  const auto occurrence = GetInteger(line, "occurrence");
  if (!request || !occurrence)
    return BadInput("expected \"request\" and \"occurrence\"");
  ASSIGN_OR_RETURN(ChatResult result, ResultFrom(line));
  const RecordingKey key{*request, *occurrence};
  recording.answers.insert_or_assign(key, std::move(result));
  if (const auto place = GetString(line, "place"); place && !place->empty())
    recording.parts.back().places.emplace(*place, key);
  if (const Json& asked = GetMember(line, "asked"); asked.is_array())
    recording.asked.emplace(*request, asked);
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
  const std::string agent = request.asker.empty() ? "" : request.asker + ":";
  return format("{}{}/{}", agent, *request.seed, rounds);
}

size_t Recording::PartAt(int64_t nodes) const {
  size_t part = 0;
  while (part + 1 < parts.size() && parts[part + 1].nodes <= nodes) ++part;
  return part;
}

std::vector<AskedMessage> Recording::Asked(std::string_view request) const {
  std::vector<AskedMessage> messages;
  const auto found = asked.lower_bound(std::string(request));
  if (request.empty() || found == asked.end() ||
      !found->first.starts_with(request))
    return messages;
  for (const Json& entry : found->second) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() ||
        !entry[1].is_string())
      continue;
    const auto text = texts.find(entry[1].get<std::string>());
    messages.push_back({entry[0].get<std::string>(),
                        text == texts.end() ? "" : text->second});
  }
  return messages;
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
    const fs::path& path, const Json& header) {
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!fd) return SystemError("cannot open " + path.string());
  ASSIGN_OR_RETURN(const bool begun, CutTail(fd.get(), path));
  std::unique_ptr<RecordingWriter> writer(
      new RecordingWriter(std::move(fd), path));
  Json first = header;
  first["recording"] = kVersion;
  if (!begun) RETURN_IF_ERROR(writer->AppendLine(first));
  return writer;
}

Status RecordingWriter::Append(const RecordingKey& key,
                               const ChatRequest& request,
                               const ChatResult& result) {
  Json asked = Json::array();
  const auto add = [&](std::string_view role, const std::string& text) -> Status {
    ASSIGN_OR_RETURN(const std::string digest, AppendText(text));
    asked.push_back(Json::array({std::string(role), digest}));
    return {};
  };
  for (const Message& message : request.messages) {
    std::string text = message.text;
    for (const ToolCall& call : message.tool_calls)
      text += format("\n[calls {} {}]", call.name, call.arguments);
    RETURN_IF_ERROR(add(RoleName(message.role), text));
  }
  for (const ToolSpec& tool : request.tools)
    RETURN_IF_ERROR(add("offered", ToolText(tool)));
  Json line = {{"request", key.request},
               {"occurrence", key.occurrence},
               {"place", PlaceOf(request)},
               {"asked", std::move(asked)}};
  if (result)
    line["reply"] = ToJson(*result);
  else
    line["error"] = ToJson(result.error());
  return AppendLine(line);
}

Status RecordingWriter::AppendResumed(int64_t nodes, Json line) {
  line["resumed"] = nodes;
  return AppendLine(line);
}

Status RecordingWriter::AppendEnd(const StepEnd& end) {
  Json line = {{"node", end.node}};
  if (end.step > 0) line["step"] = end.step;
  if (!end.candidate.empty()) line["candidate"] = end.candidate;
  if (end.begun >= 0) line["begun"] = end.begun;
  return AppendLine(line);
}

Result<std::string> RecordingWriter::AppendText(const std::string& text) {
  std::string digest = HexDigest(text);
  {
    const std::lock_guard lock(mutex_);
    if (!texts_.insert(digest).second) return digest;
  }
  RETURN_IF_ERROR(AppendLine({{"text", digest}, {"is", text}}));
  return digest;
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

void OccurrenceCounter::Skip(const std::map<std::string, int64_t>& made) {
  const std::lock_guard lock(mutex_);
  for (const auto& [request, times] : made)
    next_[request] = std::max(next_[request], times);
}

}  // namespace kernelevolve
