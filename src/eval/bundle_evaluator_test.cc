#include "eval/bundle_evaluator.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "base/text.h"
#include "eval/testing/answer_bundles.h"
#include "eval/testing/toy_task.h"

namespace kernelevolve {
namespace {

using namespace std::chrono_literals;

class SetClock : public Clock {
 public:
  TimePoint Now() const override { return TimePoint(now_.load()); }
  double WallSeconds() const override { return 0; }
  void Advance(Duration by) { now_ = now_.load() + by; }

 private:
  std::atomic<Duration> now_{Duration(0)};
};

class BundleEvaluatorTest : public testing::Test {
 protected:
  using Answers = std::vector<std::future<Result<Evaluation>>>;

  BundleEvaluatorTest() : temporary_(*TempFolder::Create("bundles")) {
    options_.book.folder = temporary_.path() / "exchange";
    options_.book.run = "run-1";
    options_.book.bundle_size = 3;
    options_.wait_minutes = 10;
    Open();
  }
  // As a new process of the run does.
  void Open() {
    auto made = BundleEvaluator::Create(options_, clock_);
    ASSERT_TRUE(made) << made.error().message;
    evaluator_ = *std::move(made);
  }

  static EvaluationRequest Request(const std::string& source,
                                   Stage stage = Stage::kSearch) {
    EvaluationRequest request;
    request.task = ToyTask();
    request.target = ToyTarget();
    request.candidate = {"cpp", source, {}, ""};
    request.stage = stage;
    return request;
  }
  static Evaluation Landscape(const EvaluationRequest& request) {
    return FakeAccepted(
        static_cast<double>(request.candidate.source.size()));
  }

  // Calls that are on their way.
  Answers Ask(const std::vector<std::string>& sources,
              Stage stage = Stage::kSearch) {
    Answers answers;
    for (const std::string& source : sources)
      answers.push_back(std::async(std::launch::async, [=, this] {
        return evaluator_->Evaluate(Request(source, stage), stop_);
      }));
    while (evaluator_->unanswered() < static_cast<int>(sources.size()))
      std::this_thread::sleep_for(1ms);
    return answers;
  }
  Status Turn(int in_flight) {
    return evaluator_->Turn(in_flight, [this]() -> Status {
      bundles_before_ = Bundles();
      return {};
    });
  }
  size_t Bundles() const {
    return wire::BundleNumbers(options_.book.folder).size();
  }
  fs::path Result1() const {
    return wire::ResultFile(options_.book.folder, 1);
  }
  // Changes the result of the first bundle on its way.
  void Damage(const std::function<void(std::string&)>& change) {
    std::string text = *ReadFile(Result1());
    change(text);
    ASSERT_TRUE(WriteFileAtomic(Result1(), text));
  }
  std::string Notes() { return Join(evaluator_->TakeNotes(), "\n"); }

