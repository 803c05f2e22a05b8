#include "worker/record/repeat_recording.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "base/format.h"
#include "worker/record/cuda_abi.h"
#include "worker/record/fake_addresses.h"
#include "worker/record/fake_cuda.h"
#include "worker/record/fake_tensor_map.h"

namespace kernelevolve::worker {
namespace {

constexpr size_t kWord = 8;
using Bytes = std::vector<uint8_t>;

Failure DoesOtherwise(const std::string& what) {
  return {Code::kContract,
          "a call with the same addresses as an earlier one did other steps: " +
              what + ". What is kept from call to call must not depend on addresses",
          "record", ""};
}

bool IsOfAllocation(uint64_t address) {
  const auto near = BufferNear(address);
  return near && near->kind == BufferRef::Kind::kAllocation;
}

bool AreAlike(uint64_t address, uint64_t other) {
  return address == other || (IsOfAllocation(address) && IsOfAllocation(other));
}

bool AreAlike(const Bytes& bytes, const Bytes& other) {
  if (bytes.size() != other.size()) return false;
  for (size_t at = 0; at < bytes.size(); at += kWord) {
    if (at + cuda::kTensorMapBytes <= bytes.size() && ReadMapTag(&bytes[at]) &&
        ReadMapTag(&other[at])) {
      at += cuda::kTensorMapBytes - kWord;
      continue;
    }
    uint64_t word = 0, same_word = 0;
    const size_t length = std::min(kWord, bytes.size() - at);
    std::memcpy(&word, &bytes[at], length);
    std::memcpy(&same_word, &other[at], length);
    if (!AreAlike(word, same_word)) return false;
  }
  return true;
}

bool IsSame(const LaunchOp& op, const LaunchOp& other) {
  return op.module == other.module &&
         op.kernel == other.kernel && op.grid == other.grid &&
         op.block == other.block && op.cluster == other.cluster &&
         op.shared_bytes == other.shared_bytes &&
         op.cooperative == other.cooperative &&
         op.programmatic == other.programmatic &&
         AreAlike(op.parameters, other.parameters);
}

bool IsSame(const MemsetOp& op, const MemsetOp& other) {
  return op.bytes == other.bytes &&
         op.value == other.value && op.width == other.width &&
         op.rows == other.rows && op.pitch == other.pitch;
}

bool IsSame(const CopyOp& op, const CopyOp& other) {
  return op.bytes == other.bytes &&
         op.rows == other.rows && op.to_pitch == other.to_pitch &&
         op.from_pitch == other.from_pitch;
}

bool IsSame(const WriteOp& op, const WriteOp& other) {
  return AreAlike(op.bytes, other.bytes);
}

bool IsSame(const EventOp& op, const EventOp& other) {
  return op.event == other.event && op.wait == other.wait;
}

int StreamOf(const RawOp& raw) {
  return std::visit([](const auto& op) { return op.stream; }, raw.op);
}

// On whichever stream.
bool IsSame(const RawOp& raw, const RawOp& other) {
  if (raw.op.index() != other.op.index() || !AreAlike(raw.to, other.to))
    return false;
  // What a write is given lies in the host's memory.
  if (!std::holds_alternative<WriteOp>(raw.op) && !AreAlike(raw.from, other.from))
    return false;
  return std::visit(
      [&](const auto& op) {
        return IsSame(op, std::get<std::decay_t<decltype(op)>>(other.op));
      },
      raw.op);
}

std::string Named(const RawOp& raw, size_t index, std::string_view where) {
  const auto* launch = std::get_if<LaunchOp>(&raw.op);
  return format("step {} {}{}", index, where,
                launch ? ", " + ReadableKernelName(launch->kernel) : "");
}

bool IsWork(const RawOp& raw) { return !std::holds_alternative<EventOp>(raw.op); }

// The work of a recording, and of each what has ended before it begins.
struct Work {
  std::vector<const RawOp*> steps;
  std::vector<std::set<size_t>> before;
};

Work WorkOf(const std::vector<RawOp>& ops) {
  Work work;
  std::map<int, std::set<size_t>> ended, at_event;  // by stream, by event
  for (const RawOp& raw : ops) {
    std::set<size_t>& here = ended[StreamOf(raw)];
    if (const auto* event = std::get_if<EventOp>(&raw.op)) {
      if (event->wait) here.insert(at_event[event->event].begin(), at_event[event->event].end());
      else at_event[event->event] = here;
      continue;
    }
    work.before.push_back(here);
    here.insert(work.steps.size());
    work.steps.push_back(&raw);
  }
  return work;
}

// The same steps, each behind the same others, in whichever order and on whichever
// streams: a graph that was captured from them has them in an order of its own.
bool IsSameWork(const std::vector<RawOp>& earlier, const std::vector<RawOp>& again) {
  constexpr size_t kMost = 512;  // events included
  if (std::max(earlier.size(), again.size()) > kMost) return false;
  const Work one = WorkOf(earlier), other = WorkOf(again);
  const size_t count = one.steps.size();
  if (count != other.steps.size()) return false;
  std::vector<size_t> twin(count);  // of `one`, by the other's step
  std::set<size_t> taken;
  for (size_t i = 0; i < count; ++i) {
    size_t k = 0;
    while (k < count && (taken.contains(k) || !IsSame(*one.steps[k], *other.steps[i]))) ++k;
    if (k == count) return false;
    taken.insert(twin[i] = k);
    std::set<size_t> before;
    for (const size_t step : other.before[i]) before.insert(twin[step]);
    if (before != one.before[k]) return false;
  }
  return true;
}

std::optional<Failure> Compare(const std::vector<RawOp>& earlier,
                               const std::vector<RawOp>& again,
                               std::string_view where) {
  const bool forks = !std::ranges::all_of(earlier, IsWork) ||
                     !std::ranges::all_of(again, IsWork);
  if (forks && IsSameWork(earlier, again)) return std::nullopt;
  if (earlier.size() != again.size())
    return DoesOtherwise(format("{} {} where there were {}", again.size(), where,
                                earlier.size()));
  for (size_t i = 0; i < earlier.size(); ++i)
    if (StreamOf(earlier[i]) != StreamOf(again[i]) || !IsSame(earlier[i], again[i]))
      return DoesOtherwise(Named(earlier[i], i, where));
  return std::nullopt;
}

}  // namespace

std::optional<Failure> CompareRepeat(const Recording& earlier,
                                     const Recording& again) {
  if (earlier.workspace_bytes != again.workspace_bytes)
    return DoesOtherwise(format("{} bytes of workspace and {}",
                                earlier.workspace_bytes, again.workspace_bytes));
  if (auto failed = Compare(earlier.setup, again.setup, "in ke_setup"))
    return failed;
  return Compare(earlier.run, again.run, "in ke_run");
}

}  // namespace kernelevolve::worker
