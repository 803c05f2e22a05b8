// ke:recipe map_id_bitmap
// ke:summary id to index in an increasing table: a bitmap of the table's range with ranks, two loads and a popcount per id; branch-free search where the table is sparse
// ke:input ids i64 [..., B]
// ke:input table i64 [U] increasing
// ke:output index i64 [..., B]
// ke:option STREAM in {1, 0}
// ke:tune SPREAD = 64 in {8, 16, 64, 256}
//
// index = 1 + position of the id in the table, 0 if it is not there. If the
// table's values lie close together, one sweep over it makes a bitmap of its
// range in which every word also knows how many entries lie below it. An id
// then costs one access to 16 bytes instead of a search, and the bitmap is a
// fraction of the table, so it stays in a fast cache. A table too sparse for
// that is searched, without branches and several ids in step, so that their
// loads overlap.
//
//   STREAM  1: non-temporal stores of index; 0: ordinary (read again soon)
//   SPREAD  values of the range per table entry, at most, to take the bitmap

#include <immintrin.h>
#include <kernelevolve/abi.h>

#include <algorithm>
#include <cstdint>
#include <type_traits>

// ke:bindings

namespace {

// Indices of a cache line, a constant even as an argument.
constexpr std::integral_constant<int64_t, 8> kLine;

// Calls lookup(ids, index, count) for lines of index, where count is a
// constant, and for what is left before and behind them. Lines go past the
// caches if STREAM.
template <class F>
void ForEachLine(const int64_t* ids, int64_t* index, int64_t n, F lookup) {
  const int64_t before = (uintptr_t)index / 8 % kLine;
  int64_t i = std::min<int64_t>(n, (kLine - before) % kLine);
  lookup(ids, index, i);
  for (; i + kLine <= n; i += kLine) {
#if STREAM && defined(__AVX__)
    alignas(64) int64_t line[kLine];
    lookup(ids + i, line, kLine);
    for (int64_t k = 0; k < kLine; k += 4)
      _mm256_stream_si256((__m256i*)(index + i + k),
                          _mm256_load_si256((const __m256i*)(line + k)));
#else
    lookup(ids + i, index + i, kLine);
#endif
  }
  lookup(ids + i, index + i, n - i);
#if STREAM && defined(__AVX__)
  _mm_sfence();
#endif
}

// Of 64 neighbouring values: which are entries, and the index of the first
// entry behind them.
struct Word {
  uint64_t bits;
  int64_t end;
};

void BuildBitmap(const int64_t* table, int64_t entries, Word* words) {
  const uint64_t low = table[0];
  uint64_t at = 0, bits = 0;
  for (int64_t i = 0; i < entries; ++i) {
    const uint64_t offset = (uint64_t)table[i] - low;
    if (offset / 64 != at) {
      words[at++] = {bits, i + 1};
      while (at < offset / 64) words[at++] = {0, i + 1};
      bits = 0;
    }
    bits |= 1ull << offset % 64;
  }
  words[at] = {bits, entries + 1};
  words[at + 1] = {0, entries + 1};
}

void LookUp(const Word* words, uint64_t low, uint64_t range, const int64_t* ids,
            int64_t* index, int64_t n) {
  const auto one = [=](int64_t id) {
    // What lies outside looks at the bit behind the range, which is zero.
    const uint64_t offset = std::min((uint64_t)id - low, range + 1);
    const Word word = words[offset / 64];
    const uint64_t upper = word.bits >> offset % 64;  // the id's bit and above
    return (word.end - __builtin_popcountll(upper)) & -(int64_t)(upper & 1);
  };
  ForEachLine(ids, index, n, [=](const int64_t* id, int64_t* out, auto count) {
    for (int k = 0; k < count; ++k) out[k] = one(id[k]);
  });
}

void Search(const int64_t* table, int64_t entries, const int64_t* ids,
            int64_t* index, int64_t n) {
  ForEachLine(ids, index, n, [=](const int64_t* id, int64_t* out, auto count) {
    const int64_t* entry[kLine];  // the last known to be <= id, or the first
    for (int k = 0; k < count; ++k) entry[k] = table;
    for (int64_t left = entries; left > 1;) {
      const int64_t half = left / 2;
      for (int k = 0; k < count; ++k)
        entry[k] = entry[k][half] <= id[k] ? entry[k] + half : entry[k];
      left -= half;
    }
    for (int k = 0; k < count; ++k)
      out[k] = *entry[k] == id[k] ? entry[k] - table + 1 : 0;
  });
}

uint64_t MostWords(int64_t entries) { return entries * SPREAD / 64 + 2; }

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
  if (range / 64 + 2 <= MostWords(entries)) {
    auto* words = (Word*)call->workspace;
    BuildBitmap(table, entries, words);
    LookUp(words, table[0], range, in, out, n);
  } else {
    Search(table, entries, in, out, n);
  }
  return 0;
}
