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

TEST(StreamOrderTest, ForkedAndJoinedStreamsAreFine) {
  EXPECT_EQ(ObjectToStreams({}), "");
  EXPECT_EQ(ObjectToStreams({Work(0), Work(0)}), "");
  EXPECT_EQ(ObjectToStreams({Record(0, 0), Wait(1, 0), Work(1), Work(0),
                             Record(1, 1), Wait(0, 1), Work(0)}), "");
}

TEST(StreamOrderTest, AJoinByWayOfAnotherStreamCounts) {
  EXPECT_EQ(ObjectToStreams({Record(0, 0), Wait(1, 0), Work(1), Record(1, 1),
                             Wait(2, 1), Work(2), Record(2, 2), Wait(0, 2)}),
            "");
}

TEST(StreamOrderTest, AStreamThatNothingStartedIsRefused) {
  EXPECT_NE(ObjectToStreams({Work(1), Record(1, 0), Wait(0, 0)}).find("started"),
            std::string::npos);
}

TEST(StreamOrderTest, AStreamThatNobodyWaitsForIsRefused) {
  EXPECT_NE(ObjectToStreams({Record(0, 0), Wait(1, 0), Work(1)}).find("wait"),
            std::string::npos);
}

TEST(StreamOrderTest, WorkBehindTheJoinIsRefused) {
  EXPECT_NE(ObjectToStreams({Record(0, 0), Wait(1, 0), Work(1), Record(1, 1),
                             Wait(0, 1), Work(1)}), "");
}

TEST(StreamOrderTest, AWaitForNothingIsRefused) {
  EXPECT_NE(ObjectToStreams({Wait(0, 3)}), "");
}

}  // namespace
}  // namespace kernelevolve::worker
