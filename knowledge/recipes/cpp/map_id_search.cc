// ke:recipe map_id_search
// ke:summary id to index in an increasing table by binary search without branches, a group of ids in step so that their loads overlap
// ke:input ids i64 [..., B]
// ke:input table i64 [U] increasing
// ke:output index i64 [..., B]
// ke:option WARM in {1, 0}
// ke:tune GROUP = 16 in {4, 8, 16, 32}
//
// index = 1 + position of the id in the table, 0 if it is not there. The usual
// search waits twice in every step: for the load, and for the branch that the
// processor guesses wrong half of the time. Here a step is a load, a comparison
// and a conditional move, and the steps of a group of ids are independent.
//
//   WARM   1: fetch the table in order first, at the speed of memory, instead
//          of in the order of the searches, at its latency
//   GROUP  ids that are searched in step

#include <kernelevolve/abi.h>

#include <cstdint>

// ke:bindings

namespace {

// All searches narrow the same way, so one `left` serves the group: entry[k] is
// the last entry known to be <= ids[k], or the first of the table.
template <int kGroup>
inline void Search(const int64_t* table, int64_t entries, const int64_t* ids,
                   int64_t* index) {
  const int64_t* entry[kGroup];
  for (int k = 0; k < kGroup; ++k) entry[k] = table;
  for (int64_t left = entries; left > 1;) {
    const int64_t half = left / 2;
#pragma GCC unroll 32
    for (int k = 0; k < kGroup; ++k)
      entry[k] = entry[k][half] <= ids[k] ? entry[k] + half : entry[k];
    left -= half;
  }
  for (int k = 0; k < kGroup; ++k)
    index[k] = *entry[k] == ids[k] ? entry[k] - table + 1 : 0;
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& ids = call->inputs[IN_ids];
  int64_t n = 1;
  for (int i = 0; i < ids.rank; ++i) n *= ids.shape[i];
  const auto* in = (const int64_t*)ids.data;
  auto* out = (int64_t*)call->outputs[OUT_index].data;
  const auto* table = (const int64_t*)call->inputs[IN_table].data;
  const int64_t entries = call->inputs[IN_table].shape[0];

  if (WARM)
    for (int64_t i = 0; i < entries; i += 8) __builtin_prefetch(table + i);
  int64_t i = 0;
  for (; i + GROUP <= n; i += GROUP)
    Search<GROUP>(table, entries, in + i, out + i);
  for (; i < n; ++i) Search<1>(table, entries, in + i, out + i);
  return 0;
}
