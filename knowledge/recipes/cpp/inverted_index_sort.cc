// ke:recipe inverted_index_sort
// ke:summary inverted index by counting sort: 32-bit counters, offsets that leave past the caches, counters and postings fetched ahead
// ke:input offsets i64 [D + 1] offsets
// ke:input ids i64 [N]
// ke:output starts i64 [V + 1]
// ke:output postings i32 [N]
// ke:option RANKS in {0, 1}
// ke:option STREAM in {1, 0}
// ke:tune AHEAD = 0 in {0, 8, 16, 32}
//
// Id t occurs in the documents postings[starts[t]] to postings[starts[t + 1]],
// document d holds the ids from offsets[d] to offsets[d + 1]. Nearly all time
// goes into accesses at random, and of those into stores that miss the cache.
// So counters are 32 bits wide, twice as many to a line; the one long array
// that is written in order, starts, does not pass through the caches; and a
// counter can be fetched some ids ahead.
//
//   RANKS   1: counting also notes how often an id came before, so that placing
//           only reads counters; 0: placing advances a position per id
//   STREAM  1: non-temporal stores of starts; 0: ordinary (read again soon)
//   AHEAD   ids ahead whose counters are prefetched; 0: not at all

#include <immintrin.h>
#include <kernelevolve/abi.h>

#include <algorithm>
#include <cstdint>
#include <utility>

// ke:bindings

namespace {

struct Index {
  const int64_t* offsets;
  const int64_t* ids;
  int64_t documents, total, vocabulary;
  int64_t* starts;
  int32_t* postings;
};

inline void Announce(const Index& index, const int32_t* per_id, int64_t i) {
  if (AHEAD != 0)
    __builtin_prefetch(
        per_id + index.ids[std::min(i + AHEAD, index.total - 1)], 1);
}

void Count(const Index& index, int32_t* counts, int32_t* ranks) {
  std::fill_n(counts, index.vocabulary, 0);
  for (int64_t i = 0; i < index.total; ++i) {
    Announce(index, counts, i);
    const int32_t before = counts[index.ids[i]]++;
    if (RANKS) ranks[i] = before;
  }
}

// Writes starts, and turns counts into positions.
void Sum(const Index& index, int32_t* counts) {
  int64_t* starts = index.starts;
  int32_t sum = 0;
  int64_t t = 0;
  const auto one = [&] {
    starts[t] = sum;
    sum += std::exchange(counts[t++], sum);
  };
#if STREAM && defined(__AVX__)
  while (t < index.vocabulary && (uintptr_t)(starts + t) % 32 != 0) one();
  for (; t + 4 <= index.vocabulary; t += 4) {
    int32_t at[5] = {sum};
    for (int k = 0; k < 4; ++k) at[k + 1] = at[k] + counts[t + k];
    std::copy_n(at, 4, counts + t);
    sum = at[4];
    _mm256_stream_si256((__m256i*)(starts + t),
                        _mm256_setr_epi64x(at[0], at[1], at[2], at[3]));
  }
  _mm_sfence();
#endif
  while (t < index.vocabulary) one();
  starts[t] = sum;
}

void Place(const Index& index, int32_t* positions, const int32_t* ranks) {
  for (int64_t d = 0; d < index.documents; ++d)
    for (int64_t i = index.offsets[d]; i < index.offsets[d + 1]; ++i) {
      Announce(index, positions, i);
      int32_t& position = positions[index.ids[i]];
      index.postings[RANKS ? position + ranks[i] : position++] = (int32_t)d;
    }
}

}  // namespace

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  const int64_t total = call->inputs[IN_ids].shape[0];
  const int64_t vocabulary = call->outputs[OUT_starts].shape[0] - 1;
  return (vocabulary + (RANKS ? total : 0)) * sizeof(int32_t);
}

extern "C" int ke_run(const ke_call* call) {
  const Index index{(const int64_t*)call->inputs[IN_offsets].data,
                    (const int64_t*)call->inputs[IN_ids].data,
                    call->inputs[IN_offsets].shape[0] - 1,
                    call->inputs[IN_ids].shape[0],
                    call->outputs[OUT_starts].shape[0] - 1,
                    (int64_t*)call->outputs[OUT_starts].data,
                    (int32_t*)call->outputs[OUT_postings].data};
  auto* counts = (int32_t*)call->workspace;
  int32_t* ranks = counts + index.vocabulary;
  Count(index, counts, ranks);
  Sum(index, counts);
  Place(index, counts, ranks);
  return 0;
}
