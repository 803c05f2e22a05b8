#include "worker/profile/loops.h"

#include <algorithm>
#include <map>
#include <set>

namespace kernelevolve::worker {
namespace {

// Beyond these a function is no kernel but an attempt to keep us busy.
constexpr size_t kMostBlocks = 4'000;
constexpr size_t kMostLoops = 200;
constexpr int kMostPasses = 50;
constexpr size_t kNone = ~size_t{0};

// Basic blocks, their edges and who dominates whom. Block 0 is a root of our
// own before the function's entry.
class FlowGraph {
 public:
  explicit FlowGraph(const Function& function) : function_(function) {
    FindBlocks();
    if (size() > kMostBlocks) return;
    ConnectBlocks();
    EnterAll();
    OrderBlocks();
    FindDominators();
  }

  size_t size() const { return first_.size(); }
  // One past the last instruction of a block.
  size_t end(size_t block) const {
    return block + 1 < size() ? first_[block + 1]
                              : function_.instructions.size();
  }
  size_t first(size_t block) const { return first_[block]; }

  // Head → all blocks of its loop.
  std::map<size_t, std::set<size_t>> Loops() const;

 private:
  void FindBlocks();
  void ConnectBlocks();
  // Connects the root to the entry and to what is out of reach from there.
  void EnterAll();
  // Whether nothing in a block does anything: it fills a gap between others.
  bool IsPadding(size_t block) const;
  void OrderBlocks();
  void FindDominators();
  size_t IndexOf(uint64_t address) const;
  size_t BlockOf(size_t instruction) const;
  size_t Meet(size_t a, size_t b) const;
  bool Dominates(size_t above, size_t below) const;
  void Connect(size_t from, size_t to) {
    after_[from].push_back(to);
    before_[to].push_back(from);
  }

