#include "worker/profile/loops.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>
#include <utility>

namespace kernelevolve::worker {
namespace {

// Beyond these a function is no kernel but an attempt to keep us busy.
constexpr size_t kMostBlocks = 4'000;
constexpr int kDeepest = 40;
constexpr size_t kNone = ~size_t{0};

// The basic blocks of a function and their edges.
class FlowGraph {
 public:
  explicit FlowGraph(const Function& function) : function_(function) {
    FindBlocks();
    if (size() <= kMostBlocks) ConnectBlocks();
  }

  size_t size() const { return first_.size(); }
  size_t first(size_t block) const { return first_[block]; }
  // One past the last instruction of a block.
  size_t end(size_t block) const {
    return block + 1 < size() ? first_[block + 1]
                              : function_.instructions.size();
  }
  const std::vector<size_t>& after(size_t block) const { return after_[block]; }
  // Padding that nothing reaches leads nowhere, though it falls through.
  std::vector<size_t> before(size_t block) const;

 private:
  void FindBlocks();
  void ConnectBlocks();
  size_t IndexOf(uint64_t address) const;
  size_t BlockOf(size_t instruction) const;
  bool IsPadding(size_t block) const;
  void Connect(size_t from, size_t to) {
    after_[from].push_back(to);
    before_[to].push_back(from);
  }

  const Function& function_;
  std::vector<size_t> first_;  // instruction of each block
  std::vector<std::vector<size_t>> after_, before_;
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
  const auto next = std::upper_bound(first_.begin(), first_.end(), instruction);
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
  first_.assign(starts.begin(), starts.end());
}

void FlowGraph::ConnectBlocks() {
  after_.resize(size());
  before_.resize(size());
  for (size_t block = 0; block < size(); ++block) {
    const Instruction& last = function_.instructions[end(block) - 1];
    if (!last.ends_path() && block + 1 < size()) Connect(block, block + 1);
    if (!last.is_jump() || !last.target) continue;
    if (const size_t at = IndexOf(*last.target); at != kNone)
      Connect(block, BlockOf(at));
  }
}

bool FlowGraph::IsPadding(size_t block) const {
  if (block == 0 || !before_[block].empty()) return false;
  const auto begin = function_.instructions.begin();
  return std::all_of(begin + static_cast<std::ptrdiff_t>(first(block)),
                     begin + static_cast<std::ptrdiff_t>(end(block)),
                     [](const Instruction& instruction) {
                       return instruction.mnemonic.starts_with("nop") ||
                              instruction.mnemonic == "int3" ||
                              instruction.mnemonic == "xchg";
                     });
}

std::vector<size_t> FlowGraph::before(size_t block) const {
  std::vector<size_t> blocks;
  for (const size_t other : before_[block])
    if (!IsPadding(other)) blocks.push_back(other);
  return blocks;
}

using Blocks = std::vector<size_t>;

// Tarjan's algorithm with a path of its own instead of recursion.
class CycleSearch {
 public:
  using Leads = std::function<bool(size_t, size_t)>;
  CycleSearch(const FlowGraph& graph, Leads leads)
      : graph_(graph),
        leads_(std::move(leads)),
        number_(graph.size(), kNone),
        low_(graph.size(), 0),
        open_(graph.size(), false) {}

  void From(size_t start, std::vector<Blocks>* cycles) {
    if (number_[start] != kNone) return;
    Push(start);
    while (!path_.empty()) {
      const size_t block = path_.back().first;
      const auto& after = graph_.after(block);
      if (path_.back().second < after.size()) {
        Follow(block, after[path_.back().second++]);
        continue;
      }
      path_.pop_back();
      if (!path_.empty())
        low_[path_.back().first] =
            std::min(low_[path_.back().first], low_[block]);
      if (low_[block] == number_[block]) Take(block, cycles);
    }
  }

