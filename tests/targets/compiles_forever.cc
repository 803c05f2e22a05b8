// Keeps the compiler busy beyond any patience.
#include <kernelevolve/abi.h>

template <int depth, int path>
struct Tree {
  static constexpr long value =
      Tree<depth - 1, path * 2>::value + Tree<depth - 1, path * 2 + 1>::value;
};
template <int path>
struct Tree<0, path> {
  static constexpr long value = path;
};

extern "C" int ke_run(const ke_call*) {
  return static_cast<int>(Tree<24, 1>::value);
}
