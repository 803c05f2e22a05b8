// Server-sent events out of pieces that may end anywhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kernelevolve {

struct SseEvent {
  std::string name;  // "" where the server names none
  std::string data;  // lines joined by newlines
};

// Used by one thread. Takes \n, \r\n and \r as line ends, as the format says.
// It keeps an unfinished event, so its caller bounds what is fed.
class SseParser {
 public:
  // The events that `piece` completes.
  std::vector<SseEvent> Feed(std::string_view piece);

 private:
  void TakeLine(std::string_view line, std::vector<SseEvent>& events);

  std::string line_;
  bool after_return_ = false;
  bool has_data_ = false;
  SseEvent event_;
};

}  // namespace kernelevolve
