#include "worker/timing/roofs.h"

#include <immintrin.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "base/json.h"
#include "worker/timing/cache.h"
#include "worker/timing/lane.h"
#include "worker/timing/matrix_units.h"

namespace kernelevolve::worker {
namespace {

using Clock = std::chrono::steady_clock;

double Seconds(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Twelve independent chains hide the latency of a fused multiply-add on every
// core that has two units of up to six cycles. Written out: a loop over an array
// may be left in memory, and then measures that.
constexpr int kChains = 12;
constexpr int kRounds = 20'000;

#define KE_TWELVE(step) \
  step(0) step(1) step(2) step(3) step(4) step(5) \
  step(6) step(7) step(8) step(9) step(10) step(11)
#define KE_DEFINE_FMA(name, isa, type, lanes, set1, fma)                       \
  __attribute__((target(isa))) double name() {                                 \
    const type x = set1(0.999f), y = set1(1e-3f);                              \
    type c0 = x, c1 = x, c2 = x, c3 = x, c4 = x, c5 = x, c6 = x, c7 = x,       \
         c8 = x, c9 = x, c10 = x, c11 = x;                                     \
    const auto start = Clock::now();                                           \
    for (int r = 0; r < kRounds; ++r) {                                        \
      KE_TWELVE(KE_STEP_##fma)                                                 \
      KE_TWELVE(KE_KEEP)                                                       \
    }                                                                          \
    return 2.0 * lanes * kChains * kRounds / Seconds(start);                   \
  }
// Each chain by itself: to the compiler they are the same twelve times over.
#define KE_KEEP(i) asm volatile("" : "+v"(c##i));
#define KE_STEP__mm256_fmadd_ps(i) c##i = _mm256_fmadd_ps(c##i, x, y);
#define KE_STEP__mm256_fmadd_pd(i) c##i = _mm256_fmadd_pd(c##i, x, y);
#define KE_STEP__mm512_fmadd_ps(i) c##i = _mm512_fmadd_ps(c##i, x, y);
#define KE_STEP__mm512_fmadd_pd(i) c##i = _mm512_fmadd_pd(c##i, x, y);

KE_DEFINE_FMA(Fma256F32, "avx2,fma", __m256, 8, _mm256_set1_ps, _mm256_fmadd_ps)
KE_DEFINE_FMA(Fma256F64, "avx2,fma", __m256d, 4, _mm256_set1_pd, _mm256_fmadd_pd)
KE_DEFINE_FMA(Fma512F32, "avx512f", __m512, 16, _mm512_set1_ps, _mm512_fmadd_ps)
KE_DEFINE_FMA(Fma512F64, "avx512f", __m512d, 8, _mm512_set1_pd, _mm512_fmadd_pd)
#undef KE_DEFINE_FMA
#undef KE_TWELVE

// Without vector fused multiply-adds: a bound no such core reaches.
constexpr double kScalarFlops = 64e9;

double Flops(bool f32) {
  if (__builtin_cpu_supports("avx512f")) return f32 ? Fma512F32() : Fma512F64();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return f32 ? Fma256F32() : Fma256F64();
  return kScalarFlops;
}

// Both by turns and with naps between: a neighbour on the core's other thread takes
// half of some milliseconds. After a nap the core is slow at first.
void MeasureFlops(Roofs* roofs) {
  constexpr int kRoundsOfAll = 12, kToWarm = 10, kOfEach = 4;
  for (int round = 0; round < kRoundsOfAll; ++round) {
    for (int i = 0; i < kToWarm; ++i) (void)Flops(i % 2);
    for (int i = 0; i < kOfEach; ++i) {
      roofs->flops_f32 = std::max(roofs->flops_f32, Flops(true));
      roofs->flops_f64 = std::max(roofs->flops_f64, Flops(false));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

__attribute__((target("avx2"))) void ReadAll(const uint8_t* data, size_t bytes) {
  __m256i a = {}, b = {}, c = {}, d = {};
  for (size_t at = 0; at + 128 <= bytes; at += 128) {
    const auto* from = reinterpret_cast<const __m256i*>(data + at);
    a = _mm256_xor_si256(a, _mm256_loadu_si256(from));
    b = _mm256_xor_si256(b, _mm256_loadu_si256(from + 1));
    c = _mm256_xor_si256(c, _mm256_loadu_si256(from + 2));
    d = _mm256_xor_si256(d, _mm256_loadu_si256(from + 3));
  }
  asm volatile("" : : "v"(a), "v"(b), "v"(c), "v"(d));
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
  MeasureFlops(&roofs);
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

Roofs Higher(const Roofs& a, const Roofs& b) {
  Roofs higher;
  higher.flops_f32 = std::max(a.flops_f32, b.flops_f32);
  higher.flops_f64 = std::max(a.flops_f64, b.flops_f64);
  higher.bytes_cold = std::max(a.bytes_cold, b.bytes_cold);
  higher.bytes_hot = std::max(a.bytes_hot, b.bytes_hot);
  higher.cold_to_hot = std::max(a.cold_to_hot, b.cold_to_hot);
  return higher;
}

TaskRoofs RoofsOf(const Task& task, const Roofs& roofs) {
  bool doubles = false;
  for (const TensorSpec& output : task.outputs)
    doubles |= output.dtype == DType::kF64;
  const double cores = task.objective.cores;
  return {
      .flops = (doubles ? roofs.flops_f64 : roofs.flops_f32) * cores,
      .bytes = (task.objective.cold_cache ? roofs.bytes_cold : roofs.bytes_hot) *
               cores};
}

TaskCost CostAt(const Task& task, const ShapeCase& shape) {
  TaskCost cost;
  cost.known = task.flops || task.bytes;
  const Expression::Bindings dims = BindDims(shape);
  if (task.flops) cost.flops = task.flops->Evaluate(dims).value_or(0);
  if (task.bytes) cost.bytes = task.bytes->Evaluate(dims).value_or(0);
  return cost;
}

double ImpossibleBelowUs(const Task& task, const ShapeCase& shape,
                         const Roofs& roofs) {
  Roofs most = roofs;
  most.flops_f32 *= ArithmeticGain(task, UnitsOfThisCpu());
  return SpeedOfLightUs(task, shape, most);
}

double SpeedOfLightUs(const Task& task, const ShapeCase& shape,
                      const Roofs& roofs) {
  const TaskCost cost = CostAt(task, shape);
  if (!cost.known) return 0;
  const TaskRoofs own = RoofsOf(task, roofs);
  return 1e6 * std::max(cost.flops / own.flops, cost.bytes / own.bytes);
}

}  // namespace kernelevolve::worker
