#include "worker/timing/roofs.h"

#include <immintrin.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/json.h"
#include "worker/timing/cache.h"
#include "worker/timing/lane.h"

namespace kernelevolve::worker {
namespace {

using Clock = std::chrono::steady_clock;

double Seconds(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Twelve independent chains hide the latency of a fused multiply-add on every
// core that has two units of up to six cycles.
constexpr int kChains = 12;
constexpr int kRounds = 20'000;

#define KE_DEFINE_FMA(name, isa, type, lanes, set1, fma, add)                  \
  __attribute__((target(isa))) double name() {                                 \
    type chain[kChains];                                                       \
    const type x = set1(0.999f), y = set1(1e-3f);                              \
    for (auto& c : chain) c = x;                                               \
    const auto start = Clock::now();                                           \
    for (int r = 0; r < kRounds; ++r) {                                        \
      _Pragma("GCC unroll 12") for (int c = 0; c < kChains; ++c) chain[c] =    \
          fma(chain[c], x, y);                                                 \
      asm volatile("" : "+v"(chain[0]));                                       \
    }                                                                          \
    const double seconds = Seconds(start);                                     \
    type sum = chain[0];                                                       \
    for (int c = 1; c < kChains; ++c) sum = add(sum, chain[c]);                \
    asm volatile("" : : "v"(sum));                                             \
    return 2.0 * lanes * kChains * kRounds / seconds;                          \
  }

KE_DEFINE_FMA(Fma256F32, "avx2,fma", __m256, 8, _mm256_set1_ps, _mm256_fmadd_ps,
              _mm256_add_ps)
KE_DEFINE_FMA(Fma256F64, "avx2,fma", __m256d, 4, _mm256_set1_pd, _mm256_fmadd_pd,
              _mm256_add_pd)
KE_DEFINE_FMA(Fma512F32, "avx512f", __m512, 16, _mm512_set1_ps, _mm512_fmadd_ps,
              _mm512_add_ps)
KE_DEFINE_FMA(Fma512F64, "avx512f", __m512d, 8, _mm512_set1_pd, _mm512_fmadd_pd,
              _mm512_add_pd)
#undef KE_DEFINE_FMA

// Without vector fused multiply-adds: a bound no such core reaches.
constexpr double kScalarFlops = 64e9;

double BestFlops(bool f32) {
  double best = 0;
  for (int round = 0; round < 12; ++round) {
    double flops = kScalarFlops;
    if (__builtin_cpu_supports("avx512f"))
      flops = f32 ? Fma512F32() : Fma512F64();
    else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
      flops = f32 ? Fma256F32() : Fma256F64();
    best = std::max(best, flops);
  }
  return best;
}

__attribute__((target("avx2"))) void ReadAll(const uint8_t* data, size_t bytes) {
  __m256i sum[4] = {};
  for (size_t at = 0; at + 128 <= bytes; at += 128)
    for (int i = 0; i < 4; ++i)
      sum[i] = _mm256_xor_si256(
          sum[i], _mm256_loadu_si256(
                      reinterpret_cast<const __m256i*>(data + at + 32 * i)));
  asm volatile("" : : "v"(sum[0]), "v"(sum[1]), "v"(sum[2]), "v"(sum[3]));
}

__attribute__((target("avx2"))) void CopyAll(const uint8_t* from, uint8_t* to,
                                             size_t bytes, bool streaming) {
  for (size_t at = 0; at + 32 <= bytes; at += 32) {
    const __m256i value =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + at));
    auto* target = reinterpret_cast<__m256i*>(to + at);
    if (streaming)
      _mm256_stream_si256(target, value);
    else
      _mm256_storeu_si256(target, value);
  }
  _mm_sfence();
}

// Bytes per second of compulsory traffic, as the tasks count it, in the cache
// state that the judge makes before a timed call.
double ColdBytes(size_t bytes) {
  std::vector<uint8_t> from_storage(bytes + 64, 1), to_storage(bytes + 64, 2);
  const auto aligned = [](std::vector<uint8_t>& v) {
    return v.data() + (64 - reinterpret_cast<uintptr_t>(v.data()) % 64) % 64;
  };
  uint8_t* from = aligned(from_storage);
  uint8_t* to = aligned(to_storage);
  double best = 0;
  for (int round = 0; round < 15; ++round)
    for (int mode = 0; mode < 3; ++mode) {
      FlushLines(from, bytes);
      FlushLines(to, bytes);
      const auto start = Clock::now();
      mode == 0 ? ReadAll(from, bytes) : CopyAll(from, to, bytes, mode == 2);
      const double moved = static_cast<double>(bytes) * (mode == 0 ? 1 : 2);
      best = std::max(best, moved / Seconds(start));
    }
  return best;
}

double HotBytes() {
  constexpr size_t kBytes = 16 << 10;
  std::vector<uint8_t> buffer(kBytes, 1);
  double best = 0;
  for (int round = 0; round < 200; ++round) {
    const auto start = Clock::now();
    for (int i = 0; i < 16; ++i) ReadAll(buffer.data(), kBytes);
    best = std::max(best, 16.0 * kBytes / Seconds(start));
  }
  return best;
}

Json ToJson(const Roofs& roofs) {
  return {{"flops_f32", roofs.flops_f32},
          {"flops_f64", roofs.flops_f64},
          {"bytes_cold", roofs.bytes_cold},
          {"bytes_hot", roofs.bytes_hot},
          {"cold_to_hot", roofs.cold_to_hot}};
}

std::optional<Roofs> ReadRoofs(const fs::path& file) {
  const auto text = ReadFile(file);
  if (!text) return std::nullopt;
  const auto json = ParseJson(*text);
  if (!json) return std::nullopt;
  Roofs roofs;
  for (const auto& [key, value] :
       {std::pair{"flops_f32", &roofs.flops_f32},
        std::pair{"flops_f64", &roofs.flops_f64},
        std::pair{"bytes_cold", &roofs.bytes_cold},
        std::pair{"bytes_hot", &roofs.bytes_hot},
        std::pair{"cold_to_hot", &roofs.cold_to_hot}}) {
    *value = GetNumber(*json, key).value_or(0);
    if (!(*value > 0) || !std::isfinite(*value)) return std::nullopt;
  }
  return roofs;
}

}  // namespace

