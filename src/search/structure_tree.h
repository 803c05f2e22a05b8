// StructureTree: the structures tried so far, who was made from whom, and the
// statistics that policies choose by. A structure is a source; the nodes that
// only tune its parameters share its place here.
#pragma once

#include <cstdint>
#include <vector>

#include "core/node.h"

namespace kernelevolve {

// Position in the tree: 0 is the root, which is no node of the run but the
// place drafts are made from.
using StructureId = int;

struct Structure {
  StructureId parent = 0;
  int depth = 0;
  std::vector<StructureId> children;
  NodeId best_node = 0;  // with the best parameter values known
  double fitness = 0;    // of best_node; 0 = none of its nodes is accepted
  int in_flight = 0;     // children on their way
  int abandoned_in_row = 0;
  bool closed = false;  // nothing new comes from here any more

  // Over the subtree, itself included.
  int64_t visits = 0;  // structures told, failed ones too
  int64_t subtree_in_flight = 0;
  int64_t open = 0;  // places that are not closed
  double fitness_sum = 0;
  double best = 0;

  int Children() const { return static_cast<int>(children.size()) + in_flight; }
};

// Owned by the search; single-threaded.
class StructureTree {
 public:
  StructureTree();

  StructureId Add(NodeId node, StructureId parent, double fitness);
  // Tuning or a later measurement changed what is known of a structure.
  void SetFitness(StructureId id, NodeId best_node, double fitness);

  // A child of `parent` is on its way; exactly one of the two ends follows.
  void Start(StructureId parent);
  void Arrive(StructureId parent);
  // Nothing came of it. After kGiveUpAfter times in a row `parent` is closed.
  void Abandon(StructureId parent);

  const Structure& operator[](StructureId id) const {
    return structures_[static_cast<size_t>(id)];
  }
  StructureId size() const {
    return static_cast<StructureId>(structures_.size());
  }
  const Structure& root() const { return structures_[0]; }
  double best() const { return root().best; }

  // A duplicate is bad luck, three in a row are a place that is worked out.
  static constexpr int kGiveUpAfter = 3;

 private:
  Structure& at(StructureId id) { return structures_[static_cast<size_t>(id)]; }
  void End(StructureId parent);
  void RefreshBest(StructureId id);

  std::vector<Structure> structures_;
};

}  // namespace kernelevolve
