#include "worker/profile/hot_loops.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "worker/profile/instruction_mix.h"
#include "worker/profile/loops.h"

namespace kernelevolve::worker {
namespace {

constexpr int kDeepest = 6;
constexpr size_t kKept = 6;
constexpr size_t kNameBytes = 80, kCallees = 4, kLines = 40;
// The longest instruction there is: where the last one of a function ends.
constexpr uint64_t kInstructionBytes = 15;

// Who calls whom, and how deep inside loops.
class CallGraph {
 public:
  explicit CallGraph(const Disassembly& functions) : functions_(functions) {
    for (const Function& function : functions)
      nests_.push_back(FindLoops(function));
    depth_.assign(functions.size(), -1);
  }

  void ReachFrom(std::string_view entry);
  void ReachAll() { std::fill(depth_.begin(), depth_.end(), 0); }
  // Loops around every call of it; -1 if it is not reached.
  int depth(size_t function) const { return depth_[function]; }
  const LoopNest& nest(size_t function) const { return nests_[function]; }

 private:
  // The function that `address` lies in, or functions_.size().
  size_t At(uint64_t address) const;

  const Disassembly& functions_;
  std::vector<LoopNest> nests_;
  std::vector<int> depth_;
};

size_t CallGraph::At(uint64_t address) const {
  for (size_t i = 0; i < functions_.size(); ++i)
    if (!functions_[i].instructions.empty() &&
        functions_[i].address <= address &&
        address <= functions_[i].instructions.back().address)
      return i;
  return functions_.size();
}

void CallGraph::ReachFrom(std::string_view entry) {
  std::vector<size_t> open;
  for (size_t i = 0; i < functions_.size(); ++i)
    if (functions_[i].name == entry) {
      depth_[i] = 0;
      open.push_back(i);
    }
  while (!open.empty()) {
    const size_t caller = open.back();
    open.pop_back();
    const Function& function = functions_[caller];
    for (size_t i = 0; i < function.instructions.size(); ++i) {
      // A lea hands a function to somebody who calls it: a thread pool, say.
      const Instruction& instruction = function.instructions[i];
      if (!instruction.target ||
          (!instruction.is_call() && !instruction.is_jump() &&
           instruction.mnemonic != "lea"))
        continue;
      const size_t callee = At(*instruction.target);
      if (callee == functions_.size() || callee == caller) continue;
      const int depth =
          std::min(kDeepest, depth_[caller] + nests_[caller].depth[i]);
      // Deeper only ever: so this ends, recursion or not.
      if (depth <= depth_[callee]) continue;
      depth_[callee] = depth;
      open.push_back(callee);
    }
  }
}

// Into a library, or by a pointer: what it costs is not in any loop of ours.
// Copies and fills are mostly of remainders.
bool LeavesCode(const Instruction& call) {
  if (call.target_name.starts_with("mem")) return false;
  return !call.target || call.target_name.find("@plt") != std::string::npos;
}

// Rough cycles of an iteration. Wider loops come first of equals: the narrow
// one is the remainder.
double Score(const HotLoop& loop, int library_calls) {
  const InstructionMix& mix = loop.mix;
  const double cycles = 0.3 * mix.instructions + 5.0 * mix.divides +
                        8.0 * mix.gathers + 15.0 * library_calls;
  return cycles * (1 + mix.vector_bits() / 256.0) *
         std::pow(8.0, std::min(loop.depth, kDeepest));
}

void NoteCallee(const Instruction& instruction,
                std::vector<std::string>* callees) {
  if (callees->size() >= kCallees) return;
  std::string_view name = instruction.target_name;
  name = name.substr(0, name.find('@'));
  std::string text = name.empty()
                         ? "a pointer"
                         : Sanitize(name.substr(0, kNameBytes), kNameBytes);
  if (std::find(callees->begin(), callees->end(), text) == callees->end())
    callees->push_back(std::move(text));
}

FoundLoop Describe(const Function& function, const LoopNest& nest,
                   const std::vector<size_t>& body, int outer) {
  FoundLoop found;
  HotLoop& loop = found.loop;
  loop.function = Sanitize(function.name.substr(0, kNameBytes), kNameBytes);
  const auto& all = function.instructions;
  loop.offset = all[body.front()].address - function.address;
  const bool frame_pointer = HasFramePointer(function);
  int library_calls = 0;
  for (const size_t i : body) {
    CountInstruction(all[i], frame_pointer, &loop.mix);
    if (all[i].is_call()) NoteCallee(all[i], &loop.callees);
    library_calls += all[i].is_call() && LeavesCode(all[i]);
    if (all[i].line > 0) loop.lines.push_back(all[i].line);
    const uint64_t end = i + 1 < all.size()
                             ? all[i + 1].address
                             : all[i].address + kInstructionBytes;
    if (!found.ranges.empty() && found.ranges.back().second == all[i].address)
      found.ranges.back().second = end;
    else
      found.ranges.emplace_back(all[i].address, end);
  }
  std::sort(loop.lines.begin(), loop.lines.end());
  loop.lines.erase(std::unique(loop.lines.begin(), loop.lines.end()),
                   loop.lines.end());
  if (loop.lines.size() > kLines) loop.lines.resize(kLines);
  loop.depth = outer + nest.depth[body.front()];
  found.score = Score(loop, library_calls);
  return found;
}

std::vector<FoundLoop> LoopsOf(const Disassembly& functions,
                               const CallGraph& graph) {
  std::vector<FoundLoop> loops;
  for (size_t i = 0; i < functions.size(); ++i)
    if (graph.depth(i) >= 0)
      for (const std::vector<size_t>& body : graph.nest(i).innermost)
        loops.push_back(
            Describe(functions[i], graph.nest(i), body, graph.depth(i)));
  std::stable_sort(loops.begin(), loops.end(),
                   [](auto& a, auto& b) { return a.score > b.score; });
  return loops;
}

}  // namespace

std::vector<FoundLoop> FindHotLoops(const Disassembly& functions,
                                    std::string_view entry) {
  CallGraph graph(functions);
  graph.ReachFrom(entry);
  auto loops = LoopsOf(functions, graph);
  if (!loops.empty()) return loops;
  graph.ReachAll();
  return LoopsOf(functions, graph);
}

void RankBySamples(const std::vector<uint64_t>& addresses, size_t elsewhere,
                   std::vector<FoundLoop>* loops) {
  if (addresses.empty()) return;
  for (FoundLoop& found : *loops) {
    const auto inside = [&](uint64_t address) {
      return std::any_of(
          found.ranges.begin(), found.ranges.end(), [&](const auto& range) {
            return range.first <= address && address < range.second;
          });
    };
    found.loop.share = static_cast<double>(std::count_if(
                           addresses.begin(), addresses.end(), inside)) /
                       static_cast<double>(addresses.size() + elsewhere);
  }
  std::stable_sort(loops->begin(), loops->end(), [](auto& a, auto& b) {
    return a.loop.share > b.loop.share;
  });
}

std::vector<HotLoop> KeepHottest(const std::vector<FoundLoop>& loops) {
  // Less of the hottest is a remainder or set-up.
  constexpr double kWorthKeeping = 0.03;
  std::vector<HotLoop> kept;
  for (const FoundLoop& found : loops) {
    if (kept.size() >= kKept) break;
    const FoundLoop& first = loops.front();
    const bool sampled = first.loop.share > 0;
    const double relative = sampled ? found.loop.share / first.loop.share
                                    : found.score / first.score;
    if (relative >= kWorthKeeping) kept.push_back(found.loop);
  }
  return kept;
}

}  // namespace kernelevolve::worker
