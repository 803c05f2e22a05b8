#include "core/launch_plan.h"

#include <algorithm>
#include <charconv>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

struct KindName {
  BufferRef::Kind kind;
  std::string_view name;
};
constexpr KindName kKinds[] = {{BufferRef::Kind::kInput, "input"},
                               {BufferRef::Kind::kOutput, "output"},
                               {BufferRef::Kind::kWorkspace, "workspace"},
                               {BufferRef::Kind::kAllocation, "allocation"},
                               {BufferRef::Kind::kVariable, "variable"}};

// What the hardware allows at all; the device's own limits are its driver's.
constexpr uint64_t kMostGridX = 0x7fffffff, kMostGridYZ = 65535;
constexpr uint64_t kMostThreads = 1024, kMostCluster = 16;
constexpr size_t kMostOps = 4096, kMostParameters = 32764, kMostName = 4096;
constexpr int kMostStreams = 64, kMostEvents = 4096;

class Checker {
 public:
  Checker(const ShapePlan& plan, const LaunchPlan& whole, const PlanLimits& limits)
      : plan_(plan), whole_(whole), limits_(limits) {}

  Status Run() const {
    uint64_t total = 0;
    for (const uint64_t bytes : plan_.allocations) {
      if (bytes > limits_.most_allocated) return TooMuch(bytes);
      total += bytes;
    }
    if (total > limits_.most_allocated) return TooMuch(total);
    if (plan_.workspace_bytes > limits_.most_workspace)
      return BadInput(format("the plan asks for {} bytes of workspace; {} are "
                             "allowed", plan_.workspace_bytes,
                             limits_.most_workspace));
    RETURN_IF_ERROR(CheckVariables());
    for (const TensorMap& map : plan_.tensor_maps) RETURN_IF_ERROR(CheckMap(map));
    RETURN_IF_ERROR(CheckOps(plan_.setup));
    return CheckOps(plan_.run);
  }

 private:
  tl::unexpected<Error> TooMuch(uint64_t bytes) const {
    return BadInput(format("the plan allocates {} bytes; {} are allowed", bytes,
                           limits_.most_allocated));
  }

  std::optional<uint64_t> Bytes(const BufferRef& buffer) const {
    const auto pick = [&](const std::vector<uint64_t>& all)
        -> std::optional<uint64_t> {
      if (buffer.index < 0 || static_cast<size_t>(buffer.index) >= all.size())
        return std::nullopt;
      return all[static_cast<size_t>(buffer.index)];
    };
    switch (buffer.kind) {
      case BufferRef::Kind::kInput: return pick(limits_.input_bytes);
      case BufferRef::Kind::kOutput: return pick(limits_.output_bytes);
      case BufferRef::Kind::kAllocation: return pick(plan_.allocations);
      case BufferRef::Kind::kWorkspace: return plan_.workspace_bytes;
      case BufferRef::Kind::kVariable: break;
    }
    const auto index = static_cast<size_t>(buffer.index);
    if (buffer.index < 0 || index >= plan_.variables.size()) return std::nullopt;
    return plan_.variables[index].bytes;
  }

  // That the modules have them, and of that size, is for the launcher to see.
  Status CheckVariables() const {
    if (plan_.variables.size() > kMostVariables)
      return BadInput(format("the plan has {} variables", plan_.variables.size()));
    for (const PlanVariable& variable : plan_.variables) {
      RETURN_IF_ERROR(CheckModule(variable.module));
      if (variable.name.empty() || variable.name.size() > kMostName)
        return BadInput("the plan has a variable without a usable name");
    }
    return {};
  }

  Status CheckModule(int module) const {
    if (module < 0 || static_cast<size_t>(module) >= whole_.modules.size())
      return BadInput(format("the plan names module {}", module));
    return {};
  }

  Status CheckRange(const BufferPlace& place, uint64_t bytes) const {
    const auto size = Bytes(place.buffer);
    if (!size) return BadInput("the plan names " + place.buffer.ToString() +
                               ", which does not exist");
    if (place.offset > *size || bytes > *size - place.offset)
      return BadInput(format("the plan reaches byte {} of {}, which has {}",
                             place.offset + bytes, place.buffer.ToString(), *size));
    return {};
  }

