#include "worker/profile/instruction_mix.h"

#include <algorithm>
#include <array>

namespace kernelevolve::worker {
namespace {

using std::string_view;

template <size_t n>
bool StartsWithAny(string_view text, const std::array<string_view, n>& starts) {
  return std::any_of(starts.begin(), starts.end(), [&](string_view start) {
    return text.starts_with(start);
  });
}

// The mnemonic without the v of its VEX and EVEX form.
string_view Bare(string_view mnemonic) {
  if (mnemonic.starts_with("v") && mnemonic.size() > 3)
    mnemonic.remove_prefix(1);
  return mnemonic;
}

bool Names(const Instruction& instruction, string_view what) {
  return std::any_of(
      instruction.operands.begin(), instruction.operands.end(),
      [&](string_view operand) { return operand.find(what) != operand.npos; });
}

bool IsMemory(string_view operand) { return operand.find('(') != operand.npos; }

// Moves of one number, which need no vector unit's arithmetic.
bool MovesOne(string_view bare) {
  constexpr std::array<string_view, 7> kMoves = {
      "movss", "movsd", "movq", "movhp", "movlp", "pinsr", "pextr"};
  return bare == "movd" || StartsWithAny(bare, kMoves);
}

// Arithmetic, comparison or conversion of one floating number.
bool IsScalarFp(string_view bare) {
  if (bare.starts_with("p") || MovesOne(bare) || bare.starts_with("broadcast"))
    return false;
  const bool ends =
      bare.ends_with("ss") || bare.ends_with("sd") || bare.ends_with("sh");
  return ends || bare.starts_with("cvtsi2s") || bare.starts_with("cvtss2") ||
         bare.starts_with("cvtsd2") || bare.starts_with("cvttss2") ||
         bare.starts_with("cvttsd2");
}

bool IsFma(string_view bare) {
  constexpr std::array<string_view, 6> kFma = {"fmadd",  "fmsub",  "fnmadd",
                                               "fnmsub", "dpbf16", "pdp"};
  return StartsWithAny(bare, kFma);
}

bool IsDivide(const Instruction& instruction, string_view bare) {
  return bare.starts_with("div") || bare.starts_with("sqrt") ||
         instruction.mnemonic.starts_with("idiv");
}

bool IsShuffle(const Instruction& instruction, string_view bare) {
  constexpr std::array<string_view, 15> kShuffles = {
      "perm",     "shuf",     "pshuf",  "unpck", "punpck",
      "insertf",  "inserti",  "palign", "align", "compress",
      "extractf", "extracti", "pack",   "movhl", "movlh"};
  if (StartsWithAny(bare, kShuffles)) return true;
  const bool broadcast =
      bare.starts_with("broadcast") || bare.starts_with("pbroadcast");
  return broadcast && !instruction.operands.empty() &&
         !IsMemory(instruction.operands[0]);
}

// Reads its last operand and writes none, or only flags.
bool OnlyReads(string_view bare) {
  constexpr std::array<string_view, 11> kReaders = {
      "cmp", "test", "ptest", "ucomis", "comis", "push",
      "div", "idiv", "mul",   "imul",   "bt"};
  return StartsWithAny(bare, kReaders);
}

// Writes its last operand without reading it.
bool OnlyWrites(string_view bare) {
  constexpr std::array<string_view, 10> kWriters = {
      "mov",     "set",      "extract", "pextr",    "cvtps2ph",
      "maskmov", "pmaskmov", "pmov",    "compress", "pcompress"};
  return StartsWithAny(bare, kWriters);
}

bool TouchesNoMemory(string_view mnemonic) {
  constexpr std::array<string_view, 4> kNone = {"lea", "nop", "prefetch",
                                                "clfl"};
  return StartsWithAny(mnemonic, kNone);
}

// A fixed place on the stack: no index, so no array of the kernel's own.
bool IsStackSlot(string_view operand, bool frame_pointer) {
  const size_t open = operand.find('(');
  if (open == operand.npos) return false;
  const string_view inside =
      operand.substr(open + 1, operand.find(')') - open - 1);
  return inside == "%rsp" || (frame_pointer && inside == "%rbp");
}

void CountMemory(const Instruction& instruction, string_view bare,
                 bool frame_pointer, InstructionMix* mix) {
  if (TouchesNoMemory(instruction.mnemonic)) return;
  const auto& operands = instruction.operands;
  for (size_t i = 0; i < operands.size(); ++i) {
    if (!IsMemory(operands[i])) continue;
    const bool last = i + 1 == operands.size();
    const bool reads = !last || !OnlyWrites(bare);
    const bool writes = last && !OnlyReads(bare);
    mix->loads += reads;
    mix->stores += writes;
    mix->spills += IsStackSlot(operands[i], frame_pointer);
  }
  mix->streams += bare.starts_with("movnt") && !bare.starts_with("movntdqa");
}

void CountWork(const Instruction& instruction, string_view bare,
               InstructionMix* mix) {
  mix->fma += IsFma(bare);
  mix->divides += IsDivide(instruction, bare);
  mix->shuffles += IsShuffle(instruction, bare);
  if (Names(instruction, "%zmm"))
    ++mix->vector512;
  else if (Names(instruction, "%ymm"))
    ++mix->vector256;
  else if (Names(instruction, "%xmm") && IsScalarFp(bare))
    ++mix->scalar_fp;
  else if (Names(instruction, "%xmm") && !MovesOne(bare))
    ++mix->vector128;
}

}  // namespace

bool HasFramePointer(const Function& function) {
  // The prologue sets it up, if at all, among its first instructions.
  constexpr size_t kPrologue = 24;
  const size_t end = std::min(kPrologue, function.instructions.size());
  for (size_t i = 0; i < end; ++i) {
    const Instruction& instruction = function.instructions[i];
    if (instruction.mnemonic == "mov" && instruction.operands.size() == 2 &&
        instruction.operands[0] == "%rsp" && instruction.operands[1] == "%rbp")
      return true;
  }
  return false;
}

void CountInstruction(const Instruction& instruction, bool frame_pointer,
                      InstructionMix* mix) {
  if (instruction.mnemonic.starts_with("nop")) return;
  ++mix->instructions;
  if (instruction.is_call()) {
    ++mix->calls;
    return;
  }
  if (instruction.is_jump()) return;
  const string_view bare = Bare(instruction.mnemonic);
  CountWork(instruction, bare, mix);
  if (bare.starts_with("gather") || bare.starts_with("pgather") ||
      bare.starts_with("scatter") || bare.starts_with("pscatter"))
    ++mix->gathers;
  else
    CountMemory(instruction, bare, frame_pointer, mix);
}

}  // namespace kernelevolve::worker
