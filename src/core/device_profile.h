// DeviceProfile: the part of a Profile that only kernels on a GPU have: what
// each kernel of a call is made of, and what the device's counters say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kernelevolve {

// How often a kind of machine instruction stands in a kernel's code.
struct InstructionCount {
  std::string name;  // "HGMMA", "LDG.128", "spills", …
  int count = 0;

  bool operator==(const InstructionCount&) const = default;
};

// A kernel that a call launches, as it is launched at one shape.
struct KernelProfile {
  std::string name;
  int registers = 0;          // of a thread
  int64_t stack_bytes = 0;    // of a thread
  int64_t shared_bytes = 0;   // of a block: its own and what the launch adds
  int64_t threads = 0;        // of a block
  int64_t blocks = 0;         // of the launch
  double occupancy = 0;       // share of the warps that fit beside each other
  std::string limited_by;     // what keeps that from being more; may be ""
  double share = 0;           // of the device's time; 0 where none was counted
  std::vector<InstructionCount> instructions;  // none where no tool reads them

  // 0 where the kind does not occur, or nothing was read.
  int count(std::string_view kind) const;
};

struct DeviceCounter {
  std::string name;  // "DRAM throughput", "L2 hit rate", …
  double value = 0;
  std::string unit;  // "%", "bytes", "us", ""
};

// Of the time that warps wait, what they wait for.
struct StallShare {
  std::string reason;  // "long scoreboard", …
  double share = 0;
};

struct DeviceProfile {
  std::vector<KernelProfile> kernels;  // in the order of the call
  std::string shape;  // what the counters are of; "" = nothing was counted
  std::vector<DeviceCounter> counters;  // over all kernels of the call
  std::vector<StallShare> stalls;       // most first

  std::optional<double> counter(std::string_view name) const;
  // Over all kernels.
  int count(std::string_view kind) const;
  // Of the kernel with the least; 1 without kernels.
  double least_occupancy() const;
};

// Kinds of InstructionCount that are more than a machine's mnemonic.
inline constexpr std::string_view kSpills = "spills";
inline constexpr std::string_view kNarrowLoads = "narrow LDG";

// Names of DeviceCounters that rules look at.
inline constexpr std::string_view kDeviceTime = "time";
inline constexpr std::string_view kDramThroughput = "DRAM throughput";
inline constexpr std::string_view kMemoryThroughput = "memory throughput";
inline constexpr std::string_view kSmThroughput = "SM throughput";
inline constexpr std::string_view kTensorActive = "tensor pipe";
inline constexpr std::string_view kWarpsActive = "warps active";
inline constexpr std::string_view kLoadUse = "bytes used of loaded sectors";
inline constexpr std::string_view kBankConflicts = "shared bank conflicts";

}  // namespace kernelevolve
