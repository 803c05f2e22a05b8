#include "worker/record/stream_captures.h"

#include <gtest/gtest.h>

#include <thread>

namespace kernelevolve::worker {
namespace {

// Streams and events by number; nodes are called by theirs.
void* Stream(uintptr_t number) { return reinterpret_cast<void*>(number); }
void* Event(uintptr_t number) { return reinterpret_cast<void*>(100 + number); }
GraphNode Node(uintptr_t number) {
  return {.handle = reinterpret_cast<void*>(1000 + number)};
}

class StreamCapturesTest : public ::testing::Test {
 protected:
  // Stream 2 takes part in the capture of stream 1.
  void Fork() {
    ASSERT_EQ(captures_.Begin(Stream(1), cuda::kGlobalCapture), cuda::kSuccess);
    ASSERT_EQ(captures_.Record(Event(1), Stream(1)), cuda::kSuccess);
    ASSERT_EQ(captures_.Wait(Stream(2), Event(1)), cuda::kSuccess);
  }

  StreamCaptures captures_;
  CudaGraph graph_;
};

TEST_F(StreamCapturesTest, NodesOfAStreamFollowEachOther) {
  EXPECT_EQ(captures_.Begin(Stream(1), cuda::kGlobalCapture), cuda::kSuccess);
  EXPECT_EQ(captures_.Status(Stream(1)), cuda::kCaptureActive);
  EXPECT_EQ(captures_.Status(Stream(2)), cuda::kCaptureNone);
  captures_.Add(Stream(1), Node(0));
  captures_.Add(Stream(1), Node(1));
  EXPECT_EQ(captures_.End(Stream(1), &graph_), cuda::kSuccess);
  ASSERT_EQ(graph_.nodes().size(), 2u);
  EXPECT_TRUE(graph_.nodes()[0].after.empty());
  EXPECT_EQ(graph_.nodes()[1].after, (std::vector<size_t>{0}));
  EXPECT_FALSE(captures_.open());
}

TEST_F(StreamCapturesTest, EventsForkAndJoin) {
  captures_.Begin(Stream(1), cuda::kGlobalCapture);
  captures_.Add(Stream(1), Node(0));
  captures_.Record(Event(1), Stream(1));
  captures_.Wait(Stream(2), Event(1));
  EXPECT_EQ(captures_.Id(Stream(1)), captures_.Id(Stream(2)));
  captures_.Add(Stream(2), Node(1));
  captures_.Add(Stream(1), Node(2));
  captures_.Record(Event(2), Stream(2));
  captures_.Wait(Stream(1), Event(2));
  captures_.Add(Stream(1), Node(3));
  ASSERT_EQ(captures_.End(Stream(1), &graph_), cuda::kSuccess);
  ASSERT_EQ(graph_.nodes().size(), 4u);
  EXPECT_EQ(graph_.nodes()[1].after, (std::vector<size_t>{0}));
  EXPECT_EQ(graph_.nodes()[2].after, (std::vector<size_t>{0}));
  EXPECT_EQ(graph_.nodes()[3].after, (std::vector<size_t>{1, 2}));
  EXPECT_FALSE(captures_.Captures(Stream(2)));
}

TEST_F(StreamCapturesTest, OnlyTheOriginEndsACapture) {
  EXPECT_EQ(captures_.End(Stream(1), &graph_), cuda::kIllegalState);
  EXPECT_EQ(captures_.Begin(Stream(1), 3), cuda::kInvalidValue);
  Fork();
  EXPECT_EQ(captures_.Begin(Stream(1), cuda::kGlobalCapture),
            cuda::kIllegalState);
  EXPECT_EQ(captures_.End(Stream(2), &graph_), cuda::kCaptureUnmatched);
  std::thread([&] {
    EXPECT_EQ(captures_.End(Stream(1), &graph_), cuda::kCaptureWrongThread);
  }).join();
  EXPECT_EQ(captures_.End(Stream(1), &graph_), cuda::kSuccess);
}

TEST_F(StreamCapturesTest, WorkThatIsNotJoinedIsAnError) {
  Fork();
  captures_.Add(Stream(2), Node(0));
  EXPECT_EQ(captures_.End(Stream(1), &graph_), cuda::kCaptureUnjoined);
  EXPECT_FALSE(captures_.open());
}

TEST_F(StreamCapturesTest, ADestroyedStreamLeavesItsWorkBehind) {
  Fork();
  captures_.Add(Stream(2), Node(0));
  captures_.Record(Event(2), Stream(2));
  captures_.ForgetStream(Stream(2));
  EXPECT_FALSE(captures_.Captures(Stream(2)));
  captures_.Wait(Stream(1), Event(2));
  EXPECT_EQ(captures_.End(Stream(1), &graph_), cuda::kSuccess);
  Fork();
  captures_.Add(Stream(2), Node(1));
  captures_.ForgetStream(Stream(2));
  EXPECT_EQ(captures_.End(Stream(1), &graph_), cuda::kCaptureUnjoined);
  Fork();
  captures_.ForgetStream(Stream(1));
  EXPECT_FALSE(captures_.open());
}

TEST_F(StreamCapturesTest, CapturesDoNotReachOutside) {
  Fork();
  EXPECT_EQ(captures_.Wait(Stream(1), Event(9)), cuda::kCaptureIsolation);
  EXPECT_EQ(captures_.Status(Stream(2)), cuda::kCaptureBroken);
  EXPECT_EQ(captures_.Add(Stream(2), Node(0)), cuda::kCaptureInvalidated);
  EXPECT_EQ(captures_.Record(Event(2), Stream(1)), cuda::kCaptureInvalidated);
  EXPECT_EQ(captures_.Wait(Stream(2), Event(1)), cuda::kCaptureInvalidated);
  EXPECT_EQ(captures_.Wait(Stream(3), Event(1)), cuda::kInvalidValue);
  EXPECT_EQ(captures_.End(Stream(1), &graph_), cuda::kCaptureInvalidated);
  // Its events outlive it, and are good for nothing.
  EXPECT_TRUE(captures_.IsCaptured(Event(1)));
  EXPECT_EQ(captures_.Wait(Stream(3), Event(1)), cuda::kCapturedEvent);
  captures_.ForgetEvent(Event(1));
  EXPECT_FALSE(captures_.IsCaptured(Event(1)));
}

TEST_F(StreamCapturesTest, CapturesDoNotMerge) {
  Fork();
  captures_.Begin(Stream(3), cuda::kGlobalCapture);
  EXPECT_EQ(captures_.Wait(Stream(3), Event(1)), cuda::kCaptureMerge);
  EXPECT_EQ(captures_.End(Stream(1), &graph_), cuda::kCaptureInvalidated);
  EXPECT_EQ(captures_.End(Stream(3), &graph_), cuda::kCaptureInvalidated);
}

TEST_F(StreamCapturesTest, UnsafeCallsGoByTheMode) {
  EXPECT_EQ(captures_.Unsafe(), cuda::kSuccess);
  captures_.Begin(Stream(1), cuda::kRelaxedCapture);
  EXPECT_EQ(captures_.Unsafe(), cuda::kSuccess);
  captures_.Begin(Stream(2), cuda::kThreadCapture);
  std::thread([&] {
    EXPECT_EQ(captures_.Unsafe(), cuda::kSuccess);
  }).join();
  EXPECT_EQ(captures_.Unsafe(), cuda::kCaptureUnsupported);
  EXPECT_EQ(captures_.Status(Stream(1)), cuda::kCaptureActive);
  EXPECT_EQ(captures_.Status(Stream(2)), cuda::kCaptureBroken);
  EXPECT_EQ(captures_.End(Stream(1), &graph_), cuda::kSuccess);
}

}  // namespace
}  // namespace kernelevolve::worker