 private:
  void Push(size_t block) {
    number_[block] = low_[block] = next_++;
    open_[block] = true;
    stack_.push_back(block);
    path_.emplace_back(block, 0);
  }
  void Follow(size_t from, size_t to) {
    if (!leads_(from, to)) return;
    if (number_[to] == kNone)
      Push(to);
    else if (open_[to])
      low_[from] = std::min(low_[from], number_[to]);
  }
  void Take(size_t root, std::vector<Blocks>* cycles) {
    Blocks part;
    do {
      part.push_back(stack_.back());
      open_[stack_.back()] = false;
      stack_.pop_back();
    } while (part.back() != root);
    const auto& after = graph_.after(root);
    const bool itself =
        std::count(after.begin(), after.end(), root) > 0 && leads_(root, root);
    if (part.size() == 1 && !itself) return;
    std::sort(part.begin(), part.end());
    cycles->push_back(std::move(part));
  }

  const FlowGraph& graph_;
  Leads leads_;
  std::vector<size_t> number_, low_;
  std::vector<bool> open_;
  Blocks stack_;
  std::vector<std::pair<size_t, size_t>> path_;  // block, next edge
  size_t next_ = 0;
};

// Loops are what is strongly connected; those inside one are what still is when
// no edge leads back to where it is entered.
class LoopFinder {
 public:
  explicit LoopFinder(const FlowGraph& graph)
      : graph_(graph), region_(graph.size(), 0), closed_(graph.size(), false) {}

  // Calls `visit(blocks, innermost)` for each loop among `blocks`; true if
  // there is one.
  template <typename Visit>
  bool Find(const Blocks& blocks, int depth, const Visit& visit);

 private:
  // Strongly connected parts of `blocks`, which share a region, that hold a
  // cycle.
  std::vector<Blocks> Cycles(const Blocks& blocks) const;
  bool Leads(size_t from, size_t to) const {
    return region_[from] == region_[to] && !closed_[to];
  }
  // Marks `blocks` as a region of their own, closed to edges back to its
  // entries.
  void Enclose(const Blocks& blocks);

  const FlowGraph& graph_;
  std::vector<int> region_;
  std::vector<bool> closed_;
  int regions_ = 0;
};

std::vector<Blocks> LoopFinder::Cycles(const Blocks& blocks) const {
  std::vector<Blocks> cycles;
  CycleSearch search(
      graph_, [this](size_t from, size_t to) { return Leads(from, to); });
  for (const size_t block : blocks) search.From(block, &cycles);
  std::sort(cycles.begin(), cycles.end());
  return cycles;
}

void LoopFinder::Enclose(const Blocks& blocks) {
  ++regions_;
  for (const size_t block : blocks) region_[block] = regions_;
  bool entered = false;
  for (const size_t block : blocks)
    for (const size_t before : graph_.before(block))
      if (region_[before] != regions_) {
        closed_[block] = true;
        entered = true;
      }
  // One that nothing enters is entered from an indirect jump, say.
  if (!entered) closed_[blocks.front()] = true;
}

template <typename Visit>
bool LoopFinder::Find(const Blocks& blocks, int depth, const Visit& visit) {
  const std::vector<Blocks> cycles = Cycles(blocks);
  for (const Blocks& cycle : cycles) {
    Enclose(cycle);
    const bool inner = depth < kDeepest && Find(cycle, depth + 1, visit);
    visit(cycle, !inner);
  }
  return !cycles.empty();
}

}  // namespace

LoopNest FindLoops(const Function& function) {
  LoopNest nest;
  nest.depth.assign(function.instructions.size(), 0);
  if (function.instructions.empty()) return nest;
  const FlowGraph graph(function);
  if (graph.size() > kMostBlocks) return nest;
  Blocks all(graph.size());
  std::iota(all.begin(), all.end(), 0);
  LoopFinder(graph).Find(all, 1, [&](const Blocks& blocks, bool innermost) {
    std::vector<size_t> instructions;
    for (const size_t block : blocks)
      for (size_t i = graph.first(block); i < graph.end(block); ++i) {
        ++nest.depth[i];
        instructions.push_back(i);
      }
    if (innermost) nest.innermost.push_back(std::move(instructions));
  });
  return nest;
}

}  // namespace kernelevolve::worker
