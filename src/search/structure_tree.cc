#include "search/structure_tree.h"

#include <algorithm>

#include "base/check.h"

namespace kernelevolve {
namespace {

// The root's parent: where walks towards the root end.
constexpr StructureId kNowhere = -1;

}  // namespace

StructureTree::StructureTree() {
  Structure root;
  root.parent = kNowhere;
  root.open = 1;
  structures_.push_back(root);
}

StructureId StructureTree::Add(NodeId node, StructureId parent,
                               double fitness) {
  CHECK(parent >= 0 && parent < size());
  const StructureId id = size();
  Structure structure;
  structure.parent = parent;
  structure.depth = at(parent).depth + 1;
  structure.best_node = node;
  structures_.push_back(structure);
  at(parent).children.push_back(id);
  for (StructureId up = id; up != kNowhere; up = at(up).parent) {
    ++at(up).visits;
    ++at(up).open;
  }
  SetFitness(id, node, fitness);
  return id;
}

void StructureTree::SetFitness(StructureId id, NodeId best_node,
                               double fitness) {
  const double change = fitness - at(id).fitness;
  at(id).best_node = best_node;
  at(id).fitness = fitness;
  for (StructureId up = id; up != kNowhere; up = at(up).parent) {
    at(up).fitness_sum += change;
    if (change >= 0)
      at(up).best = std::max(at(up).best, fitness);
    else
      RefreshBest(up);
  }
}

void StructureTree::RefreshBest(StructureId id) {
  double best = at(id).fitness;
  for (const StructureId child : at(id).children)
    best = std::max(best, at(child).best);
  at(id).best = best;
}

void StructureTree::Start(StructureId parent) {
  ++at(parent).in_flight;
  for (StructureId up = parent; up != kNowhere; up = at(up).parent)
    ++at(up).subtree_in_flight;
}

void StructureTree::End(StructureId parent) {
  CHECK(at(parent).in_flight > 0);
  --at(parent).in_flight;
  for (StructureId up = parent; up != kNowhere; up = at(up).parent)
    --at(up).subtree_in_flight;
}

void StructureTree::Arrive(StructureId parent) {
  End(parent);
  at(parent).abandoned_in_row = 0;
}

void StructureTree::Abandon(StructureId parent) {
  End(parent);
  if (++at(parent).abandoned_in_row < kGiveUpAfter || at(parent).closed) return;
  at(parent).closed = true;
  for (StructureId up = parent; up != kNowhere; up = at(up).parent)
    --at(up).open;
}

}  // namespace kernelevolve
