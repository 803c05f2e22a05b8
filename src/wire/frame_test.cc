#include "wire/frame.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "base/fd.h"

namespace kernelevolve {
namespace {

struct Pipe {
  Pipe() {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    read = Fd(ends[0]);
    write = Fd(ends[1]);
  }
  void Put(std::string_view bytes) {
    ASSERT_EQ(::write(write.get(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }
  Fd read, write;
};

TEST(Frame, GoesThroughAPipeUnchanged) {
  Pipe pipe;
  const Json message = {
      {"type", "hello"}, {"text", "ü\n\0"}, {"list", {1, 2.5}}};
  ASSERT_TRUE(WriteFrame(pipe.write.get(), message));
  ASSERT_TRUE(WriteFrame(pipe.write.get(), Json::array()));
  EXPECT_EQ(*ReadFrame(pipe.read.get(), 1000), message);
  EXPECT_EQ(*ReadFrame(pipe.read.get(), 1000), Json::array());
}

TEST(Frame, LargerThanAPipeIsReadWhileItIsWritten) {
  Pipe pipe;
  const Json message = {{"text", std::string(3 << 20, 'x')}};
  std::thread writer(
      [&] { EXPECT_TRUE(WriteFrame(pipe.write.get(), message)); });
  EXPECT_EQ(*ReadFrame(pipe.read.get(), 10'000), message);
  writer.join();
}

TEST(Frame, HeaderIsLittleEndianLength) {
  Pipe pipe;
  pipe.Put(std::string_view("\x07\0\0\0{\"a\":1}", 11));
  EXPECT_EQ(*ReadFrame(pipe.read.get(), 1000), Json({{"a", 1}}));
}

TEST(Frame, EndBetweenFramesAndWithinOneDiffer) {
  Pipe between;
  between.write.Reset();
  const auto closed = ReadFrame(between.read.get(), 1000);
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, ErrorCode::kInfrastructure);
  EXPECT_EQ(closed.error().message, "closed");

  Pipe within;
  within.Put(std::string_view("\x07\0\0\0{\"a", 7));
  within.write.Reset();
  const auto cut = ReadFrame(within.read.get(), 1000);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().message, "closed within a frame");
}

TEST(Frame, TooLargeOrNoJsonIsBadInput) {
  Pipe large;
  large.Put("\xff\xff\xff\xff");
  EXPECT_EQ(ReadFrame(large.read.get(), 1000).error().code,
            ErrorCode::kBadInput);
  Pipe nonsense;
  nonsense.Put(std::string_view("\x03\0\0\0{,}", 7));
  EXPECT_EQ(ReadFrame(nonsense.read.get(), 1000).error().code,
            ErrorCode::kBadInput);
}

TEST(Frame, SilenceTimesOut) {
  Pipe pipe;
  pipe.Put(std::string_view("\x07\0", 2));
  const auto late = ReadFrame(pipe.read.get(), 20);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().message, "timed out");
}

TEST(Frame, WritingToADeadPeerIsAnErrorAndNoSignal) {
  Pipe pipe;
  pipe.read.Reset();
  const Status written = WriteFrame(pipe.write.get(), Json::object());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "closed");
}

TEST(Frame, NonBlockingWriterWaits) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
  Fd left(ends[0]), right(ends[1]);
  const Json message = {{"text", std::string(4 << 20, 'y')}};
  std::thread writer([&] { EXPECT_TRUE(WriteFrame(left.get(), message)); });
  EXPECT_EQ(*ReadFrame(right.get(), 10'000), message);
  writer.join();
}

}  // namespace
}  // namespace kernelevolve
