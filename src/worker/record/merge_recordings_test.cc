#include "worker/record/merge_recordings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "worker/record/fake_addresses.h"
#include "worker/record/fake_tensor_map.h"

namespace kernelevolve::worker {
namespace {

constexpr uint32_t kSerials[2] = {11, 12};
const BufferRef kInput{BufferRef::Kind::kInput, 0};
const BufferRef kOutput{BufferRef::Kind::kOutput, 0};

// A launch whose parameters are these words.
Recording OfWords(const std::vector<uint64_t>& words) {
  LaunchOp op;
  op.kernel = "k";
  op.parameters.resize(words.size() * 8);
  std::memcpy(op.parameters.data(), words.data(), op.parameters.size());
  Recording recording;
  recording.run.push_back({std::move(op)});
  return recording;
}

std::string Message(const Recording& first, const Recording& second,
                    ShapePlan* plan) {
  const auto failed = MergeRecordings(first, second, kSerials, plan);
  if (!failed) return "";
  EXPECT_EQ(failed->code, Code::kContract);
  return failed->message;
}

TEST(FakeAddressesTest, EveryBufferMovesByADistanceOfItsOwn) {
  std::vector<uint64_t> moves;
  for (int i = 0; i < 8; ++i)
    for (const auto kind : {BufferRef::Kind::kInput, BufferRef::Kind::kOutput,
                            BufferRef::Kind::kAllocation}) {
      const BufferRef buffer{kind, i};
      const uint64_t first = FakeAddress(buffer, 0), second = FakeAddress(buffer, 1);
      EXPECT_EQ(first >> 32, second >> 32);
      EXPECT_EQ(BufferNear(first), buffer);
      EXPECT_EQ(ResolveAddress(first + 40, second + 40)->offset, 40u);
      EXPECT_FALSE(ResolveAddress(first + 40, second + 48));
      EXPECT_FALSE(ResolveAddress(first - 8, second - 8));
      moves.push_back(second - first);
    }
  std::ranges::sort(moves);
  EXPECT_EQ(std::ranges::adjacent_find(moves), moves.end());
}

TEST(MergeRecordingsTest, WhatMovesIsAnAddressAndWhatStaysAValue) {
  ShapePlan plan;
  EXPECT_EQ(Message(OfWords({FakeAddress(kInput, 0) + 24, 7,
                             FakeAddress(kOutput, 0)}),
                    OfWords({FakeAddress(kInput, 1) + 24, 7,
                             FakeAddress(kOutput, 1)}), &plan), "");
  const auto& op = std::get<LaunchOp>(plan.run.at(0));
  ASSERT_EQ(op.pointers.size(), 2u);
  EXPECT_EQ(op.pointers[0].place.offset, 24u);
  EXPECT_EQ(op.pointers[1].at, 16u);
  EXPECT_EQ(op.pointers[1].place.buffer, kOutput);
  EXPECT_EQ(op.parameters[0], 0);
  EXPECT_EQ(op.parameters[8], 7);
}

TEST(MergeRecordingsTest, TwoNumbersSideBySideAreNoAddress) {
  ShapePlan plan;
  const uint64_t numbers = uint64_t{8192} << 32 | 4096;
  EXPECT_TRUE(IsFakeAddress(numbers));
  EXPECT_EQ(Message(OfWords({numbers}), OfWords({numbers}), &plan), "");
  EXPECT_TRUE(std::get<LaunchOp>(plan.run.at(0)).pointers.empty());
}

TEST(MergeRecordingsTest, OtherDifferencesAreRefused) {
  ShapePlan plan;
  EXPECT_NE(Message(OfWords({1}), OfWords({2}), &plan), "");
  EXPECT_NE(Message(OfWords({1}), Recording(), &plan), "");
  // A difference of addresses.
  EXPECT_NE(Message(OfWords({FakeAddress(kOutput, 0) - FakeAddress(kInput, 0)}),
                    OfWords({FakeAddress(kOutput, 1) - FakeAddress(kInput, 1)}),
                    &plan), "");
  // An address kept from the first recording.
  EXPECT_NE(Message(OfWords({FakeAddress(kInput, 0)}),
                    OfWords({FakeAddress(kInput, 0)}), &plan), "");
  EXPECT_NE(Message(OfWords({FakeAddress(kInput, 0) - 16}),
                    OfWords({FakeAddress(kInput, 1) - 16}), &plan)
                .find("before the start of input:0"), std::string::npos);
}

// A write of these words, wherever the output lies.
Recording WritingWords(const std::vector<uint64_t>& words, int which) {
  WriteOp op;
  op.bytes.resize(words.size() * 8);
  std::memcpy(op.bytes.data(), words.data(), op.bytes.size());
  Recording recording;
  recording.run.push_back({std::move(op), FakeAddress(kOutput, which) + 32, 0});
  return recording;
}

TEST(MergeRecordingsTest, WhatIsWrittenHoldsAddressesToo) {
  ShapePlan plan;
  EXPECT_EQ(Message(WritingWords({7, FakeAddress(kInput, 0) + 8}, 0),
                    WritingWords({7, FakeAddress(kInput, 1) + 8}, 1), &plan), "");
  const auto& op = std::get<WriteOp>(plan.run.at(0));
  EXPECT_EQ(op.to.offset, 32u);
  ASSERT_EQ(op.pointers.size(), 1u);
  EXPECT_EQ(op.pointers[0].at, 8u);
  EXPECT_EQ(op.bytes[0], 7);
  EXPECT_EQ(op.bytes[8], 0);
  EXPECT_NE(Message(WritingWords({7}, 0), WritingWords({8}, 1), &plan), "");
  EXPECT_NE(Message(WritingWords({7}, 0), WritingWords({7, 7}, 1), &plan), "");
}

TEST(MergeRecordingsTest, RowsMustBeAlike) {
  const auto copying = [](uint64_t pitch, int which) {
    Recording recording;
    recording.run.push_back(
        {CopyOp{.to = {}, .from = {}, .bytes = 4, .rows = 2, .to_pitch = pitch,
                .from_pitch = 8},
         FakeAddress(kOutput, which), FakeAddress(kInput, which)});
    return recording;
  };
  ShapePlan plan;
  EXPECT_EQ(Message(copying(16, 0), copying(16, 1), &plan), "");
  EXPECT_EQ(std::get<CopyOp>(plan.run.at(0)).to_pitch, 16u);
  EXPECT_NE(Message(copying(16, 0), copying(32, 1), &plan), "");
}

TEST(MergeRecordingsTest, AVariableStaysWhereItIs) {
  const BufferRef variable{BufferRef::Kind::kVariable, 3};
  const uint64_t at = FakeAddress(variable, 0) + 12;
  EXPECT_EQ(FakeAddress(variable, 1) + 12, at);
  ShapePlan plan;
  EXPECT_EQ(Message(OfWords({at}), OfWords({at}), &plan), "");
  const auto& op = std::get<LaunchOp>(plan.run.at(0));
  ASSERT_EQ(op.pointers.size(), 1u);
  EXPECT_EQ(op.pointers[0].place.buffer, variable);
  EXPECT_EQ(op.pointers[0].place.offset, 12u);
}

TEST(MergeRecordingsTest, ATensorMapIsItsRecordingsOwn) {
  const auto with = [](uint32_t serial, int which) {
    std::vector<uint64_t> words(17);
    WriteMapTag({serial, 0}, &words[1]);
    Recording recording = OfWords(words);
    recording.maps.push_back({TensorMap(), FakeAddress(kInput, which) + 64});
    return recording;
  };
  ShapePlan plan;
  EXPECT_EQ(Message(with(11, 0), with(12, 1), &plan), "");
  const auto& op = std::get<LaunchOp>(plan.run.at(0));
  ASSERT_EQ(op.maps.size(), 1u);
  EXPECT_EQ(op.maps[0].at, 8u);
  EXPECT_EQ(plan.tensor_maps.at(0).base.offset, 64u);
  ShapePlan kept;
  EXPECT_NE(Message(with(11, 0), with(11, 1), &kept).find("earlier call"),
            std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::worker