  const TempFolder temporary_;
  SetClock clock_;
  BundleOptions options_;
  StopCondition stop_;
  std::unique_ptr<BundleEvaluator> evaluator_;
  std::optional<size_t> bundles_before_;  // when something was last sent
};

TEST_F(BundleEvaluatorTest, SendsWhatIsFullAndTheRestOnceAllWait) {
  Answers answers = Ask({"a", "bb", "ccc", "dddd"});
  ASSERT_TRUE(Turn(5));  // a fifth may still come
  EXPECT_EQ(Bundles(), 1u);
  ASSERT_TRUE(Turn(4));
  EXPECT_EQ(Bundles(), 2u);
  EXPECT_EQ(bundles_before_, 1u);
  ASSERT_TRUE(AnswerBundles(options_.book.folder, Landscape));
  ASSERT_TRUE(Turn(4));
  for (size_t i = 0; i < answers.size(); ++i)
    EXPECT_EQ(answers[i].get()->speedup, static_cast<double>(i + 1));
  EXPECT_EQ(Notes(), "");
  const JudgingMachine machine =
      evaluator_->MachineOf(Request("a").candidate.Id(), Stage::kSearch);
  EXPECT_EQ(machine.device, "a far device");
  EXPECT_EQ(machine.toolchain, "far 1.0");
}

TEST_F(BundleEvaluatorTest, GivesUpOnceItsPatienceEnds) {
  Answers answers = Ask({"a"});
  ASSERT_TRUE(Turn(1));
  clock_.Advance(9min);
  ASSERT_TRUE(Turn(1));
  EXPECT_EQ(evaluator_->GivenUp(), "");
  clock_.Advance(2min);
  ASSERT_TRUE(Turn(1));
  EXPECT_NE(evaluator_->GivenUp().find("000001"), std::string::npos);
  EXPECT_NE(evaluator_->GivenUp().find("kernelevolve-worker run-bundle"),
            std::string::npos);
  EXPECT_EQ(answers[0].get().error().code, ErrorCode::kInterrupted);
}

TEST_F(BundleEvaluatorTest, AnotherProcessHearsOfWhatThisOneAsked) {
  options_.wait_minutes = 0;
  Open();
  Answers first = Ask({"a", "bb"});
  ASSERT_TRUE(Turn(2));
  for (auto& answer : first) EXPECT_FALSE(answer.get());
  Open();  // still nothing there: nothing is asked twice
  Answers second = Ask({"a", "bb"});
  ASSERT_TRUE(Turn(2));
  for (auto& answer : second) EXPECT_FALSE(answer.get());
  EXPECT_EQ(Bundles(), 1u);
  ASSERT_TRUE(AnswerBundles(options_.book.folder, Landscape));
  Open();
  Answers third = Ask({"a", "bb"});
  ASSERT_TRUE(Turn(2));
  EXPECT_EQ(third[0].get()->speedup, 1);
  EXPECT_EQ(third[1].get()->speedup, 2);
}

TEST_F(BundleEvaluatorTest, AnotherRunsBundlesAreLeftAlone) {
  Answers answers = Ask({"a"});
  ASSERT_TRUE(Turn(1));
  ASSERT_TRUE(AnswerBundles(options_.book.folder, Landscape));
  ASSERT_TRUE(Turn(1));
  EXPECT_TRUE(answers[0].get());
  options_.book.run = "run-2";
  Open();
  Answers others = Ask({"a"});
  ASSERT_TRUE(Turn(1));
  EXPECT_EQ(evaluator_->unanswered(), 1);
  EXPECT_EQ(Bundles(), 2u);
  stop_.Request(StopCondition::Reason::kInterrupt);
}

// Of three answers two are good: those are kept, the third is asked for again.
class DamagedResult : public BundleEvaluatorTest {
 protected:
  void ExpectTwoKept(const std::function<void(std::string&)>& change,
                     const std::string& word) {
    Answers answers = Ask({"a", "bb", "ccc"});
    ASSERT_TRUE(Turn(3));
    ASSERT_TRUE(AnswerBundles(options_.book.folder, Landscape));
    Damage(change);
    ASSERT_TRUE(Turn(3));
    const std::string notes = Notes();
    EXPECT_NE(notes.find(word), std::string::npos) << notes;
    EXPECT_NE(notes.find("1 of 3 candidates missing"), std::string::npos);
    EXPECT_EQ(evaluator_->unanswered(), 1);
    ASSERT_TRUE(Turn(1));
    ASSERT_EQ(Bundles(), 2u);
    EXPECT_EQ(wire::ReadBundle(options_.book.folder, 2)->requests.size(), 1u);
    ASSERT_TRUE(AnswerBundles(options_.book.folder, Landscape));
    ASSERT_TRUE(Turn(1));
    for (size_t i = 0; i < answers.size(); ++i)
      EXPECT_EQ(answers[i].get()->speedup, static_cast<double>(i + 1));
  }
};

TEST_F(DamagedResult, Changed) {
  ExpectTwoKept(
      [](std::string& text) {
        text.replace(text.find("\"speedup\":2.0"), 13, "\"speedup\":7.0");
      },
      "wrong digest of the answer");
}

TEST_F(DamagedResult, Truncated) {
  ExpectTwoKept(
      [](std::string& text) { text.resize(text.find("\"0003.json\"") + 30); },
      "truncated");
}

TEST_F(DamagedResult, ALineLost) {
  ExpectTwoKept(
      [](std::string& text) {
        const size_t line = text.find("{\"request\":\"0002.json\"");
        text.erase(line, text.find('\n', line) + 1 - line);
      },
      "wrong digest of the whole");
}

TEST_F(DamagedResult, ALineTwice) {
  ExpectTwoKept(
      [](std::string& text) {
        const size_t second = text.find("{\"request\":\"0002.json\"");
        const size_t third = text.find("{\"request\":\"0003.json\"");
        const std::string line = text.substr(second, third - second);
        text.replace(third, text.find('\n', third) + 1 - third, line);
      },
      "answered twice");
}

TEST_F(BundleEvaluatorTest, TheResultOfAnotherBundleIsNoneOfThis) {
  Answers answers = Ask({"a", "bb", "ccc", "dddd"});
  ASSERT_TRUE(Turn(4));
  ASSERT_TRUE(AnswerBundles(options_.book.folder, Landscape));
  fs::copy_file(wire::ResultFile(options_.book.folder, 2), Result1(),
                fs::copy_options::overwrite_existing);
  ASSERT_TRUE(Turn(4));
  EXPECT_NE(Notes().find("another bundle"), std::string::npos);
  EXPECT_EQ(evaluator_->unanswered(), 3);
  stop_.Request(StopCondition::Reason::kInterrupt);
}

TEST_F(BundleEvaluatorTest, WhatIsStillBeingCopiedIsWaitedFor) {
  options_.book.settle_seconds = 3600;
  Open();
  Answers answers = Ask({"a"});
  ASSERT_TRUE(Turn(1));
  ASSERT_TRUE(AnswerBundles(options_.book.folder, Landscape));
  const std::string whole = *ReadFile(Result1());
  Damage([](std::string& text) { text.resize(text.size() / 2); });
  ASSERT_TRUE(Turn(1));
  EXPECT_EQ(evaluator_->unanswered(), 1);
  EXPECT_EQ(Notes(), "");
  ASSERT_TRUE(WriteFileAtomic(Result1(), whole));
  ASSERT_TRUE(Turn(1));
  EXPECT_TRUE(answers[0].get());
}

TEST_F(BundleEvaluatorTest, ALaterStagesAnswerIsHandedOutOnce) {
  for (const size_t bundles : {1u, 2u}) {
    Answers answers = Ask({"a"}, Stage::kFinal);
    ASSERT_TRUE(Turn(1));
    EXPECT_EQ(Bundles(), bundles);
    ASSERT_TRUE(AnswerBundles(options_.book.folder, Landscape));
    ASSERT_TRUE(Turn(1));
    EXPECT_EQ(answers[0].get()->stage, Stage::kFinal);
  }
}

}  // namespace
}  // namespace kernelevolve
