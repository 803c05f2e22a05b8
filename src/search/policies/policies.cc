#include "search/policies/beam.h"
#include "search/policies/best_of_n.h"
#include "search/policies/chain.h"
#include "search/policies/greedy.h"
#include "search/policies/mcts.h"
#include "search/policies/policy.h"

namespace kernelevolve {
namespace {

struct NamedPolicy {
  const char* name;
  std::unique_ptr<Policy> (*make)();
};

template <typename T>
std::unique_ptr<Policy> Make() {
  return std::make_unique<T>();
}

constexpr NamedPolicy kPolicies[] = {
    {"best-of-n", Make<BestOfN>}, {"chain", Make<Chain>},
    {"greedy", Make<Greedy>},     {"beam", Make<Beam>},
    {"mcts", Make<Mcts>},
};

}  // namespace

std::unique_ptr<Policy> MakePolicy(const std::string& name) {
  for (const NamedPolicy& policy : kPolicies)
    if (name == policy.name) return policy.make();
  return nullptr;
}

std::vector<std::string> PolicyNames() {
  std::vector<std::string> names;
  for (const NamedPolicy& policy : kPolicies) names.push_back(policy.name);
  return names;
}

}  // namespace kernelevolve
