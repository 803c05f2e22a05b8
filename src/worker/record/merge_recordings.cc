#include "worker/record/merge_recordings.h"

#include <cstring>

#include "base/format.h"
#include "worker/record/fake_addresses.h"
#include "worker/record/fake_cuda.h"
#include "worker/record/fake_tensor_map.h"

namespace kernelevolve::worker {
namespace {

constexpr size_t kWord = 8;

Failure Differs(const std::string& what) {
  return {Code::kContract, "the launches differ between two recordings: " + what,
          "record", ""};
}

// An address that is of no buffer of these recordings, or the same in both.
Failure Astray(const std::string& what, uint64_t address, uint64_t other) {
  const auto near = BufferNear(address);
  if (near && FakeAddress(*near, 0) - address == FakeAddress(*near, 1) - other)
    return {Code::kContract,
            what + " is given an address before the start of " + near->ToString(),
            "record", ""};
  if (near && near->kind == BufferRef::Kind::kAllocation)
    return {Code::kContract,
            what + " uses memory that an earlier call allocated; allocate in "
            "ke_setup or at every call", "record", ""};
  if (near && address == other)
    return {Code::kContract,
            what + " is given an address near " + near->ToString() +
            " that an earlier call had; every call's are its own", "record", ""};
  if (near)
    return Differs(what + " is given an address near " + near->ToString() +
                   " that does not move with it");
  return Differs(format("{} is given {:#x}, which is no device memory", what,
                        address));
}

uint64_t WordAt(const std::vector<uint8_t>& bytes, size_t at) {
  uint64_t word = 0;
  std::memcpy(&word, bytes.data() + at, std::min(kWord, bytes.size() - at));
  return word;
}

class Merger {
 public:
  Merger(const uint32_t (&serials)[2], ShapePlan* plan)
      : serials_(serials), plan_(plan) {}

  std::optional<Failure> Ops(const std::vector<RawOp>& first,
                             const std::vector<RawOp>& second,
                             std::vector<PlanOp>* merged) {
    if (first.size() != second.size())
      return Differs(format("{} steps and {}", first.size(), second.size()));
    for (size_t i = 0; i < first.size(); ++i) {
      if (first[i].op.index() != second[i].op.index())
        return Differs(format("step {} is of another kind", i));
      const std::string step = format("step {}", i);
      PlanOp op = first[i].op;
      auto failed = std::visit(
          [&](auto& one) {
            using Op = std::remove_reference_t<decltype(one)>;
            return Merge(one, std::get<Op>(second[i].op), first[i], second[i],
                         step);
          },
          op);
      if (failed) return failed;
      merged->push_back(std::move(op));
    }
    return std::nullopt;
  }

  std::optional<Failure> Maps(const Recording& first, const Recording& second) {
    if (first.maps.size() != second.maps.size())
      return Differs(format("{} tensor maps and {}", first.maps.size(),
                            second.maps.size()));
    for (size_t i = 0; i < first.maps.size(); ++i) {
      TensorMap map = first.maps[i].map;
      const TensorMap& other = second.maps[i].map;
      const std::string name = format("tensor map {}", i);
      if (map.dims != other.dims || map.strides != other.strides ||
          map.box != other.box || map.element_strides != other.element_strides ||
          map.dtype != other.dtype || map.interleave != other.interleave ||
          map.swizzle != other.swizzle || map.oob_fill != other.oob_fill ||
          map.l2_promotion != other.l2_promotion)
        return Differs(name);
      if (auto failed = Place(first.maps[i].address, second.maps[i].address,
                              name, &map.base))
        return failed;
      plan_->tensor_maps.push_back(std::move(map));
    }
    return std::nullopt;
  }

 private:
  static std::optional<Failure> Place(uint64_t first, uint64_t second,
                                      const std::string& what,
                                      BufferPlace* place) {
    const auto resolved = ResolveAddress(first, second);
    if (!resolved) return Astray(what, first, second);
    *place = *resolved;
    return std::nullopt;
  }

  std::optional<Failure> Merge(MemsetOp& op, const MemsetOp& other,
                               const RawOp& first, const RawOp& second,
                               const std::string& step) {
    if (op.stream != other.stream || op.bytes != other.bytes ||
        op.value != other.value || op.width != other.width ||
        op.rows != other.rows || op.pitch != other.pitch)
      return Differs(step + ", a fill");
    return Place(first.to, second.to, step + ", a fill,", &op.to);
  }

  std::optional<Failure> Merge(CopyOp& op, const CopyOp& other,
                               const RawOp& first, const RawOp& second,
                               const std::string& step) {
    if (op.stream != other.stream || op.bytes != other.bytes ||
        op.rows != other.rows || op.to_pitch != other.to_pitch ||
        op.from_pitch != other.from_pitch)
      return Differs(step + ", a copy");
    if (auto failed = Place(first.to, second.to, step + ", a copy,", &op.to))
      return failed;
    return Place(first.from, second.from, step + ", a copy,", &op.from);
  }

