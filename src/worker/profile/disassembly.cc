#include "worker/profile/disassembly.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace kernelevolve::worker {
namespace {

constexpr std::array<std::string_view, 16> kPrefixes = {
    "notrack", "bnd", "lock", "rep", "repz",   "repnz",  "cs",    "ds",
    "es",      "fs",  "gs",   "ss",  "data16", "addr32", "{vex}", "{evex}"};

// The hexadecimal number at the start of `text`, which is advanced past it.
std::optional<uint64_t> TakeHex(std::string_view& text) {
  uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

std::string_view TakeWord(std::string_view& text) {
  text = Trim(text);
  const std::string_view word = text.substr(0, text.find_first_of(" \t"));
  text = Trim(text.substr(word.size()));
  return word;
}

// "1200 <name+0x10>" or "1200 <name>": number and name.
void ReadTarget(std::string_view text, Instruction* instruction) {
  text = Trim(text);
  if (text.starts_with("0x")) text.remove_prefix(2);
  const auto target = TakeHex(text);
  text = Trim(text);
  if (!target || !text.starts_with("<") || !text.ends_with(">")) return;
  instruction->target = target;
  text = text.substr(1, text.size() - 2);
  instruction->target_name = text.substr(0, text.rfind("+0x"));
}

// At commas outside of parentheses.
std::vector<std::string_view> SplitOperands(std::string_view text) {
  std::vector<std::string_view> operands;
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (text[i] != ',' || depth > 0) continue;
    operands.push_back(Trim(text.substr(begin, i - begin)));
    begin = i + 1;
  }
  const std::string_view last = Trim(text.substr(std::min(begin, text.size())));
  if (!last.empty()) operands.push_back(last);
  return operands;
}

// "    1200:\tvaddps (%rdi),%ymm0,%ymm0   # 2000 <table>"
std::optional<Instruction> ReadInstruction(std::string_view line) {
  std::string_view text = Trim(line);
  Instruction instruction;
  const auto address = TakeHex(text);
  if (!address || !text.starts_with(":")) return std::nullopt;
  instruction.address = *address;
  text.remove_prefix(1);
  do {
    instruction.mnemonic = TakeWord(text);
  } while (
      std::count(kPrefixes.begin(), kPrefixes.end(), instruction.mnemonic));
  if (instruction.mnemonic.empty() || instruction.mnemonic == "(bad)")
    return std::nullopt;
  const bool goes = (instruction.is_call() || instruction.is_jump()) &&
                    !text.starts_with("*");
  if (goes) {
    ReadTarget(text, &instruction);
    return instruction;
  }
  if (const size_t comment = text.find("# "); comment != text.npos) {
    ReadTarget(text.substr(comment + 2), &instruction);
    text = text.substr(0, comment);
  }
  instruction.operands = SplitOperands(text);
  return instruction;
}

// "0000000000001200 <name>:"
std::optional<Function> ReadHead(std::string_view line) {
  Function function;
  const auto address = TakeHex(line);
  if (!address || !line.starts_with(" <") || !line.ends_with(">:"))
    return std::nullopt;
  function.address = *address;
  function.name = line.substr(2, line.size() - 4);
  return function;
}

// "/ke/build/kernel.cc:12 (discriminator 2)": 12 if the file's name is
// `source`, 0 for another file; nullopt if the text is no place at all.
std::optional<int> ReadPlace(std::string_view text, std::string_view source) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  int line = 0;
  const auto number =
      std::from_chars(text.data() + colon + 1, text.data() + text.size(), line);
  if (number.ec != std::errc()) return std::nullopt;
  const std::string_view path = text.substr(0, colon);
  return path.substr(path.rfind('/') + 1) == source ? line : 0;
}

}  // namespace

Disassembly ReadDisassembly(std::string_view text, std::string_view source,
                            size_t limit) {
  Disassembly functions;
  size_t kept = 0;
  int place = 0;
  for (const std::string_view line : Split(text, '\n')) {
    if (kept >= limit) break;
    if (line.empty()) continue;
    if (line[0] != ' ') {
      if (auto head = ReadHead(line))
        functions.push_back(*std::move(head));
      else
        place = ReadPlace(line, source).value_or(place);
      continue;
    }
    auto instruction = ReadInstruction(line);
    if (!instruction || functions.empty()) continue;
    instruction->line = place;
    functions.back().instructions.push_back(*std::move(instruction));
    ++kept;
  }
  return functions;
}

bool SameCode(const Disassembly& a, const Disassembly& b) {
  const auto same = [](const Instruction& x, const Instruction& y) {
    return x.address == y.address && x.mnemonic == y.mnemonic;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](const Function& x, const Function& y) {
                      return std::equal(
                          x.instructions.begin(), x.instructions.end(),
                          y.instructions.begin(), y.instructions.end(), same);
                    });
}

}  // namespace kernelevolve::worker
