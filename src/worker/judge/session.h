// Session: one kernel in one process, with the buffers it works on. The judge's
// way to say "run this on these inputs in that world and let me look".
#pragma once

#include <memory>
#include <vector>

#include "worker/judge/call_outputs.h"
#include "worker/judge/call_probes.h"
#include "worker/judge/input_case.h"
#include "worker/run/runner_process.h"

namespace kernelevolve::worker {

// How floating tensors are handed over: as declared, or widened for the two
// exact instantiations of a reference (kernelevolve/reference.h).
enum class Widening { kNone, kDouble, kWithError };

// What may differ between two worlds and must not matter (judge.md 2.7).
struct World {
  PlacementRule placement = PlacementRule::kEndFlush;
  // Some tensors of each binding lie at multiples of 64 bytes all the same, others
  // as `placement` says: who looks at one and concludes for all is wrong.
  bool some_aligned = false;
  uint64_t poison_seed = 1;  // of output and workspace prefill and of canaries
  bool nan_poison = true;    // else a huge finite pattern
  bool nan_beside_inputs = false;  // of floats: zero times what is read there is NaN
  std::vector<std::string> environment;
  bool watched = false;     // arguments, environment and paths speak of tools
                            // that look for faults
  bool many_cores = false;  // every core of this machine, not the lane's
  bool two_cores = false;   // the first two of these
};

// The inputs of a timing lane, mapped read-only by every process in it, so that
// all of them are given the same numbers at once.
class InputBuffers {
 public:
  // Room for every shape of `shapes`.
  static Result<InputBuffers> Create(const Task& task,
                                     const std::vector<ShapeCase>& shapes,
                                     Widening widening);
  const std::vector<SharedBuffer>& buffers() const { return buffers_; }

 private:
  std::vector<SharedBuffer> buffers_;
};

struct SessionOptions {
  const Task* task = nullptr;
  std::vector<ShapeCase> shapes;  // every shape it will be bound to
  fs::path library;
  std::string symbol = "ke_run";
  Widening widening = Widening::kNone;
  World world;
  fs::path worker_binary;
  std::vector<int> cpus;
  bool spin = true;
  bool system_libraries = false;  // for baselines: see RunnerOptions
  uint64_t memory_bytes = 4ull << 30;
};

struct HeldCall {
  std::chrono::nanoseconds limit;  // for the call, without the hold
  std::chrono::nanoseconds delay;  // from the call's beginning
  uint64_t bits = 0;               // choose the thread
};

// One thread. Move-only, through unique_ptr.
class Session : public CallOutputs {
 public:
  static Result<std::unique_ptr<Session>> Start(
      Sandbox& sandbox, const SessionOptions& options,
      std::shared_ptr<InputBuffers> inputs, std::optional<Failure>* failure);

  // Maps a shape and runs ke_setup; constants are taken from `inputs`.
  Verdictless Bind(const ShapeCase& shape, const InputSet& inputs);
  // The same, but a process that stands at this shape already is only given new
  // inputs, unless some of them are constants.
  Verdictless Enter(const ShapeCase& shape, const InputSet& inputs);
  // Writes the non-constant inputs into the shared buffers. Constants are left
  // alone, and so are their addresses.
  void WriteInputs(const InputSet& inputs);
  // Fresh poison in outputs and workspace, fresh canaries around them. The
  // workspace's contents are undefined at every call: they may be what the last
  // call left there.
  void Poison(uint64_t seed, bool keep_workspace = false);
  // Poison in a few elements of each output. Everything else stays as the last
  // call left it, as where a caller uses its buffers again, or is zero, as where
  // they are new.
  enum class Beside { kOldContents, kZeros };
  void PoisonSome(uint64_t seed, Beside beside = Beside::kOldContents);
  // Hides some elements of inputs until the next Call begins. Integers lose their
  // order by that: nobody may look at them before.
  void Seal(Random& random);
  // One call of an armed process; it is paused when this returns.
  Verdictless Call(std::chrono::nanoseconds limit, CallReport* report);
  // Arm, and a call during which one of the kernel's threads but the first is held,
  // for a while or until it returns. What all outputs are then is kept. `was_held`: it
  // was until then.
  Verdictless RunHeld(const HeldCall& how, bool* was_held);
  bool WroteAfterReturn() const override;
  // Arm + Call.
  Verdictless Run(std::chrono::nanoseconds limit, CallReport* report);

  RunnerProcess& process() { return *runner_; }
  const SessionOptions& options() const { return options_; }
  const ShapeCase& shape() const { return shape_; }
  const uint8_t* Output(size_t index) const override;
  int64_t OutputElements(size_t index) const override;
  uint64_t PoisonPattern(size_t index) const override;
  std::optional<std::string> BrokenCanary() const override;
  // Host ranges the kernel reads and writes, for the cache flush.
  struct Range {
    const uint8_t* data;
    size_t bytes;
  };
  std::vector<Range> OperandRanges() const;

 private:
  Session() = default;
  Status CreateBuffers();
  size_t HandedElementBytes(DType dtype) const;
  void WriteTensor(size_t index, const std::vector<uint8_t>& raw);
  // Where a tensor lies at the present binding.
  PlacementRule RuleFor(bool output, size_t index) const;
  void FillPoison(SharedBuffer& buffer, const Placement& place, uint64_t seed,
                  uint64_t pattern);

  SessionOptions options_;
  std::shared_ptr<InputBuffers> inputs_;
  std::vector<SharedBuffer> outputs_;
  std::optional<SharedBuffer> workspace_;
  std::unique_ptr<RunnerProcess> runner_;
  bool bound_ = false;
  uint64_t bindings_ = 0;  // so far
  ShapeCase shape_;
  std::vector<Placement> input_places_, output_places_;
  std::vector<uint64_t> output_patterns_;
  uint64_t canary_seed_ = 0;
  SealedElements sealed_;
  ReturnSample sample_;
  std::vector<std::vector<uint8_t>> at_return_;  // of a held call; else empty
};

}  // namespace kernelevolve::worker
