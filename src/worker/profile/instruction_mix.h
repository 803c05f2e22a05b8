// What one instruction of x86-64 counts as in an InstructionMix. Pure.
#pragma once

#include "core/profile.h"
#include "worker/profile/disassembly.h"

namespace kernelevolve::worker {

// True if rbp is the function's frame pointer; else it is a register like any
// other.
bool HasFramePointer(const Function& function);

// `frame_pointer`: that places relative to rbp are on the stack.
void CountInstruction(const Instruction& instruction, bool frame_pointer,
                      InstructionMix* mix);

}  // namespace kernelevolve::worker
