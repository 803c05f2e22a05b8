#include "measure/block_order.h"

#include <numeric>

#include "base/check.h"

namespace kernelevolve::measure {

std::vector<int> PalindromicOrder(int contenders, Random& random) {
  CHECK(contenders >= 1);
  std::vector<int> order(static_cast<size_t>(contenders));
  std::iota(order.begin(), order.end(), 0);
  random.Shuffle(order);
  for (size_t i = order.size(); i-- > 0;) order.push_back(order[i]);
  return order;
}

}  // namespace kernelevolve::measure
