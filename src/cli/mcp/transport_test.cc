#include "cli/mcp/transport.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "base/fd.h"

namespace kernelevolve::cli::mcp {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends;
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    out.Reset(ends[0]);
    in.Reset(ends[1]);
  }
  void Write(const std::string& text) {
    std::string_view rest = text;
    while (!rest.empty()) {
      const ssize_t put = ::write(in.get(), rest.data(), rest.size());
      ASSERT_GT(put, 0);
      rest.remove_prefix(static_cast<size_t>(put));
    }
  }
  Fd out, in;
};

TEST(FdTransport, ReadsLineByLineUntilTheEnd) {
  Pipe pipe;
  FdTransport transport(pipe.out.get(), -1);
  StopCondition stop;
  pipe.Write("one\n\ntw");
  EXPECT_EQ(transport.ReadLine(stop)->text, "one");
  EXPECT_EQ(transport.ReadLine(stop)->text, "");
  pipe.Write("o\nhalf");
  EXPECT_EQ(transport.ReadLine(stop)->text, "two");
  pipe.in.Reset();
  EXPECT_FALSE(transport.ReadLine(stop));
}

TEST(FdTransport, DoesNotKeepALineThatIsTooLong) {
  Pipe pipe;
  FdTransport transport(pipe.out.get(), -1);
  StopCondition stop;
  std::thread writer([&] {
    pipe.Write(std::string(40 << 20, 'x') + "\nnext\n");
  });
  const auto line = transport.ReadLine(stop);
  EXPECT_TRUE(line->too_long);
  EXPECT_EQ(line->text, "");
  EXPECT_EQ(transport.ReadLine(stop)->text, "next");
  writer.join();
}

TEST(FdTransport, EndsWhenStopped) {
  Pipe pipe;
  FdTransport transport(pipe.out.get(), -1);
  StopCondition stop;
  stop.Request(StopCondition::Reason::kTerminate);
  EXPECT_FALSE(transport.ReadLine(stop));
}

TEST(FdTransport, WritesWholeLines) {
  Pipe pipe;
  FdTransport transport(-1, pipe.in.get());
  transport.WriteLine("{}");
  std::array<char, 8> got;
  ASSERT_EQ(::read(pipe.out.get(), got.data(), got.size()), 3);
  EXPECT_EQ(std::string_view(got.data(), 3), "{}\n");
}

}  // namespace
}  // namespace kernelevolve::cli::mcp
