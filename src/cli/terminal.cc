#include "cli/terminal.h"

#include "base/format.h"

namespace kernelevolve::cli {

std::string FitWidth(std::string_view line, int width) {
  int columns = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if ((static_cast<unsigned char>(line[i]) >> 6) == 2) continue;
    if (++columns > width) return std::string(line.substr(0, i));
  }
  return std::string(line);
}

LiveBlock::~LiveBlock() { Clear(); }

std::string LiveBlock::Erase() {
  if (lines_.empty()) return "";
  return format("\x1b[{}A\r\x1b[J", lines_.size());
}

void LiveBlock::Draw(const std::vector<std::string>& lines) {
  if (lines == lines_) return;
  std::string text = lines_.empty() ? std::string(kHideCursor) : "";
  text += Erase();
  // One column less: a terminal that has just filled its last column may wrap.
  for (const std::string& line : lines)
    text += FitWidth(line, console_.width() - 1) + "\n";
  lines_ = lines;
  console_.Out(text);
}

void LiveBlock::Above(std::string_view text) {
  if (text.empty()) return;
  const std::vector<std::string> lines = lines_;
  console_.Out(Erase() + std::string(text));
  lines_.clear();
  if (!lines.empty()) Draw(lines);
}

void LiveBlock::Clear() {
  if (lines_.empty()) return;
  console_.Out(Erase() + std::string(kShowCursor));
  lines_.clear();
}

}  // namespace kernelevolve::cli
