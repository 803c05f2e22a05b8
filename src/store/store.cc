#include "store/store.h"

namespace kernelevolve {

Result<std::vector<Node>> Store::FindNodes() {
  std::vector<Node> nodes;
  RETURN_IF_ERROR(VisitNodes(0, [&](const Node& node) {
    nodes.push_back(node);
    return true;
  }));
  return nodes;
}

}  // namespace kernelevolve
