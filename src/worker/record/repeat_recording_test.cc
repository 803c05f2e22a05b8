#include "worker/record/repeat_recording.h"

#include <gtest/gtest.h>

#include <cstring>

#include "worker/record/fake_addresses.h"
#include "worker/record/fake_tensor_map.h"

namespace kernelevolve::worker {
namespace {

using Words = std::vector<uint64_t>;

uint64_t AddressOf(BufferRef::Kind kind, int index) {
  return FakeAddress({kind, index}, 1);
}

const uint64_t kInput = AddressOf(BufferRef::Kind::kInput, 0);
const uint64_t kOutput = AddressOf(BufferRef::Kind::kOutput, 0);
const uint64_t kAllocation = AddressOf(BufferRef::Kind::kAllocation, 0);
const uint64_t kOtherAllocation = AddressOf(BufferRef::Kind::kAllocation, 1);

RawOp Launch(const Words& words, uint32_t blocks = 1) {
  LaunchOp op;
  op.kernel = "k";
  op.grid[0] = blocks;
  op.parameters.resize(words.size() * 8);
  std::memcpy(op.parameters.data(), words.data(), op.parameters.size());
  return {std::move(op)};
}

RawOp Copy(uint64_t to, uint64_t from, uint64_t bytes) {
  return {CopyOp{.to = {}, .from = {}, .bytes = bytes}, to, from};
}

Recording Running(std::vector<RawOp> ops) {
  Recording recording;
  recording.run = std::move(ops);
  return recording;
}

bool AreSame(RawOp op, RawOp other) {
  const auto failed =
      CompareRepeat(Running({std::move(op)}), Running({std::move(other)}));
  if (failed) {
    EXPECT_EQ(failed->code, Code::kContract);
  }
  return !failed;
}

TEST(CompareRepeat, TheSameStepsAreTheSame) {
  EXPECT_TRUE(AreSame(Launch({kInput, 7, kOutput}), Launch({kInput, 7, kOutput})));
  EXPECT_TRUE(AreSame(Copy(kOutput, kInput, 8), Copy(kOutput, kInput, 8)));
}

TEST(CompareRepeat, StepsOfOneThatAreMissingAreNamed) {
  Recording packs = Running({Launch({kInput})});
  packs.setup = {Launch({kInput})};
  const auto failed = CompareRepeat(packs, Running({Launch({kInput})}));
  ASSERT_TRUE(failed);
  EXPECT_NE(failed->message.find("0 in ke_setup where there were 1"),
            std::string::npos) << failed->message;
  EXPECT_NE(failed->message.find("must not depend on addresses"), std::string::npos);
}

TEST(CompareRepeat, OtherStepsAreOthers) {
  EXPECT_FALSE(AreSame(Launch({kInput, 7}), Launch({kInput, 0})));
  EXPECT_FALSE(AreSame(Launch({kInput}), Launch({kInput, 0})));
  EXPECT_FALSE(AreSame(Launch({kInput}, 2), Launch({kInput}, 1)));
  EXPECT_FALSE(AreSame(Launch({kInput}), Launch({kOutput})));
  EXPECT_FALSE(AreSame(Launch({kInput}), Launch({kAllocation})));
  EXPECT_FALSE(AreSame(Copy(kOutput, kInput, 8), Copy(kOutput, kInput, 4)));
  EXPECT_FALSE(AreSame(Copy(kOutput, kInput, 8), Copy(kOutput, kOutput, 8)));
  EXPECT_FALSE(AreSame(Copy(kOutput, kInput, 8), Launch({kInput})));
}

TEST(CompareRepeat, WhichCallAllocatedDoesNotMatter) {
  Recording earlier = Running({Launch({kAllocation, kInput})});
  earlier.allocations = {512};
  EXPECT_FALSE(CompareRepeat(earlier, Running({Launch({kOtherAllocation, kInput})})));
}

TEST(CompareRepeat, WhichCallMadeATensorMapDoesNotMatter) {
  const auto with = [](uint32_t serial, uint64_t last) {
    Words words(18);
    WriteMapTag({serial, serial}, &words[1]);
    words[17] = last;
    return Launch(words);
  };
  EXPECT_TRUE(AreSame(with(11, 5), with(12, 5)));
  EXPECT_FALSE(AreSame(with(11, 5), with(12, 6)));
}

TEST(CompareRepeat, WhatTheHostWritesComesFromAnywhere) {
  const auto write = [](uint8_t value, uint64_t from) {
    WriteOp op;
    op.bytes = {value, 2, 3};
    return RawOp{std::move(op), kOutput, from};
  };
  EXPECT_TRUE(AreSame(write(1, 0x100), write(1, 0x200)));
  EXPECT_FALSE(AreSame(write(1, 0x100), write(2, 0x100)));
}

RawOp On(int stream, RawOp raw) {
  std::visit([&](auto& op) { op.stream = stream; }, raw.op);
  return raw;
}

RawOp Event(int stream, int event, bool wait) {
  return {EventOp{.stream = stream, .event = event, .wait = wait}};
}

TEST(CompareRepeat, AForkMayBeLaidOutOtherwise) {
  const RawOp a = Launch({kInput}), b = Launch({kOutput});
  const Recording eager = Running({Event(0, 0, false), Event(1, 0, true), a, On(1, b),
                                   Event(1, 1, false), Event(0, 1, true)});
  const Recording graph = Running({Event(0, 0, false), On(0, b), Event(2, 0, true),
                                   On(2, a), Event(2, 3, false), Event(0, 3, true)});
  EXPECT_FALSE(CompareRepeat(eager, graph));
  const Recording in_turn = Running({Event(0, 0, false), a, b});
  EXPECT_TRUE(CompareRepeat(eager, in_turn)) << "one waits for the other";
  const Recording less = Running({Event(0, 0, false), Event(1, 0, true), a});
  EXPECT_TRUE(CompareRepeat(eager, less));
}

}  // namespace
}  // namespace kernelevolve::worker
