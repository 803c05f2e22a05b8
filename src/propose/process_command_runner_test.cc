#include "propose/process_command_runner.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <thread>

namespace kernelevolve {
namespace {

class ProcessCommandRunnerTest : public testing::Test {
 protected:
  Result<CommandReply> Run(const std::string& script, std::string input = "") {
    call_.argv = {"/bin/sh", "-c", script};
    call_.input = std::move(input);
    return runner_.Run(call_, stop_);
  }

  ProcessCommandRunner runner_;
  CommandCall call_;
  StopCondition stop_;
};

TEST_F(ProcessCommandRunnerTest, FeedsAndReadsMoreThanAPipeHolds) {
  const std::string input(1 << 20, 'x');
  const auto reply = Run("cat", input);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_TRUE(reply->ok);
  EXPECT_EQ(reply->output, input);
  EXPECT_FALSE(reply->truncated);
}

TEST_F(ProcessCommandRunnerTest, SurvivesAProgramThatReadsNothing) {
  const auto reply = Run("echo done", std::string(1 << 20, 'x'));
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->ok);
  EXPECT_EQ(reply->output, "done\n");
}

TEST_F(ProcessCommandRunnerTest, SaysHowItFailed) {
  const auto reply = Run("echo why >&2; exit 3");
  ASSERT_TRUE(reply);
  EXPECT_FALSE(reply->ok);
  EXPECT_EQ(reply->status, "exit code 3");
  EXPECT_EQ(reply->errors, "why\n");
}

TEST_F(ProcessCommandRunnerTest, EndsAtItsDeadlineWithAllItStarted) {
  call_.timeout = std::chrono::milliseconds(200);
  const auto reply = Run("sleep 60 & sleep 60");
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->timed_out);
  EXPECT_FALSE(reply->ok);
}

TEST_F(ProcessCommandRunnerTest, StopsWhenAsked) {
  std::thread later([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop_.Request(StopCondition::Reason::kInterrupt);
  });
  const auto reply = Run("sleep 60");
  later.join();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kInterrupted);
}

TEST_F(ProcessCommandRunnerTest, DropsAFlood) {
  call_.output_limit = 1000;
  const auto reply = Run("head -c 300000 /dev/zero");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->output.size(), 1000u);
  EXPECT_TRUE(reply->truncated);
}

TEST_F(ProcessCommandRunnerTest, HidesVariables) {
  ::setenv("KE_API_KEY", "sk-very-secret", 1);
  call_.hidden_environment = {"KE_API_KEY"};
  const auto reply = Run("env");
  ::unsetenv("KE_API_KEY");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->output.find("sk-very-secret"), std::string::npos);
}

TEST_F(ProcessCommandRunnerTest, MissingProgram) {
  call_.argv = {"/no/such/program"};
  const auto reply = runner_.Run(call_, stop_);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kMissing);
}

}  // namespace
}  // namespace kernelevolve
