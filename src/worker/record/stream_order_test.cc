#include "worker/record/stream_order.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

PlanOp Work(int stream) {
  MemsetOp op;
  op.stream = stream;
  return op;
}
PlanOp Record(int stream, int event) { return EventOp{stream, event, false}; }
PlanOp Wait(int stream, int event) { return EventOp{stream, event, true}; }

// The code; OK if nothing is wrong.
Code CodeOf(const std::vector<PlanOp>& ops) {
  const auto failure = CheckStreams(ops);
  return failure ? failure->code : Code::kOk;
}

TEST(StreamOrderTest, ForkedAndJoinedStreamsAreFine) {
  EXPECT_EQ(CodeOf({}), Code::kOk);
  EXPECT_EQ(CodeOf({Work(0), Work(0)}), Code::kOk);
  EXPECT_EQ(CodeOf({Record(0, 0), Wait(1, 0), Work(1), Work(0), Record(1, 1),
                    Wait(0, 1), Work(0)}), Code::kOk);
}

TEST(StreamOrderTest, AJoinByWayOfAnotherStreamCounts) {
  EXPECT_EQ(CodeOf({Record(0, 0), Wait(1, 0), Work(1), Record(1, 1), Wait(2, 1),
                    Work(2), Record(2, 2), Wait(0, 2)}), Code::kOk);
}

TEST(StreamOrderTest, WorkThatTheCallDidNotStartEscapes) {
  EXPECT_EQ(CodeOf({Work(1), Record(1, 0), Wait(0, 0)}), Code::kAsyncEscape);
  const auto failure = CheckStreams({Work(1)});
  ASSERT_TRUE(failure);
  EXPECT_NE(failure->message.find("not started"), std::string::npos);
}

TEST(StreamOrderTest, WorkThatNobodyWaitsForEscapes) {
  const auto failure = CheckStreams({Record(0, 0), Wait(1, 0), Work(1)});
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::kAsyncEscape);
  EXPECT_NE(failure->message.find("does not wait"), std::string::npos);
}

TEST(StreamOrderTest, WorkBehindTheJoinEscapes) {
  EXPECT_EQ(CodeOf({Record(0, 0), Wait(1, 0), Work(1), Record(1, 1), Wait(0, 1),
                    Work(1)}), Code::kAsyncEscape);
}

TEST(StreamOrderTest, AWaitForNothingIsAgainstTheContract) {
  EXPECT_EQ(CodeOf({Wait(0, 3)}), Code::kContract);
}

}  // namespace
}  // namespace kernelevolve::worker
