#include "cli/terminal.h"

#include <gtest/gtest.h>

#include "cli/testing/recording_console.h"

namespace kernelevolve::cli {
namespace {

TEST(FitWidthTest, CountsCharactersNotBytes) {
  EXPECT_EQ(FitWidth("abcdef", 3), "abc");
  EXPECT_EQ(FitWidth("a\u00e9\u00e9d", 3), "a\u00e9\u00e9");
  EXPECT_EQ(FitWidth("ab", 3), "ab");
}

TEST(LiveBlockTest, RedrawsInPlaceAndRestoresTheCursor) {
  RecordingConsole console;
  {
    LiveBlock block(console);
    block.Draw({"one", "two"});
    EXPECT_EQ(console.out, "\x1b[?25lone\ntwo\n");
    console.out.clear();
    block.Draw({"one", "two"});
    EXPECT_EQ(console.out, "") << "what is there is not drawn again";
    block.Draw({"three"});
    EXPECT_EQ(console.out, "\x1b[2A\r\x1b[Jthree\n");
    console.out.clear();
  }
  EXPECT_EQ(console.out, "\x1b[1A\r\x1b[J\x1b[?25h");
}

TEST(LiveBlockTest, KeepsTextAboveTheBlock) {
  RecordingConsole console;
  LiveBlock block(console);
  block.Draw({"status"});
  console.out.clear();
  block.Above("found\n");
  EXPECT_EQ(console.out, "\x1b[1A\r\x1b[Jfound\n\x1b[?25lstatus\n");
}

TEST(LiveBlockTest, CutsLinesToTheTerminal) {
  RecordingConsole console;
  console.columns = 5;
  LiveBlock block(console);
  block.Draw({"abcdefgh"});
  EXPECT_EQ(console.out, "\x1b[?25labcd\n");
}

}  // namespace
}  // namespace kernelevolve::cli
