// ke:recipe map_id_bitmap
// ke:summary id to index in an increasing table: a bitmap of the table's range with ranks, two loads and a popcount per id; branch-free search where the table is sparse
// ke:input ids i64 [..., B]
// ke:input table i64 [U] increasing
// ke:output index i64 [..., B]
// ke:option STREAM in {1, 0}
// ke:tune SPREAD = 64 in {8, 16, 64, 256}
// ke:tune GROUP = 8 in {4, 8, 16}
// ke:bindings
//
// index = 1 + position of the id in the table, 0 if it is not there. If the
// table's values lie close together, one sweep over it makes a bitmap of its
// range in which every word also knows how many entries lie below it. An id then
// costs one access to 16 bytes instead of a search, and the bitmap is a fraction
// of the table, so it stays in a fast cache. A table too sparse for that is
// searched: several ids in step and without branches, so that their loads
// overlap.
//
//   STREAM  1: non-temporal stores of index; 0: ordinary (it is read again soon)
//   SPREAD  values of the range per table entry, at most, to take the bitmap
//   GROUP   ids that are searched in step

#include <immintrin.h>
#include <kernelevolve/abi.h>

#include <algorithm>
#include <cstdint>

namespace {

constexpr int64_t kLine = 8;  // indices of a cache line

// Fills index[0, n) with lookup(count, from, to) calls of at most `kCount` ids.
// Whole lines of index go past the caches if STREAM.
template <int kCount, class F>
void ForEach(const int64_t* ids, int64_t* index, int64_t n, F lookup) {
  int64_t i = 0;
  while (i < n && (uintptr_t)(index + i) % 64 != 0)
    lookup(1, ids + i, index + i), ++i;
  for (; i + std::max<int64_t>(kCount, kLine) <= n;) {
    alignas(64) int64_t out[std::max<int64_t>(kCount, kLine)];
    for (int64_t k = 0; k < (int64_t)std::size(out); k += kCount)
      lookup(kCount, ids + i + k, out + k);
#if STREAM && defined(__AVX__)
    for (int64_t k = 0; k < (int64_t)std::size(out); k += 4)
      _mm256_stream_si256((__m256i*)(index + i + k),
                          _mm256_load_si256((const __m256i*)(out + k)));
#else
    std::copy_n(out, std::size(out), index + i);
#endif
    i += std::size(out);
  }
  for (; i < n; ++i) lookup(1, ids + i, index + i);
#if STREAM && defined(__AVX__)
  _mm_sfence();
#endif
}

// 64 neighbouring values: which are in the table, how many entries lie below.
struct Word {
  uint64_t bits;
  int64_t below;
};

void BuildBitmap(const int64_t* table, int64_t entries, Word* words) {
  const uint64_t low = table[0];
  Word word = {0, 0};
  uint64_t at = 0;
  for (int64_t i = 0; i < entries; ++i) {
    const uint64_t offset = (uint64_t)table[i] - low;
    if (offset / 64 != at) {
      words[at++] = word;
      word = {0, i};
      while (at < offset / 64) words[at++] = word;
    }
    word.bits |= 1ull << offset % 64;
  }
  words[at] = word;
}

void LookUp(const Word* words, uint64_t low, uint64_t range, const int64_t* ids,
            int64_t* index, int64_t n) {
  ForEach<1>(ids, index, n, [=](int, const int64_t* id, int64_t* out) {
    const uint64_t offset = (uint64_t)*id - low;
    const bool inside = offset <= range;
    const Word word = words[inside ? offset / 64 : 0];
    const uint64_t from = word.bits >> offset % 64;  // the id's bit and above
    const int64_t rank =
        word.below + __builtin_popcountll(word.bits) - __builtin_popcountll(from);
    *out = (rank + 1) & -(int64_t)(inside & (from & 1));
  });
}

void Search(const int64_t* table, int64_t entries, const int64_t* ids,
            int64_t* index, int64_t n) {
  ForEach<GROUP>(ids, index, n, [=](int count, const int64_t* id,
                                    int64_t* out) {
    int64_t base[GROUP] = {};  // the last entry known to be <= id, or the first
    for (int64_t left = entries; left > 1;) {
      const int64_t half = left / 2;
      for (int k = 0; k < count; ++k)
        base[k] += half & -(int64_t)(table[base[k] + half] <= id[k]);
      left -= half;
    }
    for (int k = 0; k < count; ++k)
      out[k] = (base[k] + 1) & -(int64_t)(table[base[k]] == id[k]);
  });
}

int64_t MostWords(int64_t entries) { return entries * SPREAD / 64 + 1; }

}  // namespace

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  return MostWords(call->inputs[IN_table].shape[0]) * sizeof(Word);
}

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& ids = call->inputs[IN_ids];
  int64_t n = 1;
  for (int i = 0; i < ids.rank; ++i) n *= ids.shape[i];
  const auto* in = (const int64_t*)ids.data;
  auto* out = (int64_t*)call->outputs[OUT_index].data;

  const auto* table = (const int64_t*)call->inputs[IN_table].data;
  const int64_t entries = call->inputs[IN_table].shape[0];
  const uint64_t range = (uint64_t)table[entries - 1] - (uint64_t)table[0];
  if (range / 64 < (uint64_t)MostWords(entries)) {
    auto* words = (Word*)call->workspace;
    BuildBitmap(table, entries, words);
    LookUp(words, table[0], range, in, out, n);
  } else {
    Search(table, entries, in, out, n);
  }
  return 0;
}