  std::optional<Failure> Merge(WriteOp& op, const WriteOp& other,
                               const RawOp& first, const RawOp& second,
                               const std::string& step) {
    const std::string name = step + ", a copy from the host";
    if (op.stream != other.stream || op.bytes.size() != other.bytes.size())
      return Differs(name);
    if (auto failed = Place(first.to, second.to, name + ",", &op.to))
      return failed;
    return Bytes(op, &op.bytes, other.bytes, name);
  }

  std::optional<Failure> Merge(EventOp& op, const EventOp& other, const RawOp&,
                               const RawOp&, const std::string& step) {
    if (op.stream != other.stream || op.event != other.event ||
        op.wait != other.wait)
      return Differs(step + ", an event");
    return std::nullopt;
  }

  std::optional<Failure> Merge(LaunchOp& op, const LaunchOp& other, const RawOp&,
                               const RawOp&, const std::string& step) {
    const std::string name = step + ", " + ReadableKernelName(op.kernel);
    if (op.kernel != other.kernel || op.module != other.module)
      return Differs(name + " and " + ReadableKernelName(other.kernel));
    if (op.grid != other.grid)
      return Differs(format("{}: grids of {} x {} x {} and {} x {} x {}", name,
                            op.grid[0], op.grid[1], op.grid[2], other.grid[0],
                            other.grid[1], other.grid[2]));
    if (op.block != other.block || op.cluster != other.cluster ||
        op.shared_bytes != other.shared_bytes || op.stream != other.stream ||
        op.cooperative != other.cooperative ||
        op.programmatic != other.programmatic)
      return Differs(name + ": block, cluster, shared memory, stream or launch "
                     "attributes");
    return Bytes(op, &op.parameters, other.parameters, name);
  }

  // Finds addresses and tensor maps in the bytes of a launch or a write.
  template <typename Op>
  std::optional<Failure> Bytes(Op& op, std::vector<uint8_t>* merged,
                               const std::vector<uint8_t>& other,
                               const std::string& name) {
    const std::vector<uint8_t> mine = *merged;
    for (size_t at = 0; at < mine.size(); at += kWord) {
      if (at + cuda::kTensorMapBytes <= mine.size() && ReadMapTag(&mine[at])) {
        if (auto failed = Map(mine, other, at, name, &op.maps)) return failed;
        std::memset(merged->data() + at, 0, cuda::kTensorMapBytes);
        at += cuda::kTensorMapBytes - kWord;
        continue;
      }
      const uint64_t first = WordAt(mine, at), second = WordAt(other, at);
      const size_t bytes = std::min(kWord, mine.size() - at);
      if (const auto place = ResolveAddress(first, second);
          place && bytes == kWord && IsAddress(first, second, *place)) {
        op.pointers.push_back({static_cast<uint32_t>(at), *place});
        std::memset(merged->data() + at, 0, kWord);
      } else if (first != second || (bytes == kWord && LooksLikeAddress(first))) {
        return Word(first, second, at, name);
      }
    }
    return std::nullopt;
  }

  // What does not move is one only where variables are.
  static bool IsAddress(uint64_t first, uint64_t second, const BufferPlace& place) {
    return first != second || (place.buffer.kind == BufferRef::Kind::kVariable &&
                               LooksLikeAddress(first));
  }

  static Failure Word(uint64_t first, uint64_t second, size_t at,
                      const std::string& name) {
    if (IsFakeAddress(first) && IsFakeAddress(second))
      return Astray(name, first, second);
    return Differs(format("{}: byte {} of what it is given holds {:#x} and {:#x}, "
                          "which is no address", name, at, first, second));
  }

  std::optional<Failure> Map(const std::vector<uint8_t>& mine,
                             const std::vector<uint8_t>& other, size_t at,
                             const std::string& name,
                             std::vector<PlanMapUse>* uses) {
    const auto first = ReadMapTag(&mine[at]), second = ReadMapTag(&other[at]);
    if (!second || first->index != second->index ||
        first->index >= plan_->tensor_maps.size())
      return Differs(name + ": a tensor map");
    if (first->serial != serials_[0] || second->serial != serials_[1])
      return Failure{Code::kContract,
                     name + " uses a tensor map that an earlier call made; make "
                     "it in ke_setup or at every call", "record", ""};
    uses->push_back({static_cast<uint32_t>(at), static_cast<int>(first->index)});
    return std::nullopt;
  }

  const uint32_t (&serials_)[2];
  ShapePlan* plan_;
};

}  // namespace

std::optional<Failure> MergeRecordings(const Recording& first,
                                       const Recording& second,
                                       const uint32_t (&serials)[2],
                                       ShapePlan* plan) {
  if (first.workspace_bytes != second.workspace_bytes)
    return Differs(format("{} bytes of workspace and {}", first.workspace_bytes,
                          second.workspace_bytes));
  if (first.allocations != second.allocations) return Differs("allocations");
  plan->workspace_bytes = first.workspace_bytes;
  plan->allocations = first.allocations;
  Merger merger(serials, plan);
  if (auto failed = merger.Maps(first, second)) return failed;
  if (auto failed = merger.Ops(first.setup, second.setup, &plan->setup))
    return failed;
  return merger.Ops(first.run, second.run, &plan->run);
}

}  // namespace kernelevolve::worker
