#include "propose/llm/verdict_advice.h"

namespace kernelevolve {

std::string AdviceFor(Code code) {
  switch (code) {
    case Code::kContract:
      return "Export ke_run exactly as the ABI says and keep every ke:tune line "
             "well formed.";
    case Code::kBuildFailed:
      return "Repair the first compiler error; include what the code uses, "
             "call nothing that is not declared.";
    case Code::kBuildTamper:
      return "Include system headers and kernelevolve/abi.h only; embed no "
             "files, no assembler directives.";
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
    case Code::kAliasedOutput:
      return "Write outputs into the given buffers only.";
    case Code::kShapeOverfit:
      return "Derive every bound from the call's shapes: other shapes of the "
             "domain are judged as well, odd and tiny ones too.";
    case Code::kInputOverfit:
      return "Assume nothing about values beyond the declared ranges.";
    case Code::kOob:
      return "An access left its buffer: mask the tail instead of reading or "
             "writing a whole vector; buffers end flush at a guard page.";
    case Code::kUninit:
      return "The workspace and outputs hold garbage at every call: write "
             "before reading.";
    case Code::kRace:
      return "Two threads touch the same element without an order.";
    case Code::kNondet:
      return "Fix the order of the additions: the task demands equal bits.";
    case Code::kCrash:
    case Code::kGpuFault:
      return "Find the bad address, division or alignment: tensors are aligned "
             "to their element only.";
    case Code::kRunFailed:
      return "ke_run must return 0.";
    case Code::kLaunchFail:
      return "Use fewer threads, registers or less shared memory per block.";
    case Code::kTimeout:
      return "A loop does not end, or the work grows faster than the shape.";
    case Code::kResource:
      return "Use less memory, fewer threads, a smaller artefact.";
    case Code::kPhaseBranch:
    case Code::kReplay:
    case Code::kBatchSkip:
    case Code::kDecoy:
    case Code::kWarmupGaming:
      return "Compute everything afresh in every call; keep nothing between "
             "calls but what ke_setup made from constant inputs.";
    case Code::kDelegation:
      return "Do the work in the kernel itself, without a library.";
    case Code::kAsyncEscape:
    case Code::kDeferred:
      return "All work must be done when ke_run returns.";
    case Code::kImpossibleSpeed:
      return "Faster than the machine can be: part of the work is missing.";
    default:
      return "";
  }
}

}  // namespace kernelevolve