  // The same for rows of `bytes`.
  Status CheckRows(const BufferPlace& place, uint64_t bytes, uint64_t rows,
                   uint64_t pitch) const {
    if (rows == 1) return CheckRange(place, bytes);
    const bool fits = rows > 1 && bytes > 0 && pitch >= bytes &&
                      pitch <= kMostPitch &&
                      rows - 1 <= (UINT64_MAX - bytes) / pitch;
    if (!fits)
      return BadInput(format("the plan has {} rows of {} bytes every {}", rows,
                             bytes, pitch));
    return CheckRange(place, (rows - 1) * pitch + bytes);
  }

  Status CheckMap(const TensorMap& map) const {
    const size_t rank = map.dims.size();
    if (rank < 1 || rank > 5 || map.strides.size() + 1 != rank ||
        map.box.size() != rank || map.element_strides.size() != rank)
      return BadInput("the plan holds a tensor map whose parts do not fit");
    return CheckRange(map.base, 0);
  }

  Status CheckOps(const std::vector<PlanOp>& ops) const {
    if (ops.size() > kMostOps)
      return BadInput(format("the plan has {} steps; {} are allowed", ops.size(),
                             kMostOps));
    uint64_t written = 0;
    for (const PlanOp& op : ops) {
      RETURN_IF_ERROR(std::visit([&](const auto& one) { return Check(one); }, op));
      if (const auto* write = std::get_if<WriteOp>(&op))
        written += write->bytes.size();
    }
    if (written > kMostWrittenBytes)
      return BadInput(format("the plan writes {} bytes of its own; {} are allowed",
                             written, kMostWrittenBytes));
    return {};
  }

  Status CheckStream(int stream) const {
    if (stream < 0 || stream >= kMostStreams)
      return BadInput(format("the plan uses stream {}", stream));
    return {};
  }

  Status Check(const LaunchOp& op) const {
    RETURN_IF_ERROR(CheckStream(op.stream));
    RETURN_IF_ERROR(CheckModule(op.module));
    if (op.kernel.empty() || op.kernel.size() > kMostName)
      return BadInput("the plan launches a kernel without a usable name");
    RETURN_IF_ERROR(CheckExtents(op));
    return CheckParameters(op);
  }

  Status CheckExtents(const LaunchOp& op) const {
    const auto within = [](const Extent3& e, uint64_t x, uint64_t yz) {
      return e[0] >= 1 && e[1] >= 1 && e[2] >= 1 && e[0] <= x && e[1] <= yz &&
             e[2] <= yz;
    };
    const auto volume = [](const Extent3& e) {
      return uint64_t{e[0]} * e[1] * e[2];
    };
    const std::string kernel = Sanitize(op.kernel, 80);
    if (!within(op.grid, kMostGridX, kMostGridYZ))
      return BadInput(format("{} is launched with a grid of {} x {} x {}", kernel,
                             op.grid[0], op.grid[1], op.grid[2]));
    if (!within(op.block, kMostThreads, kMostThreads) ||
        volume(op.block) > kMostThreads)
      return BadInput(format("{} is launched with a block of {} x {} x {}", kernel,
                             op.block[0], op.block[1], op.block[2]));
    if (!within(op.cluster, kMostCluster, kMostCluster) ||
        volume(op.cluster) > kMostCluster)
      return BadInput(format("{} is launched with a cluster of {} x {} x {}",
                             kernel, op.cluster[0], op.cluster[1],
                             op.cluster[2]));
    return {};
  }

  Status CheckParameters(const LaunchOp& op) const {
    const size_t size = op.parameters.size();
    const std::string kernel = Sanitize(op.kernel, 80);
    if (size > kMostParameters)
      return BadInput(format("{} has {} bytes of parameters", kernel, size));
    for (size_t i = 0; i < op.offsets.size(); ++i)
      if (op.offsets[i] >= std::max<size_t>(size, 1) ||
          (i > 0 && op.offsets[i] <= op.offsets[i - 1]))
        return BadInput("parameters of " + kernel + " lie outside their buffer");
    return CheckReferences(size, op.pointers, op.maps, kernel);
  }

