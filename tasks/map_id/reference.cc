#include <kernelevolve/reference.h>

template <typename real>
void map_id(const ke_call& call) {
  const int64_t batch = ke::extent(call.inputs[0], 0);
  const int64_t unique = ke::extent(call.inputs[1], 0);
  const int64_t* ids = ke::input<int64_t>(call, 0);
  const int64_t* table = ke::input<int64_t>(call, 1);
  int64_t* index = ke::output<int64_t>(call, 0);
  for (int64_t i = 0; i < batch; ++i) {
    int64_t low = 0, high = unique;  // the first entry >= ids[i] is in between
    while (low < high) {
      const int64_t middle = (low + high) / 2;
      if (table[middle] < ids[i]) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    index[i] = low < unique && table[low] == ids[i] ? low + 1 : 0;
  }
}

KE_REFERENCE(map_id)
