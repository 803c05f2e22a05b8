// Gates G2 to G4 on a device: is the kernel right, everywhere the task says it
// must be? The same cases as on a CPU (worker/judge/correctness.h); listed shapes
// are compared where they lie, small ones on the host with the reference's own
// error bound.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/launch_plan.h"
#include "worker/gpu/host/host_code.h"
#include "worker/gpu/judge/gpu_oracle.h"
#include "worker/gpu/judge/kernel_processes.h"
#include "worker/gpu/judge/open_pairs.h"
#include "worker/judge/checks.h"
#include "worker/judge/correctness.h"
#include "worker/judge/settled_answers.h"

namespace kernelevolve::worker::gpu {

// A candidate's plan with the shapes it was recorded for.
struct PlannedKernel {
  std::vector<ShapeCase> shapes;  // parallel to plan.shapes
  LaunchPlan plan;
  // Tier H: no plan could be recorded, and this is run in its place. The plan's
  // shapes then hold workspaces alone.
  std::optional<HostCode> host;

  const ShapePlan* For(const ShapeCase& shape) const;
};

// One candidate. One thread, which has the device's context current.
class GpuCorrectness {
 public:
  struct Parts {
    const Driver& driver;
    DeviceKernels& kernels;
    const Task& task;
    TaskMemory& memory;
    GpuOracle& oracle;
    KernelProcesses& processes;
  };
  GpuCorrectness(const Parts& parts, std::string secret, const CheckSet& checks)
      : parts_(parts), secret_(secret), checks_(checks),
        inputs_(parts.driver, parts.kernels, parts.task, secret) {}

  Verdictless Run(const PlannedKernel& kernel, const CorrectnessPlan& plan,
                  Evidence* evidence);

  struct Row {
    ShapeCase shape;
    bool listed = false;
    int calls = 0;   // about; few where nothing can be kept from call to call
    int values = 0;  // they come again: their answers are there already
  };
  // Bound once, in the second process, and called exactly so many times: what is wrong
  // in the first call that is.
  Verdictless CallsAt(const PlannedKernel& kernel, const Row& row, Evidence* evidence);

 private:
  struct Seen {  // what world one made of a case
    Circumstances where;
    uint64_t digest = 0;
    bool listed = false;
  };

  // How a call is made.
  struct Manner {
    bool bind = true;       // at its shape; else it is bound
    bool over_old = false;  // what the call before left is there, not poison
    bool as_used = false;   // host code itself, not what was captured of it
    int in_a_row = 1;       // as many without a pause, of which the last counts
  };

  struct Failed {  // where the first wrong values were seen
    InputCase input_case;
    bool listed = false;
    bool repeats = false;  // an earlier call's answer, be it nothing but NaN
  };