Roofs MeasureRoofs(int cpu) {
  const PinnedThread pinned(cpu);
  Roofs roofs;
  roofs.flops_f32 = BestFlops(true);
  roofs.flops_f64 = BestFlops(false);
  // Small and large: what fits a write buffer or a cache half-way is quicker.
  roofs.bytes_cold = std::max(ColdBytes(256 << 10), ColdBytes(4 << 20));
  roofs.bytes_hot = std::max(HotBytes(), roofs.bytes_cold);
  // What fits the second-level cache shows the difference best.
  roofs.cold_to_hot = ColdToHotRatio(256 << 10);
  return roofs;
}

Roofs LoadOrMeasureRoofs(const fs::path& file, int cpu) {
  if (const auto known = ReadRoofs(file)) return *known;
  const Roofs roofs = MeasureRoofs(cpu);
  // Others on this machine may reuse it; if not, they measure themselves.
  (void)WriteFileAtomic(file, DumpJson(ToJson(roofs)));
  return roofs;
}

double SpeedOfLightUs(const Task& task, const ShapeCase& shape,
                      const Roofs& roofs) {
  if (!task.flops && !task.bytes) return 0;
  const Expression::Bindings dims = BindDims(shape);
  const double flops = task.flops ? task.flops->Evaluate(dims).value_or(0) : 0;
  const double bytes = task.bytes ? task.bytes->Evaluate(dims).value_or(0) : 0;
  bool doubles = false;
  for (const TensorSpec& output : task.outputs)
    doubles |= output.dtype == DType::kF64;
  const double cores = task.objective.cores;
  const double flop_roof = (doubles ? roofs.flops_f64 : roofs.flops_f32) * cores;
  const double byte_roof =
      (task.objective.cold_cache ? roofs.bytes_cold : roofs.bytes_hot) * cores;
  return 1e6 * std::max(flops / flop_roof, bytes / byte_roof);
}

}  // namespace kernelevolve::worker
