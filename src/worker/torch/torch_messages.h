// What TorchProcess asks and is told; runners/python/ke_torch answers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "core/task.h"

namespace kernelevolve::worker {

struct TorchFacts {
  std::string python, torch, triton, cuda;
  std::string device;  // "cpu" without a GPU
  int capability_major = 0, capability_minor = 0;
  uint64_t total_bytes = 0;
};

// A place in lent memory.
struct LentPlace {
  int64_t id = 0;
  uint64_t offset = 0;
};

struct TorchTensor {
  LentPlace place;  // of an output: not looked at
  DType dtype = DType::kF32;
  std::vector<int64_t> shape = {};
};

// The tensors of one shape. Several bindings stand beside each other, by name.
struct TorchBinding {
  std::string name;
  std::vector<TorchTensor> inputs = {}, outputs = {};
  std::vector<double> attributes = {};  // in the task's order
};

struct OracleRequest {
  std::string binding = {};
  // One place per output: float64, integers as declared.
  std::vector<LentPlace> expected = {};
  // One per output in the contract's types, or none.
  std::vector<LentPlace> baseline = {};
  bool baseline_tf32 = false;  // else the baseline takes no shortcut either
};

struct OracleReply {
  bool float64 = true;  // else float32, for want of memory
};

struct MemberSpec {
  enum class Kind { kEager, kCompile, kCompileMaxAutotune, kFile };
  std::string name;
  Kind kind = Kind::kEager;
  std::string source = {};     // kFile: text that defines reference or run
  std::string precision = {};  // "" or "tf32"
  bool graph = true;           // false: called anew each time
};

struct PreparedMember {
  bool graph = false;  // else launched one by one: host overhead counts
  double compile_seconds = 0;
  std::string note;  // why there is no graph
};

// Overwritten before a timed call; bytes 0: the cache stays warm.
struct TorchFlush {
  LentPlace place;
  uint64_t bytes = 0;
};

// Read behind every flush, by the kernel ke_sweep of an image.
struct TorchSweep {
  LentPlace place = {};
  uint64_t bytes = 0;
  std::string image = {};  // a cubin
  unsigned blocks = 1, threads = 1;
};

struct TorchTime {
  double microseconds = 0;  // from event to event
  int64_t host_ns = 0;      // from before the first event to a finished device
};

struct TorchRoofs {
  double copy_bytes_per_second = 0;  // read and written
  double write_bytes_per_second = 0;
  double read_bytes_per_second = 0;
  double launch_microseconds = 0;  // a graph of one empty kernel
  // "f16", "bf16", "tf32", "f32", "f64", where the device has it "f8e4m3".
  std::map<std::string, double> flops_per_second;
};

// The precision of a task as PyTorch has a switch for it: "tf32" or "". What a
// kernel may do with fewer bits than that, PyTorch does not do by itself.
std::string TorchPrecision(const Task& task);

// Errors of the other side whose cause was memory, so that a caller may try
// with less.
bool IsOutOfMemory(const Error& error);

// Encoding of the requests that are more than a name.
Json TaskRequest(const Task& task);
Json BindRequest(const TorchBinding& binding);
Json OracleJson(const OracleRequest& request);
Json PrepareRequest(const std::string& binding, const MemberSpec& member);
Json SweepJson(const TorchSweep& sweep);
Json PlacesJson(const std::vector<LentPlace>& places);

// Decoding. kInfrastructure where a reply lacks what it must hold.
Status CheckReply(const Json& reply);
Result<TorchFacts> ParseFacts(const Json& reply);
Result<OracleReply> ParseOracle(const Json& reply);
Result<PreparedMember> ParsePrepared(const Json& reply);
Result<TorchTime> ParseTime(const Json& reply);
Result<TorchRoofs> ParseRoofs(const Json& reply);

}  // namespace kernelevolve::worker
