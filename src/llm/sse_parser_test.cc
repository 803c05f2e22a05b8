#include "llm/sse_parser.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

TEST(SseParserTest, SameEventsHoweverThePiecesAreCut) {
  const std::string stream =
      ": comment\n\ndata: one\n\nevent: x\r\ndata: two\r\ndata:three\r\n\r\n"
      "id: 7\ndata\n\ndata: unfinished";
  for (size_t piece = 1; piece <= stream.size(); ++piece) {
    SseParser parser;
    std::vector<SseEvent> events;
    for (size_t at = 0; at < stream.size(); at += piece)
      for (SseEvent& event : parser.Feed(stream.substr(at, piece)))
        events.push_back(event);
    ASSERT_EQ(events.size(), 3u) << piece;
    EXPECT_EQ(events[0].data, "one");
    EXPECT_EQ(events[0].name, "");
    EXPECT_EQ(events[1].data, "two\nthree");
    EXPECT_EQ(events[1].name, "x");
    EXPECT_EQ(events[2].data, "");
  }
}

TEST(SseParserTest, LoneReturnsEndLines) {
  SseParser parser;
  const auto events = parser.Feed("data: a\r\rdata: b\r\r");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].data, "b");
}

}  // namespace
}  // namespace kernelevolve
