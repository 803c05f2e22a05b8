#include "worker/judge/growth.h"

#include <algorithm>

#include "base/format.h"

namespace kernelevolve::worker {
namespace {

// What is made once is there by then.
constexpr int kSettled = 10;
// Memory that goes up and down by chance grows in six stretches out of six once in
// five thousand rows.
constexpr int kStretches = 6;
constexpr int kFewestCalls = 3 * kStretches;
// In each stretch: pages that a kernel comes to touch late are fewer, and so are
// they in each call.
constexpr uint64_t kLeastBytes = 12 << 10, kBytesPerCall = 512;
// Of descriptors and threads, of which a process may have few.
constexpr int kOneIn = 8, kFewest = 8, kMany = 32;

}  // namespace

std::vector<GrowthWatch::Sample> GrowthWatch::Ends() const {
  std::vector<Sample> ends;
  const auto first = std::ranges::find_if(
      samples_, [](const Sample& sample) { return sample.calls >= kSettled; });
  if (first == samples_.end()) return ends;
  const int calls = samples_.back().calls - first->calls;
  if (calls < kFewestCalls) return ends;
  for (int i = 0; i <= kStretches; ++i) {
    const int end = first->calls + calls * i / kStretches;
    ends.push_back(*std::ranges::find_if(
        samples_, [&](const Sample& sample) { return sample.calls >= end; }));
  }
  return ends;
}

std::optional<std::string> GrowthWatch::WhatGrows() const {
  const std::vector<Sample> ends = Ends();
  if (ends.empty()) return std::nullopt;
  const Sample &first = ends.front(), &last = ends.back();
  const int calls = last.calls - first.calls;
  const auto over = [&](const char* what, uint64_t from, uint64_t to) {
    return format("{} grew steadily from {} to {} over {} calls of the same shape",
                  what, from, to, calls);
  };
  const auto memory = [&](uint64_t ProcessUse::*bytes) {
    for (int i = 0; i < kStretches; ++i) {
      const Sample &begin = ends[static_cast<size_t>(i)],
                   &end = ends[static_cast<size_t>(i) + 1];
      const auto stretch = static_cast<uint64_t>(end.calls - begin.calls);
      if (end.use.*bytes < begin.use.*bytes +
                               std::max(kLeastBytes, kBytesPerCall * stretch))
        return false;
    }
    return true;
  };
  // Twice, since a thread that is about to end may still be there.
  const ProcessUse& late = ends[kStretches - 1].use;
  const auto count = [&](int ProcessUse::*number) {
    const int grown =
        std::min(late.*number, last.use.*number) - first.use.*number;
    return grown >= std::clamp(calls / kOneIn, kFewest, kMany);
  };
  for (const auto bytes : {&ProcessUse::resident_bytes, &ProcessUse::data_bytes})
    if (memory(bytes))
      return over("KiB of memory", first.use.*bytes >> 10, last.use.*bytes >> 10);
  if (count(&ProcessUse::descriptors))
    return over("open descriptors", static_cast<uint64_t>(first.use.descriptors),
                static_cast<uint64_t>(last.use.descriptors));
  if (count(&ProcessUse::threads))
    return over("threads", static_cast<uint64_t>(first.use.threads),
                static_cast<uint64_t>(last.use.threads));
  return std::nullopt;
}

}  // namespace kernelevolve::worker
