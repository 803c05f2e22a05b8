#include "eval/worker_pool.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "eval/testing/fake_worker.h"
#include "eval/testing/toy_task.h"

namespace kernelevolve {
namespace {

using namespace std::chrono_literals;

class WorkerPoolTest : public testing::Test {
 protected:
  WorkerPoolTest() : folder_(*TempFolder::Create("pool")) {
    options_.lanes = {{folder_.path() / "lane", {}}};
    options_.scratch = folder_.path() / "scratch";
    options_.log_folder = folder_.path() / "logs";
  }

  // This program is the worker as well: see main below.
  Result<std::unique_ptr<WorkerPool>> Start(const std::string& greeting = "") {
    options_.program = {fs::read_symlink("/proc/self/exe").string(),
                        "--greeting=" + greeting};
    return WorkerPool::Create(options_, stop_);
  }

  // With a source that the fake worker reads as its instruction.
  static EvaluationRequest Request(const std::string& source) {
    EvaluationRequest request;
    request.task = ToyTask();
    request.target = ToyTarget();
    request.candidate.language = "cpp";
    request.candidate.source = source;
    return request;
  }

  TempFolder folder_;
  WorkerPoolOptions options_;
  StopCondition stop_;
};

TEST_F(WorkerPoolTest, GreetsAndEvaluates) {
  auto pool = Start();
  ASSERT_TRUE(pool) << pool.error().message;
  EXPECT_EQ((*pool)->hello().device, "a fake device");
  const auto evaluation = (*pool)->Evaluate(Request("fine"), stop_);
  ASSERT_TRUE(evaluation) << evaluation.error().message;
  EXPECT_TRUE(evaluation->accepted());
  EXPECT_EQ(evaluation->candidate_id, Request("fine").candidate.Id());
}

TEST_F(WorkerPoolTest, KeepsItsWorkersWarm) {
  auto pool = Start();
  ASSERT_TRUE(pool);
  const auto first = (*pool)->Evaluate(Request("a"), stop_);
  const auto second = (*pool)->Evaluate(Request("b"), stop_);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->message, second->message);  // the worker's pid
}

TEST_F(WorkerPoolTest, WorksOnSeveralAtOnce) {
  options_.workers = 3;
  auto pool = Start();
  ASSERT_TRUE(pool);
  std::vector<std::future<Result<Evaluation>>> answers;
  for (int i = 0; i < 3; ++i)
    answers.push_back(std::async(std::launch::async, [&] {
      return (*pool)->Evaluate(Request("meet"), stop_);
    }));
  std::set<std::string> pids;
  for (auto& answer : answers) pids.insert(answer.get()->message);
  EXPECT_EQ(pids.size(), 3u);
}

// The fake worker says what it was started with.
TEST_F(WorkerPoolTest, WorkersTakeTheDevicesInTurn) {
  options_.workers = 3;
  options_.lanes = {{folder_.path() / "first", 0}, {folder_.path() / "second", 1}};
  auto pool = Start();
  ASSERT_TRUE(pool) << pool.error().message;
  std::vector<std::future<Result<Evaluation>>> answers;
  for (int i = 0; i < 3; ++i)
    answers.push_back(std::async(std::launch::async, [&] {
      return (*pool)->Evaluate(Request("place"), stop_);
    }));
  std::multiset<std::string> places;
  for (auto& answer : answers) places.insert(answer.get()->message);
  const std::string first = (folder_.path() / "first").string() + " 0";
  const std::string second = (folder_.path() / "second").string() + " 1";
  EXPECT_EQ(places, (std::multiset<std::string>{first, first, second}));
}

TEST_F(WorkerPoolTest, TellsOncePerRequestThatTheDeviceIsWaitedFor) {
  std::atomic<int> told = 0;
  options_.on_waiting = [&](const std::string& what) {
    EXPECT_EQ(what, "waiting for the device: another run is timing on it");
    ++told;
  };
  auto pool = Start();
  ASSERT_TRUE(pool) << pool.error().message;
  EXPECT_TRUE((*pool)->Evaluate(Request("fine"), stop_));
  EXPECT_EQ(told, 0);
  EXPECT_TRUE((*pool)->Evaluate(Request("wait"), stop_));
  EXPECT_EQ(told, 1);
}

TEST_F(WorkerPoolTest, ChecksATask) {
  auto pool = Start();
  ASSERT_TRUE(pool);
  const auto findings = (*pool)->CheckTask(ToyTask(), ToyTarget(), stop_);
  ASSERT_TRUE(findings) << findings.error().message;
  ASSERT_EQ(findings->size(), 1u);
  EXPECT_EQ((*findings)[0].check, "zeros");
}

TEST_F(WorkerPoolTest, AWorkerThatRefusesIsMissingWithItsReason) {
  const auto refused = Start("refuse");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kMissing);
  EXPECT_NE(refused.error().message.find("no user namespaces"),
            std::string::npos);
}

TEST_F(WorkerPoolTest, AHoleInTheSandboxIsRefusedUnlessAllowed) {
  const auto refused = Start("layer");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kMissing);
  EXPECT_NE(refused.error().message.find("seccomp: not allowed"),
            std::string::npos);
  options_.unsafe_no_sandbox = true;
  EXPECT_TRUE(Start("layer"));
}

