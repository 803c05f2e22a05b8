#include "llm/sse_parser.h"

#include <utility>

namespace kernelevolve {

std::vector<SseEvent> SseParser::Feed(std::string_view piece) {
  std::vector<SseEvent> events;
  for (const char c : piece) {
    const bool second_half = c == '\n' && std::exchange(after_return_, false);
    if (second_half) continue;
    after_return_ = c == '\r';
    if (c == '\n' || c == '\r')
      TakeLine(std::exchange(line_, {}), events);
    else
      line_ += c;
  }
  return events;
}

void SseParser::TakeLine(std::string_view line, std::vector<SseEvent>& events) {
  if (line.empty()) {
    if (has_data_) events.push_back(event_);
    event_ = {};
    has_data_ = false;
    return;
  }
  const size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value =
      colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") event_.name = value;
  if (field != "data") return;
  if (has_data_) event_.data += '\n';
  event_.data += value;
  has_data_ = true;
}

}  // namespace kernelevolve