  // Addresses and tensor maps in `size` bytes that `whose` is given.
  Status CheckReferences(size_t size, const std::vector<PlanPointer>& pointers,
                         const std::vector<PlanMapUse>& maps,
                         const std::string& whose) const {
    for (const PlanPointer& pointer : pointers) {
      if (size < 8 || pointer.at > size - 8)
        return BadInput(format("an address lies outside the {} bytes that {} is "
                               "given", size, whose));
      if (!Bytes(pointer.place.buffer))
        return BadInput(format("{} is given {}, which does not exist", whose,
                               pointer.place.buffer.ToString()));
    }
    for (const PlanMapUse& use : maps)
      if (size < 128 || use.at > size - 128 || use.map < 0 ||
          static_cast<size_t>(use.map) >= plan_.tensor_maps.size())
        return BadInput("a tensor map of " + whose + " does not fit");
    return {};
  }

  static Status CheckTarget(const BufferPlace& place) {
    if (place.buffer.kind == BufferRef::Kind::kInput)
      return BadInput("the plan writes to " + place.buffer.ToString());
    return {};
  }

  Status Check(const MemsetOp& op) const {
    RETURN_IF_ERROR(CheckStream(op.stream));
    const auto width = static_cast<uint64_t>(op.width);
    if ((op.width != 1 && op.width != 2 && op.width != 4) ||
        op.bytes % width != 0 || op.to.offset % width != 0 ||
        (op.rows > 1 && op.pitch % width != 0))
      return BadInput("the plan fills with elements of a width that does not fit");
    RETURN_IF_ERROR(CheckTarget(op.to));
    return CheckRows(op.to, op.bytes, op.rows, op.pitch);
  }

  Status Check(const CopyOp& op) const {
    RETURN_IF_ERROR(CheckStream(op.stream));
    RETURN_IF_ERROR(CheckRows(op.from, op.bytes, op.rows, op.from_pitch));
    RETURN_IF_ERROR(CheckTarget(op.to));
    return CheckRows(op.to, op.bytes, op.rows, op.to_pitch);
  }

  Status Check(const WriteOp& op) const {
    RETURN_IF_ERROR(CheckStream(op.stream));
    RETURN_IF_ERROR(CheckTarget(op.to));
    RETURN_IF_ERROR(CheckRange(op.to, op.bytes.size()));
    return CheckReferences(op.bytes.size(), op.pointers, op.maps,
                           op.to.buffer.ToString());
  }

  Status Check(const EventOp& op) const {
    if (op.event < 0 || op.event >= kMostEvents)
      return BadInput(format("the plan uses event {}", op.event));
    return CheckStream(op.stream);
  }

  const ShapePlan& plan_;
  const LaunchPlan& whole_;
  const PlanLimits& limits_;
};

}  // namespace

std::string BufferRef::ToString() const {
  for (const KindName& known : kKinds)
    if (known.kind == kind)
      return kind == Kind::kWorkspace ? std::string(known.name)
                                      : format("{}:{}", known.name, index);
  return "";
}

std::optional<BufferRef> BufferRef::Parse(const std::string& text) {
  const size_t colon = std::min(text.find(':'), text.size());
  for (const KindName& known : kKinds) {
    if (std::string_view(text).substr(0, colon) != known.name) continue;
    if (known.kind == Kind::kWorkspace)
      return text == known.name ? std::optional(BufferRef{known.kind, 0})
                                : std::nullopt;
    int index = -1;
    const char* end = text.data() + text.size();
    const char* begin = text.data() + std::min(colon + 1, text.size());
    const auto parsed = std::from_chars(begin, end, index);
    if (parsed.ec != std::errc() || parsed.ptr != end || index < 0)
      return std::nullopt;
    return BufferRef{known.kind, index};
  }
  return std::nullopt;
}

Status CheckPlan(const ShapePlan& plan, const LaunchPlan& whole,
                 const PlanLimits& limits) {
  return Checker(plan, whole, limits).Run();
}

}  // namespace kernelevolve