  const Function& function_;
  std::vector<size_t> first_;  // instruction; of the root: that of the entry
  std::vector<std::vector<size_t>> after_, before_;
  std::vector<size_t> order_;     // blocks in reverse postorder
  std::vector<size_t> position_;  // in order_; kNone for padding
  std::vector<size_t> dominator_;
};

size_t FlowGraph::IndexOf(uint64_t address) const {
  const auto& all = function_.instructions;
  const auto found = std::lower_bound(
      all.begin(), all.end(), address,
      [](const Instruction& i, uint64_t value) { return i.address < value; });
  if (found == all.end() || found->address != address) return kNone;
  return static_cast<size_t>(found - all.begin());
}

size_t FlowGraph::BlockOf(size_t instruction) const {
  const auto next =
      std::upper_bound(first_.begin() + 1, first_.end(), instruction);
  return static_cast<size_t>(next - first_.begin()) - 1;
}

void FlowGraph::FindBlocks() {
  std::set<size_t> starts = {0};
  for (size_t i = 0; i < function_.instructions.size(); ++i) {
    const Instruction& instruction = function_.instructions[i];
    if (!instruction.is_jump() && !instruction.ends_path()) continue;
    if (i + 1 < function_.instructions.size()) starts.insert(i + 1);
    if (!instruction.target) continue;
    if (const size_t at = IndexOf(*instruction.target); at != kNone)
      starts.insert(at);
  }
  first_ = {0};
  first_.insert(first_.end(), starts.begin(), starts.end());
}

void FlowGraph::ConnectBlocks() {
  after_.resize(size());
  before_.resize(size());
  for (size_t block = 1; block < size(); ++block) {
    const Instruction& last = function_.instructions[end(block) - 1];
    if (!last.ends_path() && block + 1 < size()) Connect(block, block + 1);
    if (!last.is_jump() || !last.target) continue;
    if (const size_t at = IndexOf(*last.target); at != kNone)
      Connect(block, BlockOf(at));
  }
}

bool FlowGraph::IsPadding(size_t block) const {
  const auto begin = function_.instructions.begin();
  return std::all_of(
      begin + static_cast<std::ptrdiff_t>(first(block)),
      begin + static_cast<std::ptrdiff_t>(end(block)),
      [](const Instruction& instruction) {
        return instruction.mnemonic.starts_with("nop") ||
               instruction.mnemonic == "int3" ||
               (instruction.mnemonic == "xchg" &&
                instruction.operands.size() == 2 &&
                instruction.operands[0] == instruction.operands[1]);
      });
}

void FlowGraph::EnterAll() {
  std::vector<bool> seen(size(), false);
  std::vector<size_t> open;
  for (size_t entry = 1; entry < size(); ++entry) {
    if (seen[entry] || (entry > 1 && IsPadding(entry))) continue;
    Connect(0, entry);
    open.push_back(entry);
    while (!open.empty()) {
      const size_t block = open.back();
      open.pop_back();
      if (seen[block]) continue;
      seen[block] = true;
      open.insert(open.end(), after_[block].begin(), after_[block].end());
    }
  }
}

void FlowGraph::OrderBlocks() {
  std::vector<bool> seen(size(), false);
  std::vector<std::pair<size_t, size_t>> path = {{0, 0}};  // block, next edge
  seen[0] = true;
  while (!path.empty()) {
    auto& [block, edge] = path.back();
    if (edge == after_[block].size()) {
      order_.push_back(block);
      path.pop_back();
      continue;
    }
    const size_t next = after_[block][edge++];
    if (seen[next]) continue;
    seen[next] = true;
    path.emplace_back(next, 0);
  }
  std::reverse(order_.begin(), order_.end());
  position_.assign(size(), kNone);
  for (size_t i = 0; i < order_.size(); ++i) position_[order_[i]] = i;
}

size_t FlowGraph::Meet(size_t a, size_t b) const {
  while (a != b) {
    while (position_[a] > position_[b]) a = dominator_[a];
    while (position_[b] > position_[a]) b = dominator_[b];
  }
  return a;
}

void FlowGraph::FindDominators() {
  dominator_.assign(size(), kNone);
  dominator_[0] = 0;
  bool changed = true;
  for (int pass = 0; changed && pass < kMostPasses; ++pass) {
    changed = false;
    for (const size_t block : order_) {
      if (block == 0) continue;
      size_t meet = kNone;
      for (const size_t before : before_[block]) {
        if (dominator_[before] == kNone) continue;
        meet = meet == kNone ? before : Meet(before, meet);
      }
      changed |= dominator_[block] != meet;
      dominator_[block] = meet;
    }
  }
}

bool FlowGraph::Dominates(size_t above, size_t below) const {
  while (below != above && below != 0) below = dominator_[below];
  return below == above;
}

std::map<size_t, std::set<size_t>> FlowGraph::Loops() const {
  std::map<size_t, std::set<size_t>> loops;
  if (size() > kMostBlocks) return loops;
  for (const size_t latch : order_)
    for (const size_t head : after_[latch]) {
      if (position_[head] > position_[latch] || !Dominates(head, latch) ||
          loops.size() >= kMostLoops)
        continue;
      std::set<size_t>& body = loops[head];
      body.insert(head);
      std::vector<size_t> open = {latch};
      while (!open.empty()) {
        const size_t block = open.back();
        open.pop_back();
        if (position_[block] == kNone || !body.insert(block).second) continue;
        open.insert(open.end(), before_[block].begin(), before_[block].end());
      }
    }
  return loops;
}

bool HoldsAnother(const std::map<size_t, std::set<size_t>>& loops, size_t head,
                  const std::set<size_t>& body) {
  return std::any_of(loops.begin(), loops.end(), [&](const auto& other) {
    return other.first != head && body.count(other.first);
  });
}

}  // namespace

LoopNest FindLoops(const Function& function) {
  LoopNest nest;
  nest.depth.assign(function.instructions.size(), 0);
  if (function.instructions.empty()) return nest;
  const FlowGraph graph(function);
  const auto loops = graph.Loops();
  for (const auto& [head, body] : loops) {
    std::vector<size_t> instructions;
    for (const size_t block : body)
      for (size_t i = graph.first(block); i < graph.end(block); ++i) {
        ++nest.depth[i];
        instructions.push_back(i);
      }
    if (!HoldsAnother(loops, head, body))
      nest.innermost.push_back(std::move(instructions));
  }
  return nest;
}

}  // namespace kernelevolve::worker
