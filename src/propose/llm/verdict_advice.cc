#include "propose/llm/verdict_advice.h"

namespace kernelevolve {
namespace {

std::string OnTheSource(Code code) {
  switch (code) {
    case Code::kContract:
      return "Answer with the whole file, define the entry point exactly as "
             "the rules of the language say, keep every ke:tune line well "
             "formed.";
    case Code::kBuildFailed:
      return "Repair the first compiler error; include what the code uses, "
             "call nothing that is not declared.";
    case Code::kBuildTamper:
      return "Include system headers and kernelevolve/abi.h only; embed no "
             "files, no assembler directives.";
    case Code::kNoDevice:
      return "It builds, and no device was there to run it: go by registers, "
             "shared memory and occupancy.";
    case Code::kWeakTask:  // reserved: said of tasks, in no verdict
      return "The task accepts trivial kernels, which is no fault of this one: "
             "compute what the reference says.";
    default:
      return "";
  }
}

std::string OnTheResult(Code code) {
  switch (code) {
    case Code::kWrongOutput:
      return "Check indices, strides, the reduction axis and tails at the first "
             "differing element before anything about speed.";
    case Code::kOutputNotWritten:
      return "Some output elements were never written: cover the tail of every "
             "loop, and shapes smaller than one tile.";
    case Code::kNonfinite:
      return "Let NaN and infinities propagate as the reference does; guard "
             "exp and division against overflow, do not use -ffast-math tricks.";
    case Code::kPrecision:
      return "Accumulate in the contract's precision or better; use several "
             "accumulators or pairwise sums, and polynomials good to a few ulps.";
    case Code::kInputMutated:
      return "Inputs are read-only; copy into the workspace what must change.";
    case Code::kAliasedOutput:  // reserved
      return "Write outputs into the given buffers only.";
    case Code::kShapeOverfit:
      return "Derive every bound from the call's shapes: other shapes of the "
             "domain are judged as well, odd and tiny ones too.";
    case Code::kInputOverfit:
      return "Assume nothing about values that the task does not declare: no "
             "order, no sign, no zeros in some places, no smallest size.";
    default:
      return "";
  }
}

std::string OnTheProgram(Code code) {
  switch (code) {
    case Code::kOob:
      return "An access left its buffer: mask the tail instead of reading or "
             "writing a whole vector; buffers end flush at a guard page.";
    case Code::kUninit:
      return "The workspace and outputs hold garbage at every call: write "
             "before reading.";
    case Code::kRace:
      return "Two threads touch the same element without an order: put a "
             "barrier between writing and reading shared memory, give each "
             "element one owner or add atomically, join before returning.";
    case Code::kNondet:
      return "Fix the order of the additions: the task demands equal bits.";
    case Code::kCrash:
      return "Find the bad address, division or alignment: tensors are aligned "
             "to their element only.";
    case Code::kRunFailed:
      return "The entry point must return 0 (Python: not raise): check every "
             "condition under which it gives up, unusual shapes first.";
    case Code::kLaunchFail:
      return "The device refuses the launch: use fewer threads, registers or "
             "less shared memory per block, and raise the limit of dynamic "
             "shared memory before a launch that needs more.";
    case Code::kGpuFault:
      return "It failed on the device: look for vector accesses that are not "
             "aligned to their width, traps and asserts, and instructions that "
             "this device lacks.";
    case Code::kTimeout:
      return "A loop does not end, or the work grows faster than the shape.";
    case Code::kResource:
      return "Use less memory, fewer threads, a smaller artefact; free in each "
             "call what it allocates.";
    default:
      return "";
  }
}

std::string OnTheMeasurement(Code code) {
  switch (code) {
    case Code::kPhaseBranch:
      return "It behaves otherwise where it believes itself watched: let "
             "nothing but shapes, attributes and tensor values decide what it "
             "does.";
    case Code::kReplay:
      return "It gave an answer of an earlier call: compute everything afresh "
             "in every call; keep nothing but what ke_setup made from constant "
             "inputs.";
    case Code::kBatchSkip:
      return "Do the whole work within each call: nothing ahead of it, and no "
             "call left out.";
    case Code::kWarmupGaming:  // reserved
      return "Do the same work in the first call and in every later one.";
    case Code::kNoDeviceWork:  // reserved
      return "Nothing ran on the device: launch kernels of your own there.";
    case Code::kDelegation:
      return "Do the work in the kernel itself, without a library.";
    case Code::kDecoy:
      return "Its own kernels contribute nothing to the output: let them do "
             "the whole work, the host only launches them.";
    case Code::kAsyncEscape:
      return "All work must be done when the call returns: join threads or "
             "let them sleep, launch on the given stream only.";
    case Code::kDeferred:  // reserved
      return "All work must be done when the call returns: compute what is "
             "owed there, not when somebody reads it.";
    case Code::kClockTamper:
      return "Leave clocks, timers and counters alone, and compute only.";
    case Code::kImpossibleSpeed:
      return "Faster than the machine can be: part of the work is missing.";
    case Code::kResidency:
      return "Read inputs and write outputs where the call says, in each call; "
             "keep no copies of them elsewhere.";
    case Code::kSabotage:
      return "Leave the process as it was found: restore rounding and "
             "flush-to-zero before returning, touch nobody else's state.";
    default:
      return "";
  }
}

std::string OnTheJudge(Code code) {
  switch (code) {
    case Code::kHarnessTamper:  // reserved
    case Code::kResultForgery:
      return "Write to outputs and workspace only; leave descriptors and "
             "memory that the call does not name alone.";
    case Code::kEarlyExit:
      return "Return from the entry point: no exit, abort or assert.";
    case Code::kSandbox:
      return "Make no system calls beyond memory and threads: no processes, "
             "files or sockets.";
    case Code::kContamination:  // reserved
      return "Derive the result from this call's inputs, from nothing that "
             "was known before.";
    default:
      return "";
  }
}

// What is no fault of a kernel.
std::string OnTheWorld(Code code) {
  switch (code) {
    case Code::kOk:
      return "It is right: what remains is to make it faster.";
    case Code::kNoisy:
      return "It could not be timed, which is no fault of its own: go by the "
             "profile, or make each call longer than the noise.";
    case Code::kModelLost:
      return "No kernel was written here: write one.";
    case Code::kWorkerLost:
      return "The judge was lost over it, perhaps by no fault of its own: use "
             "less memory and fewer threads, and let every loop end.";
    default:
      return "";
  }
}

}  // namespace

std::string AdviceFor(Code code) {
  for (const auto advice : {OnTheSource, OnTheResult, OnTheProgram,
                            OnTheMeasurement, OnTheJudge, OnTheWorld})
    if (std::string text = advice(code); !text.empty()) return text;
  return "";
}

}  // namespace kernelevolve
