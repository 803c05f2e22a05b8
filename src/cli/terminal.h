// The few control sequences we use, and a block of lines that is redrawn in
// place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/console.h"

namespace kernelevolve::cli {

inline constexpr std::string_view kHideCursor = "\x1b[?25l";
inline constexpr std::string_view kShowCursor = "\x1b[?25h";

// Cuts a line of plain text to `width` columns, counting a UTF-8 character as
// one.
std::string FitWidth(std::string_view line, int width);

// Lines at the bottom of a terminal. Owned by the main thread; the cursor is
// hidden while a block is up and comes back with Clear or the destructor.
class LiveBlock {
 public:
  explicit LiveBlock(Console& console) : console_(console) {}
  ~LiveBlock();

  // Replaces the block. Each line is cut to the terminal's width, so that none
  // wraps and the count of lines is the count of rows.
  void Draw(const std::vector<std::string>& lines);
  // Writes text above the block, where it stays.
  void Above(std::string_view text);
  // Takes the block away.
  void Clear();

 private:
  std::string Erase();

  Console& console_;
  std::vector<std::string> lines_;
};

}  // namespace kernelevolve::cli
