#include <kernelevolve/reference.h>

#include <vector>

template <typename real>
void inverted_index(const ke_call& call) {
  const int64_t documents = ke::extent(call.inputs[0], 0) - 1;
  const int64_t total = ke::extent(call.inputs[1], 0);
  const int64_t vocabulary = ke::extent(call.outputs[0], 0) - 1;
  const int64_t* offsets = ke::input<int64_t>(call, 0);
  const int64_t* ids = ke::input<int64_t>(call, 1);
  int64_t* starts = ke::output<int64_t>(call, 0);
  int32_t* postings = ke::output<int32_t>(call, 1);
  for (int64_t t = 0; t <= vocabulary; ++t) starts[t] = 0;
  for (int64_t i = 0; i < total; ++i) ++starts[ids[i] + 1];
  for (int64_t t = 0; t < vocabulary; ++t) starts[t + 1] += starts[t];
  std::vector<int64_t> next(starts, starts + vocabulary);
  for (int64_t d = 0; d < documents; ++d) {
    for (int64_t i = offsets[d]; i < offsets[d + 1]; ++i) {
      postings[next[ids[i]]++] = static_cast<int32_t>(d);
    }
  }
}

KE_REFERENCE(inverted_index)