  Verdictless FirstWorld(const PlannedKernel& kernel, const CorrectnessPlan& plan);
  Verdictless SecondWorld(const PlannedKernel& kernel);
  // What is left of it where no reference answers on the host: calls at the first
  // of the listed shapes.
  Verdictless OnTheDeviceAlone(GpuSession& session, const PlannedKernel& kernel,
                               const CorrectnessPlan& plan);
  // Rows with many equal values, where indices must be the first of them.
  Verdictless EqualValues(GpuSession& session, const PlannedKernel& kernel,
                          const ShapeCase& shape);
  Verdictless Try(GpuSession& session, const PlannedKernel& kernel,
                  const Circumstances& where, bool listed, const Manner& manner);
  // On the device or on the host, wherever its answer is.
  Verdictless TryWhere(GpuSession& session, const PlannedKernel& kernel,
                       const Circumstances& where, bool listed, const Manner& manner,
                       uint64_t* digest);
  Verdictless TryListed(GpuSession& session, const PlannedKernel& kernel,
                        const Circumstances& where, const Manner& manner,
                        uint64_t* digest);
  Verdictless TrySmall(GpuSession& session, const PlannedKernel& kernel,
                       const Circumstances& where, const Manner& manner,
                       uint64_t* digest);
  // Whether the kernel is bound where this case would bind it, to the same constants.
  bool IsBoundFor(const InputCase& one) const;
  // As `manner` says, at a shape that is bound.
  Verdictless Call(GpuSession& session, const Manner& manner);
  Verdictless CallSweep(GpuSession& session, const PlannedKernel& kernel,
                        const Row& row);
  // At a listed shape: quick calls of a plan that keeps `state`, and nudges.
  Verdictless CloseCalls(GpuSession& session, const PlannedKernel& kernel,
                         const ShapeCase& shape, bool state);
  // At a listed shape, as fast as they can be issued.
  Verdictless QuickCalls(GpuSession& session, const PlannedKernel& kernel,
                         const ShapeCase& shape);
  Verdictless Nudge(GpuSession& session, const PlannedKernel& kernel,
                    const CorrectnessPlan& plan);
  // The same at a listed shape, where nobody knows which changes the answer shows:
  // several elements at once. The answer before the change is in the outputs then.
  Verdictless NudgeListed(GpuSession& session, const PlannedKernel& kernel,
                          const ShapeCase& shape);
  // A kernel may make NaN or infinity of this case's values elsewhere than the
  // reference where the format is too narrow, or two references differ themselves.
  Verdictless LookAgain(GpuSession& session, const PlannedKernel& kernel,
                        const Circumstances& where, bool on_device,
                        const Failure& failure);
  // Of a case at a small shape, by the reference on the host.
  Result<std::shared_ptr<const Expected>> SmallAnswer(const InputCase& input_case);
  // Of inputs that are in their slots.
  Result<Expected> BothAnswers(const InputCase& input_case, const InputSet& inputs);
  // The outputs of a small call against both references.
  Verdictless HoldToEither(GpuSession& session, const Circumstances& where,
                           const Failure& failure);
  // The outputs of a small call against a bound that the library's own answer is within.
  Verdictless HoldToLibrary(GpuSession& session, const Circumstances& where,
                            const Failure& failure);
  // The outputs, within the bound, against what the library itself errs: where the bound
  // knows nothing of errors that cancel it is too wide to tell.
  Verdictless HoldBesideLibrary(const GpuSession& session, const Circumstances& where,
                                const Expected& expected);
  // Those of a listed one, which the first would take minutes for, against what
  // the two agree about at small shapes.
  Verdictless HoldToAgreed(GpuSession& session, const PlannedKernel& kernel,
                           const Circumstances& where, const Failure& failure);
  // By output.
  Result<std::vector<OpenPairs>> OpenAtSmallShapes(GpuSession& session,
                                                   const InputCase& like);
  // A fault says what happened only after a second look.
  Failure ExplainFault(const PlannedKernel& kernel, const Circumstances& where,
                       const Failure& failure);
  // A wrong output may be a remembered, an unfinished or a skipped one.
  Verdictless Rename(GpuSession& session, const PlannedKernel& kernel,
                     const Circumstances& where, uint64_t digest, bool on_device,
                     const Failure& failure);
  // Whether one of the next calls writes something.
  Result<bool> WritesAtLast(GpuSession& session);
  // Of the outputs as they are now, made as the digest of a call was.
  Result<uint64_t> DigestNow(GpuSession& session, bool on_device) const;
  // Wrong values may be right under other circumstances: says which.
  Verdictless NameByTrials(const PlannedKernel& kernel,
                           const CorrectnessPlan& plan, const Failure& failure);
  Verdictless Name(const PlannedKernel& kernel, const CorrectnessPlan& plan,
                   const Failure& failure);
  // What fails after other calls only is no matter of its values.
  Verdictless NameByHistory(const PlannedKernel& kernel, const Failure& failure);
  // What was right at listed shapes is tried there once more, before an unlisted
  // one is blamed.
  Verdictless NameByListed(const PlannedKernel& kernel, const CorrectnessPlan& plan,
                           const Failure& failure);
  // Whether NaN and infinities are all that is wrong.
  Verdictless NameByPlainValues(const PlannedKernel& kernel, const Failure& failure);
  // What failed is wrong there, too, so that it is no matter of `failure`'s own case.
  Verdictless NameByTrial(const PlannedKernel& kernel, const Failed& tried,
                          const std::string& which, const Failure& failure);
  // The failed call again, several times: does it answer alike?
  Result<bool> AnswersDiffer(const PlannedKernel& kernel, int repeats);
  // What is wrong in the failed case where a process has met no other.
  Verdictless FailsAfresh(const PlannedKernel& kernel);
  // After all other calls: a small call that was right at first, of what can count.
  Verdictless LikeAtFirst(const PlannedKernel& kernel);
  // Whether host code is right where tools seem to watch it, and only there.
  Result<bool> BehavesWatched(const PlannedKernel& kernel);
  // What is wrong in one call, in a session of its own.
  Verdictless Trial(KernelProcess& process, const PlannedKernel& kernel,
                    const InputCase& input_case, bool listed);

  Parts parts_;
  std::string secret_;
  CheckSet checks_;
  DeviceInputs inputs_;
  Evidence* evidence_ = nullptr;
  ShapeCase probe_;  // of calls that look at one thing
  std::vector<ShapeCase> small_;  // the same, and short rows
  std::vector<Seen> seen_;
  std::vector<uint64_t> earlier_;  // digests of this session's outputs
  std::set<std::string> right_shapes_;  // in this session
  std::optional<Failed> failed_;
  std::optional<InputCase> bound_;  // what the kernel was bound to last
  uint64_t poison_ = 1;
};

// Where tensors lie and what memory holds in the first of two worlds.
World FirstWorldRules();

}  // namespace kernelevolve::worker::gpu
