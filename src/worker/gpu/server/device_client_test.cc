// A client against servers that hang or are merely busy, as processes.
#include "worker/gpu/server/device_client.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "wire/frame.h"
#include "worker/gpu/server/server_name.h"
#include "worker/gpu/server/unix_socket.h"

namespace kernelevolve::worker::gpu {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class DeviceClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempFolder::Create("device-client");
    ASSERT_TRUE(folder);
    folder_.emplace(*std::move(folder));
    options_.worker_binary = "/bin/false";
    options_.lane_lock = folder_->path() / "lane";
    options_.turn_limit = milliseconds(500);
    options_.tick = milliseconds(50);
    const auto kind = OwnServerKind(options_.unsafe_no_sandbox);
    ASSERT_TRUE(kind) << kind.error().message;
    const auto socket = ServerSocket(options_.lane_lock, *kind);
    ASSERT_TRUE(socket) << socket.error().message;
    socket_ = *socket;
  }
  void TearDown() override {
    if (server_ > 0) ::kill(server_, SIGKILL);
    Wait();
  }

  // A server in a process of its own, which takes one request and does `work`.
  // It listens itself: who listens is who would be ended.
  void Serve(const std::function<void(const Fd& client)>& work) {
    server_ = ::fork();
    ASSERT_GE(server_, 0);
    if (server_ == 0) {
      const Fd listener = ListenAt(socket_).value();
      const Fd client(::accept(listener.get(), nullptr, nullptr));
      if (ReadFrame(client.get())) work(client);
      ::_exit(0);
    }
    while (!fs::exists(socket_)) ::usleep(1000);
  }

  // How the server ended.
  int Wait() {
    int status = 0;
    if (server_ > 0) ::waitpid(server_, &status, 0);
    server_ = 0;
    return status;
  }

  std::optional<TempFolder> folder_;
  DeviceClientOptions options_;
  fs::path socket_;
  pid_t server_ = 0;
};

TEST_F(DeviceClientTest, AHungServerIsEndedAndItsNameIsFree) {
  Serve([this](const Fd&) {
    MarkTurn(socket_);
    while (true) ::pause();
  });
  int ticks = 0;
  const auto answer =
      DeviceClient(options_).Ask({{"type", "facts"}}, [&](const std::string&) { ++ticks; });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kInfrastructure);
  EXPECT_TRUE(answer.error().retryable);
  EXPECT_NE(answer.error().message.find("hung"), std::string::npos)
      << answer.error().message;
  EXPECT_GE(ticks, 1);
  EXPECT_FALSE(fs::exists(socket_));
  const int status = Wait();
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
}

TEST_F(DeviceClientTest, AServerThatIsBusyWithOthersIsLeftAlone) {
  options_.turn_limit = milliseconds(2000);
  Serve([this](const Fd& client) {
    for (int turn = 0; turn < 25; ++turn) {
      MarkTurn(socket_);
      ::usleep(100'000);
    }
    (void)WriteFrame(client.get(), {{"type", "facts"}, {"arch", 90}});
  });
  const auto answer = DeviceClient(options_).Ask({{"type", "facts"}}, [](const std::string&) {});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(GetInteger(*answer, "arch"), 90);
  const int status = Wait();
  EXPECT_TRUE(WIFEXITED(status)) << status;
}

TEST_F(DeviceClientTest, ErrorsAreErrors) {
  Serve([](const Fd& client) {
    (void)WriteFrame(client.get(),
                     {{"type", "error"}, {"code", "missing"}, {"message", "no nvcc"}});
  });
  const auto answer = DeviceClient(options_).Ask({{"type", "facts"}}, [](const std::string&) {});
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("no nvcc"), std::string::npos);
}

TEST_F(DeviceClientTest, TurnsHaveAnAge) {
  EXPECT_FALSE(TurnAge(socket_));
  const Fd listener = ListenAt(socket_).value();
  ASSERT_TRUE(TurnAge(socket_));
  fs::last_write_time(socket_, fs::file_time_type::clock::now() - hours(1));
  EXPECT_GT(*TurnAge(socket_), milliseconds(1000));
  MarkTurn(socket_);
  EXPECT_LT(*TurnAge(socket_), milliseconds(1000));
  const Fd peer = ConnectTo(socket_).value();
  EXPECT_EQ(PeerOf(peer), ::getpid());
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
