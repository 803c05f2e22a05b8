// GpuOracle: exact answers for a device. Small cases come from the task's
// reference.cc on the CPU, with its error bound; listed shapes, which would take
// a CPU minutes, from reference.py in float64 on the device itself. A task
// without reference.py is answered by reference.cc throughout.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "worker/gpu/judge/device_inputs.h"
#include "worker/gpu/judge/torch_panel.h"
#include "worker/judge/oracle.h"
#include "worker/judge/plain_errors.h"

namespace kernelevolve::worker::gpu {

// The answer of a listed shape, in device memory.
struct DeviceAnswer {
  struct Output {
    std::unique_ptr<LentMemory> exact;  // float64, or integers as declared
    Allowance allowance;
    // What plain code of the contract's dtype is off by: the library's, whose sums
    // are trees, or the reference's, which adds in order.
    PlainError baseline;
  };
  std::vector<Output> outputs;
};

// One per task; one thread.
class GpuOracle {
 public:
  // `torch` may be null: no PyTorch here, or no reference.py.
  GpuOracle(const Driver& driver, int device, DeviceKernels& kernels,
            const Task& task, Oracle* host, TorchPanel* torch)
      : driver_(driver), device_(device), kernels_(kernels), task_(task),
        host_(host), torch_(torch) {}

  // Whether listed shapes are answered on the device.
  bool on_device() const { return torch_ != nullptr; }
  // The inputs must be in their slots. Kept until memory runs short.
  Result<const DeviceAnswer*> Answer(const InputCase& input_case,
                                     const std::string& secret,
                                     TaskMemory& memory);
  // As Answer, for inputs that do not come again: nothing is kept.
  Result<DeviceAnswer> AnswerOnce(const InputCase& input_case,
                                  TaskMemory& memory) {
    return Compute(input_case, memory);
  }
  // Gives back the memory of what was kept. Nobody may hold an answer.
  void DropAnswers();
  // Shapes whose answers are float32, since float64 did not fit the device.
  const std::set<std::string>& narrow() const { return narrow_; }
  // On the host, as for a CPU.
  Result<std::shared_ptr<const Expected>> HostAnswer(const InputCase& input_case,
                                                     const InputSet& inputs,
                                                     const std::string& secret);
  // Inputs of a small case, drawn once for all candidates.
  std::shared_ptr<const InputSet> HostInputs(const InputCase& input_case,
                                             const InputGenerator& generator,
                                             const std::string& secret);
  // Whether plain library code of the contract's dtype makes NaN or infinity of
  // the inputs in `memory` where exact arithmetic does not: then the format
  // itself is too narrow for them, and a kernel may do the same.
  Result<bool> PlainOverflows(const ShapeCase& shape, TaskMemory& memory);
  // Whether plain library code of the contract's dtype makes other whole numbers of
  // the inputs in `memory` than exact arithmetic: equals are no equals then once they
  // are rounded, and a kernel may take another of them, too.
  Result<bool> PlainBreaksTies(const ShapeCase& shape, TaskMemory& memory);
  // What plain library code of the contract's dtype makes of the inputs in `memory`,
  // by output, held against `host`; nothing without a library.
  Result<std::vector<Comparison>> PlainErrors(const ShapeCase& shape,
                                              const Expected& host,
                                              TaskMemory& memory);
  // `host`, with what the reference on the device makes of the inputs in `memory`
  // as the second answer: library code is not always the formula.
  Result<Expected> WithSecond(const ShapeCase& shape, const Expected& host,
                              TaskMemory& memory);
  bool has_error_bound() const { return host_ && host_->has_error_bound(); }
  // Whether bounds of small cases have no room for what a library makes of odd inputs.
  bool library_arbitrates() const { return host_ && host_->tight(); }
  bool has_host() const { return host_ != nullptr; }

 private:
  using Exact = std::vector<std::unique_ptr<LentMemory>>;  // float64, by output

  // What the reference on the device makes of the inputs in `memory`; what plain
  // code makes of them stands in the panel's outputs then.
  Result<Exact> Ask(const ShapeCase& shape, TaskMemory& memory);
  Result<DeviceAnswer> Compute(const InputCase& input_case, TaskMemory& memory);
  Status Finish(const InputCase& input_case, TaskMemory& memory,
                DeviceAnswer& answer);
  struct Serial {  // of sums in order
    std::vector<PlainError> errors;  // by output
    bool measured = false;           // not guessed
  };
  // Asked for once a shape.
  const Serial& SerialErrorsAt(const ShapeCase& shape);

  const Driver& driver_;
  const int device_;
  DeviceKernels& kernels_;
  const Task& task_;
  Oracle* host_;
  TorchPanel* torch_;
  std::map<std::string, std::unique_ptr<DeviceAnswer>> answers_;
  std::list<std::string> oldest_first_;
  uint64_t kept_bytes_ = 0;
  std::set<std::string> narrow_;
  std::map<std::string, std::shared_ptr<const InputSet>> host_inputs_;
  std::map<std::string, Serial> serial_errors_;  // by shape
};

// How often as far as library code one may be off: at declared inputs, and at others
// (as in the ratio test), under which the order of a sum matters more, most at large ones.
double OverLibrary(InputFamily family);

// Ceilings of judge.md 2.3 for a task's outputs, relative.
double DeviceCeiling(const Task& task, DType dtype);

}  // namespace kernelevolve::worker::gpu
