// The kept events of a list are counted in 16 bits.
#include <kernelevolve/abi.h>

#include <algorithm>
#include <cstring>

extern "C" int ke_run(const ke_call* call) {
  const int64_t lists = call->inputs[0].shape[0] - 1;
  const int64_t events = call->inputs[1].shape[0] - 1;
  const int64_t items = call->inputs[2].shape[0];
  const auto* outer = static_cast<const int64_t*>(call->inputs[0].data);
  const auto* inner = static_cast<const int64_t*>(call->inputs[1].data);
  const auto* values = static_cast<const float*>(call->inputs[2].data);
  auto* new_outer = static_cast<int64_t*>(call->outputs[0].data);
  auto* new_inner = static_cast<int64_t*>(call->outputs[1].data);
  auto* new_values = static_cast<float*>(call->outputs[2].data);
  const auto most = static_cast<int64_t>(call->attributes[0]);
  int64_t event = 0, item = 0;
  for (int64_t list = 0; list < lists; ++list) {
    new_outer[list] = event;
    const int64_t begin = outer[list];
    const auto kept =
        static_cast<uint16_t>(std::min(outer[list + 1] - begin, most));
    for (int64_t e = begin; e < begin + kept; ++e)
      new_inner[event++] = item + inner[e] - inner[begin];
    const int64_t count = inner[begin + kept] - inner[begin];
    std::copy_n(values + inner[begin], count, new_values + item);
    item += count;
  }
  new_outer[lists] = event;
  for (; event <= events; ++event) new_inner[event] = item;
  std::fill(new_values + item, new_values + items, 0.0f);
  return 0;
}
