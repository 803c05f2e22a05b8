// What objdump says of an artefact, read: functions and their instructions. The
// text describes a hostile file, so nothing in it is relied on. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kernelevolve::worker {

struct Instruction {
  uint64_t address = 0;
  std::string_view mnemonic;  // without prefixes such as "lock"
  std::vector<std::string_view>
      operands;  // AT&T order: the last one is written
  // Where a direct jump or call goes, or what a rip-relative operand means.
  std::optional<uint64_t> target;
  std::string_view target_name;  // "memcpy@plt", without offset; may be empty
  int line = 0;  // of the source; 0 if it is of another file, or not known

  bool is_call() const { return mnemonic.starts_with("call"); }
  // Any jump, direct or not, conditional or not.
  bool is_jump() const { return mnemonic.starts_with("j"); }
  bool is_plain_jump() const { return mnemonic.starts_with("jmp"); }
  bool ends_path() const {
    return is_plain_jump() || mnemonic.starts_with("ret") ||
           mnemonic.starts_with("ud2") || mnemonic == "hlt";
  }
};

struct Function {
  std::string_view name;
  uint64_t address = 0;
  std::vector<Instruction> instructions;
};

// Views into the text it was made from, which must outlive it.
using Disassembly = std::vector<Function>;

// Of `objdump -d --no-show-raw-insn`, or with -l, which names source lines:
// those of the file `source` are kept. What makes no sense is skipped; at most
// `limit` instructions are kept.
Disassembly ReadDisassembly(std::string_view text, std::string_view source = "",
                            size_t limit = 200'000);

// Whether both hold the same instructions at the same addresses.
bool SameCode(const Disassembly& a, const Disassembly& b);

}  // namespace kernelevolve::worker