TEST_F(WorkerPoolTest, AnotherProtocolIsRefused) {
  const auto refused = Start("protocol");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kMissing);
  EXPECT_NE(refused.error().message.find("999"), std::string::npos);
}

TEST_F(WorkerPoolTest, AWorkerThatDiesAtOnceShowsItsLog) {
  const auto dead = Start("die");
  ASSERT_FALSE(dead);
  EXPECT_NE(dead.error().message.find("exit code 3"), std::string::npos);
  EXPECT_NE(dead.error().message.find("cannot work like this"),
            std::string::npos);
}

TEST_F(WorkerPoolTest, AWorkerThatNeverGreetsIsGivenUp) {
  options_.hello_timeout = 200ms;
  const auto silent = Start("hang");
  ASSERT_FALSE(silent);
  EXPECT_NE(silent.error().message.find("did not answer"), std::string::npos);
}

TEST_F(WorkerPoolTest, AbsentProgramIsMissing) {
  options_.program = {"/nowhere/kernelevolve-worker"};
  const auto absent = WorkerPool::Create(options_, stop_);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kMissing);
}

TEST_F(WorkerPoolTest, ADeadWorkersRequestIsRetriedOnAFreshOne) {
  auto pool = Start();
  ASSERT_TRUE(pool);
  const auto evaluation = (*pool)->Evaluate(Request("abort-once"), stop_);
  ASSERT_TRUE(evaluation) << evaluation.error().message;
  EXPECT_TRUE(evaluation->accepted());
  EXPECT_EQ((*pool)->replaced(), 1);
}

TEST_F(WorkerPoolTest, AWorkerKilledWhileIdleIsReplacedUnnoticed) {
  auto pool = Start();
  ASSERT_TRUE(pool);
  const auto before = (*pool)->Evaluate(Request("a"), stop_);
  ASSERT_TRUE(before);
  ::kill(std::stoi(before->message), SIGKILL);
  std::this_thread::sleep_for(50ms);
  const auto after = (*pool)->Evaluate(Request("b"), stop_);
  ASSERT_TRUE(after);
  EXPECT_TRUE(after->accepted());
  EXPECT_NE(after->message, before->message);
}

void ExpectLost(WorkerPool& pool, const EvaluationRequest& request,
                const StopCondition& stop) {
  const auto lost = pool.Evaluate(request, stop);
  ASSERT_TRUE(lost) << lost.error().message;
  EXPECT_EQ(lost->status, VerdictStatus::kHarnessError);
  EXPECT_EQ(lost->code, Code::kWorkerLost);
  EXPECT_EQ(lost->candidate_id, request.candidate.Id());
  EXPECT_FALSE(lost->message.empty());
}

TEST_F(WorkerPoolTest, ACandidateThatAlwaysKillsItsWorkerIsData) {
  auto pool = Start();
  ASSERT_TRUE(pool);
  ExpectLost(**pool, Request("die"), stop_);
  const auto next = (*pool)->Evaluate(Request("fine"), stop_);
  ASSERT_TRUE(next);
  EXPECT_TRUE(next->accepted());
}

TEST_F(WorkerPoolTest, AHangingWorkerIsKilledAtItsDeadline) {
  options_.silence_timeout = 150ms;
  auto pool = Start();
  ASSERT_TRUE(pool);
  ExpectLost(**pool, Request("hang"), stop_);
  EXPECT_TRUE((*pool)->Evaluate(Request("fine"), stop_)->accepted());
}

TEST_F(WorkerPoolTest, NonsenseIsNotBelieved) {
  auto pool = Start();
  ASSERT_TRUE(pool);
  ExpectLost(**pool, Request("garbage"), stop_);
  ExpectLost(**pool, Request("mute-id"), stop_);
}

TEST_F(WorkerPoolTest, WhatAWorkerReportsIsAnErrorOfOurs) {
  auto pool = Start();
  ASSERT_TRUE(pool);
  const auto failed = (*pool)->Evaluate(Request("error"), stop_);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kInfrastructure);
  EXPECT_EQ(failed.error().message, "the disk is full");
  EXPECT_EQ((*pool)->replaced(), 0);
}

TEST_F(WorkerPoolTest, StopsSoonAndServesAgain) {
  auto pool = Start();
  ASSERT_TRUE(pool);
  StopCondition stop;
  std::thread later([&] {
    std::this_thread::sleep_for(100ms);
    stop.Request(StopCondition::Reason::kInterrupt);
  });
  const auto stopped = (*pool)->Evaluate(Request("hang"), stop);
  later.join();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kInterrupted);
  EXPECT_TRUE((*pool)->Evaluate(Request("fine"), stop_)->accepted());
}

}  // namespace
}  // namespace kernelevolve

// Started as "… --greeting=WORD serve --lane-lock FILE --scratch DIR" this
// program is the fake worker, else the tests.
int main(int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  constexpr std::string_view kFlag = "--greeting=";
  if (first.starts_with(kFlag) && argc >= 7)
    return kernelevolve::RunFakeWorker(first.substr(kFlag.size()),
                                       {argv + 3, argv + argc});
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
