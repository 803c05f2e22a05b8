// One persistent block per multiprocessor; a sample's weights lie in shared
// memory, those of the next sample beside them where both fit. Two warpgroups
// take tiles of 64 rows in turn: x w1 is one wgmma wide, gelu turns it into the
// register operand of the second product, which is one wgmma wide again, so the
// hidden layer costs registers only. The groups are half a tile apart: a group
// may begin its first product when the other has ended its own, and so one has
// the tensor cores while the other does gelu or norms.
// What won differs by size: up to 96 columns three groups (150 rows are three tiles)
// and streaming stores, else two groups and ordinary ones.
// With RING 1 tiles of x come through as many buffers as there is room for, not one
// a group. With LINES 1 the rows of a coming tile, with 2 the coming sample's weights,
// with 3 both, are on their way to the L2 cache where shared memory has room for one
// sample's weights only: by single lines, a share with every tile, since bulk
// prefetches hold up the copies that are waited for.
// ke:tune RING = 1 in {0, 1}
// ke:tune LINES = 0 in {0, 1, 2, 3}
// ke:tune GROUPS = 3 in {2, 3}
// ke:tune NARROW_GRID = 132 in {128, 132}
// ke:tune GRID = 128 in {128, 132}
// ke:tune TURNS = 1 in {0, 1}
#include <cstdint>

#include <cuda.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

namespace {

constexpr int kSharedBytes = 232448;

__device__ __forceinline__ unsigned Shared(const void* p) {
  return static_cast<unsigned>(__cvta_generic_to_shared(p));
}
__device__ __forceinline__ void InitBarrier(unsigned bar, int count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(bar), "r"(count) : "memory");
}
__device__ __forceinline__ void Expect(unsigned bar, unsigned bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(bar), "r"(bytes) : "memory");
}
__device__ __forceinline__ void Arrive(unsigned bar) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(bar) : "memory");
}
__device__ __forceinline__ void Wait(unsigned bar, unsigned parity) {
  asm volatile(
      "{\n.reg .pred p;\nWAIT_%=:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1;\n"
      "@p bra DONE_%=;\nbra WAIT_%=;\nDONE_%=:\n}" ::"r"(bar), "r"(parity) : "memory");
}
__device__ __forceinline__ void Tensor3(unsigned to, const CUtensorMap* map, int x, int y, int z, unsigned bar) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5}], [%2];" ::"r"(to),
      "l"(map), "r"(bar), "r"(x), "r"(y), "r"(z) : "memory");
}
__device__ __forceinline__ void BulkIn(unsigned to, const void* from, unsigned bytes, unsigned bar) {
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(to),
      "l"(from), "r"(bytes), "r"(bar) : "memory");
}
__device__ __forceinline__ void Prefetch(const __half* from, int at) {
  asm volatile("prefetch.global.L2 [%0];" ::"l"(reinterpret_cast<const char*>(from) + at) : "memory");
}
// Swizzle 1: 128 bytes, 2: 64 bytes. The low half moves with the address: a
// sixteenth of the bytes may be added.
__device__ __forceinline__ unsigned Low(unsigned address, unsigned leading) { return address >> 4 | leading >> 4 << 16; }
__device__ __forceinline__ uint64_t Descriptor(unsigned low, unsigned stride, unsigned swizzle) {
  return static_cast<uint64_t>(stride >> 4 | swizzle << 30) << 32 | low;
}

__device__ __forceinline__ void First(float (&d)[48], uint64_t a, uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n96k16.f32.f16.f16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, "
      "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, "
      "%42, %43, %44, %45, %46, %47"
      "}, %48, %49, 1, 1, 1, 0, 1;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), 
        "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), 
        "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), 
        "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), 
        "+f"(d[29]), "+f"(d[30]), "+f"(d[31]), "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), 
        "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]), "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), 
        "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47])
      : "l"(a), "l"(b));
}
__device__ __forceinline__ void First(float (&d)[80], uint64_t a, uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n160k16.f32.f16.f16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, "
      "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, "
      "%42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, "
      "%62, %63, %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79"
      "}, %80, %81, 1, 1, 1, 0, 1;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), 
        "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), 
        "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), 
        "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), 
        "+f"(d[29]), "+f"(d[30]), "+f"(d[31]), "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), 
        "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]), "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), 
        "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47]), "+f"(d[48]), "+f"(d[49]), 
        "+f"(d[50]), "+f"(d[51]), "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]), "+f"(d[56]), 
        "+f"(d[57]), "+f"(d[58]), "+f"(d[59]), "+f"(d[60]), "+f"(d[61]), "+f"(d[62]), "+f"(d[63]), 
        "+f"(d[64]), "+f"(d[65]), "+f"(d[66]), "+f"(d[67]), "+f"(d[68]), "+f"(d[69]), "+f"(d[70]), 
        "+f"(d[71]), "+f"(d[72]), "+f"(d[73]), "+f"(d[74]), "+f"(d[75]), "+f"(d[76]), "+f"(d[77]), 
        "+f"(d[78]), "+f"(d[79])
      : "l"(a), "l"(b));
}
__device__ __forceinline__ void First(float (&d)[96], uint64_t a, uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n192k16.f32.f16.f16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, "
      "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, "
      "%42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, "
      "%62, %63, %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, "
      "%82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95"
      "}, %96, %97, 1, 1, 1, 0, 1;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), 
        "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), 
        "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), 
        "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), 
        "+f"(d[29]), "+f"(d[30]), "+f"(d[31]), "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), 
        "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]), "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), 
        "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47]), "+f"(d[48]), "+f"(d[49]), 
        "+f"(d[50]), "+f"(d[51]), "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]), "+f"(d[56]), 
        "+f"(d[57]), "+f"(d[58]), "+f"(d[59]), "+f"(d[60]), "+f"(d[61]), "+f"(d[62]), "+f"(d[63]), 
        "+f"(d[64]), "+f"(d[65]), "+f"(d[66]), "+f"(d[67]), "+f"(d[68]), "+f"(d[69]), "+f"(d[70]), 
        "+f"(d[71]), "+f"(d[72]), "+f"(d[73]), "+f"(d[74]), "+f"(d[75]), "+f"(d[76]), "+f"(d[77]), 
        "+f"(d[78]), "+f"(d[79]), "+f"(d[80]), "+f"(d[81]), "+f"(d[82]), "+f"(d[83]), "+f"(d[84]), 
        "+f"(d[85]), "+f"(d[86]), "+f"(d[87]), "+f"(d[88]), "+f"(d[89]), "+f"(d[90]), "+f"(d[91]), 
        "+f"(d[92]), "+f"(d[93]), "+f"(d[94]), "+f"(d[95])
      : "l"(a), "l"(b));
}
__device__ __forceinline__ void SecondZero(float (&d)[48], const unsigned (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n96k16.f32.f16.f16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, "
      "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, "
      "%42, %43, %44, %45, %46, %47"
      "}, {%48, %49, %50, %51}, %52, 0, 1, 1, 1;"
      : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3]), "=f"(d[4]), "=f"(d[5]), "=f"(d[6]), "=f"(d[7]), 
        "=f"(d[8]), "=f"(d[9]), "=f"(d[10]), "=f"(d[11]), "=f"(d[12]), "=f"(d[13]), "=f"(d[14]), 
        "=f"(d[15]), "=f"(d[16]), "=f"(d[17]), "=f"(d[18]), "=f"(d[19]), "=f"(d[20]), "=f"(d[21]), 
        "=f"(d[22]), "=f"(d[23]), "=f"(d[24]), "=f"(d[25]), "=f"(d[26]), "=f"(d[27]), "=f"(d[28]), 
        "=f"(d[29]), "=f"(d[30]), "=f"(d[31]), "=f"(d[32]), "=f"(d[33]), "=f"(d[34]), "=f"(d[35]), 
        "=f"(d[36]), "=f"(d[37]), "=f"(d[38]), "=f"(d[39]), "=f"(d[40]), "=f"(d[41]), "=f"(d[42]), 
        "=f"(d[43]), "=f"(d[44]), "=f"(d[45]), "=f"(d[46]), "=f"(d[47])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
__device__ __forceinline__ void Second(float (&d)[48], const unsigned (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n96k16.f32.f16.f16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, "
      "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, "
      "%42, %43, %44, %45, %46, %47"
      "}, {%48, %49, %50, %51}, %52, 1, 1, 1, 1;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), 
        "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), 
        "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), 
        "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), 
        "+f"(d[29]), "+f"(d[30]), "+f"(d[31]), "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), 
        "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]), "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), 
        "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
__device__ __forceinline__ void SecondZero(float (&d)[96], const unsigned (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n192k16.f32.f16.f16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, "
      "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, "
      "%42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, "
      "%62, %63, %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, "
      "%82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95"
      "}, {%96, %97, %98, %99}, %100, 0, 1, 1, 1;"
      : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3]), "=f"(d[4]), "=f"(d[5]), "=f"(d[6]), "=f"(d[7]), 
        "=f"(d[8]), "=f"(d[9]), "=f"(d[10]), "=f"(d[11]), "=f"(d[12]), "=f"(d[13]), "=f"(d[14]), 
        "=f"(d[15]), "=f"(d[16]), "=f"(d[17]), "=f"(d[18]), "=f"(d[19]), "=f"(d[20]), "=f"(d[21]), 
        "=f"(d[22]), "=f"(d[23]), "=f"(d[24]), "=f"(d[25]), "=f"(d[26]), "=f"(d[27]), "=f"(d[28]), 
        "=f"(d[29]), "=f"(d[30]), "=f"(d[31]), "=f"(d[32]), "=f"(d[33]), "=f"(d[34]), "=f"(d[35]), 
        "=f"(d[36]), "=f"(d[37]), "=f"(d[38]), "=f"(d[39]), "=f"(d[40]), "=f"(d[41]), "=f"(d[42]), 
        "=f"(d[43]), "=f"(d[44]), "=f"(d[45]), "=f"(d[46]), "=f"(d[47]), "=f"(d[48]), "=f"(d[49]), 
        "=f"(d[50]), "=f"(d[51]), "=f"(d[52]), "=f"(d[53]), "=f"(d[54]), "=f"(d[55]), "=f"(d[56]), 
        "=f"(d[57]), "=f"(d[58]), "=f"(d[59]), "=f"(d[60]), "=f"(d[61]), "=f"(d[62]), "=f"(d[63]), 
        "=f"(d[64]), "=f"(d[65]), "=f"(d[66]), "=f"(d[67]), "=f"(d[68]), "=f"(d[69]), "=f"(d[70]), 
        "=f"(d[71]), "=f"(d[72]), "=f"(d[73]), "=f"(d[74]), "=f"(d[75]), "=f"(d[76]), "=f"(d[77]), 
        "=f"(d[78]), "=f"(d[79]), "=f"(d[80]), "=f"(d[81]), "=f"(d[82]), "=f"(d[83]), "=f"(d[84]), 
        "=f"(d[85]), "=f"(d[86]), "=f"(d[87]), "=f"(d[88]), "=f"(d[89]), "=f"(d[90]), "=f"(d[91]), 
        "=f"(d[92]), "=f"(d[93]), "=f"(d[94]), "=f"(d[95])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
__device__ __forceinline__ void Second(float (&d)[96], const unsigned (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n192k16.f32.f16.f16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, "
      "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, "
      "%42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, "
      "%62, %63, %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, "
      "%82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95"
      "}, {%96, %97, %98, %99}, %100, 1, 1, 1, 1;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), 
        "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), 
        "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), 
        "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), 
        "+f"(d[29]), "+f"(d[30]), "+f"(d[31]), "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), 
        "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]), "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), 
        "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47]), "+f"(d[48]), "+f"(d[49]), 
        "+f"(d[50]), "+f"(d[51]), "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]), "+f"(d[56]), 
        "+f"(d[57]), "+f"(d[58]), "+f"(d[59]), "+f"(d[60]), "+f"(d[61]), "+f"(d[62]), "+f"(d[63]), 
        "+f"(d[64]), "+f"(d[65]), "+f"(d[66]), "+f"(d[67]), "+f"(d[68]), "+f"(d[69]), "+f"(d[70]), 
        "+f"(d[71]), "+f"(d[72]), "+f"(d[73]), "+f"(d[74]), "+f"(d[75]), "+f"(d[76]), "+f"(d[77]), 
        "+f"(d[78]), "+f"(d[79]), "+f"(d[80]), "+f"(d[81]), "+f"(d[82]), "+f"(d[83]), "+f"(d[84]), 
        "+f"(d[85]), "+f"(d[86]), "+f"(d[87]), "+f"(d[88]), "+f"(d[89]), "+f"(d[90]), "+f"(d[91]), 
        "+f"(d[92]), "+f"(d[93]), "+f"(d[94]), "+f"(d[95])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
__device__ __forceinline__ void SecondZero(float (&d)[128], const unsigned (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n256k16.f32.f16.f16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, "
      "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, "
      "%42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, "
      "%62, %63, %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, "
      "%82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, %96, %97, %98, %99, %100, "
      "%101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, %112, %113, %114, %115, %116, "
      "%117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127"
      "}, {%128, %129, %130, %131}, %132, 0, 1, 1, 1;"
      : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3]), "=f"(d[4]), "=f"(d[5]), "=f"(d[6]), "=f"(d[7]), 
        "=f"(d[8]), "=f"(d[9]), "=f"(d[10]), "=f"(d[11]), "=f"(d[12]), "=f"(d[13]), "=f"(d[14]), 
        "=f"(d[15]), "=f"(d[16]), "=f"(d[17]), "=f"(d[18]), "=f"(d[19]), "=f"(d[20]), "=f"(d[21]), 
        "=f"(d[22]), "=f"(d[23]), "=f"(d[24]), "=f"(d[25]), "=f"(d[26]), "=f"(d[27]), "=f"(d[28]), 
        "=f"(d[29]), "=f"(d[30]), "=f"(d[31]), "=f"(d[32]), "=f"(d[33]), "=f"(d[34]), "=f"(d[35]), 
        "=f"(d[36]), "=f"(d[37]), "=f"(d[38]), "=f"(d[39]), "=f"(d[40]), "=f"(d[41]), "=f"(d[42]), 
        "=f"(d[43]), "=f"(d[44]), "=f"(d[45]), "=f"(d[46]), "=f"(d[47]), "=f"(d[48]), "=f"(d[49]), 
        "=f"(d[50]), "=f"(d[51]), "=f"(d[52]), "=f"(d[53]), "=f"(d[54]), "=f"(d[55]), "=f"(d[56]), 
        "=f"(d[57]), "=f"(d[58]), "=f"(d[59]), "=f"(d[60]), "=f"(d[61]), "=f"(d[62]), "=f"(d[63]), 
        "=f"(d[64]), "=f"(d[65]), "=f"(d[66]), "=f"(d[67]), "=f"(d[68]), "=f"(d[69]), "=f"(d[70]), 
        "=f"(d[71]), "=f"(d[72]), "=f"(d[73]), "=f"(d[74]), "=f"(d[75]), "=f"(d[76]), "=f"(d[77]), 
        "=f"(d[78]), "=f"(d[79]), "=f"(d[80]), "=f"(d[81]), "=f"(d[82]), "=f"(d[83]), "=f"(d[84]), 
        "=f"(d[85]), "=f"(d[86]), "=f"(d[87]), "=f"(d[88]), "=f"(d[89]), "=f"(d[90]), "=f"(d[91]), 
        "=f"(d[92]), "=f"(d[93]), "=f"(d[94]), "=f"(d[95]), "=f"(d[96]), "=f"(d[97]), "=f"(d[98]), 
        "=f"(d[99]), "=f"(d[100]), "=f"(d[101]), "=f"(d[102]), "=f"(d[103]), "=f"(d[104]), 
        "=f"(d[105]), "=f"(d[106]), "=f"(d[107]), "=f"(d[108]), "=f"(d[109]), "=f"(d[110]), 
        "=f"(d[111]), "=f"(d[112]), "=f"(d[113]), "=f"(d[114]), "=f"(d[115]), "=f"(d[116]), 
        "=f"(d[117]), "=f"(d[118]), "=f"(d[119]), "=f"(d[120]), "=f"(d[121]), "=f"(d[122]), 
        "=f"(d[123]), "=f"(d[124]), "=f"(d[125]), "=f"(d[126]), "=f"(d[127])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
__device__ __forceinline__ void Second(float (&d)[128], const unsigned (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n256k16.f32.f16.f16 {"
      "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, "
      "%22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, "
      "%42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, "
      "%62, %63, %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, "
      "%82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, %96, %97, %98, %99, %100, "
      "%101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, %112, %113, %114, %115, %116, "
      "%117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127"
      "}, {%128, %129, %130, %131}, %132, 1, 1, 1, 1;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), 
        "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), 
        "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), 
        "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), 
        "+f"(d[29]), "+f"(d[30]), "+f"(d[31]), "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), 
        "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]), "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), 
        "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47]), "+f"(d[48]), "+f"(d[49]), 
        "+f"(d[50]), "+f"(d[51]), "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]), "+f"(d[56]), 
        "+f"(d[57]), "+f"(d[58]), "+f"(d[59]), "+f"(d[60]), "+f"(d[61]), "+f"(d[62]), "+f"(d[63]), 
        "+f"(d[64]), "+f"(d[65]), "+f"(d[66]), "+f"(d[67]), "+f"(d[68]), "+f"(d[69]), "+f"(d[70]), 
        "+f"(d[71]), "+f"(d[72]), "+f"(d[73]), "+f"(d[74]), "+f"(d[75]), "+f"(d[76]), "+f"(d[77]), 
        "+f"(d[78]), "+f"(d[79]), "+f"(d[80]), "+f"(d[81]), "+f"(d[82]), "+f"(d[83]), "+f"(d[84]), 
        "+f"(d[85]), "+f"(d[86]), "+f"(d[87]), "+f"(d[88]), "+f"(d[89]), "+f"(d[90]), "+f"(d[91]), 
        "+f"(d[92]), "+f"(d[93]), "+f"(d[94]), "+f"(d[95]), "+f"(d[96]), "+f"(d[97]), "+f"(d[98]), 
        "+f"(d[99]), "+f"(d[100]), "+f"(d[101]), "+f"(d[102]), "+f"(d[103]), "+f"(d[104]), 
        "+f"(d[105]), "+f"(d[106]), "+f"(d[107]), "+f"(d[108]), "+f"(d[109]), "+f"(d[110]), 
        "+f"(d[111]), "+f"(d[112]), "+f"(d[113]), "+f"(d[114]), "+f"(d[115]), "+f"(d[116]), 
        "+f"(d[117]), "+f"(d[118]), "+f"(d[119]), "+f"(d[120]), "+f"(d[121]), "+f"(d[122]), 
        "+f"(d[123]), "+f"(d[124]), "+f"(d[125]), "+f"(d[126]), "+f"(d[127])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}

__device__ __forceinline__ void Fence() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
__device__ __forceinline__ void Finish() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
  asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
}

// erf(v / sqrt(2)) as tanh(v p(v^2)) with a fitted p: within 5e-5, and one
// special function. NaN stays NaN.
__device__ __forceinline__ float Gelu(float v) {
  const float z = fminf(v * v, 16.0f);
  const float p = fmaf(fmaf(-3.5151684e-4f, z, 3.7005649e-2f), z, 0.79750788f);
  float t;
  asm("tanh.approx.f32 %0, %1;" : "=f"(t) : "f"(v * p));
  const float half = 0.5f * v;
  return fmaf(half, t, half);
}
// The same without a short cut, for shapes that nobody waits for.
__device__ __forceinline__ float PlainGelu(float v) { return 0.5f * v * (1.0f + erff(v * 0.7071067811865476f)); }

__device__ __forceinline__ unsigned Pack(float low, float high) {
  const __half2 v = __floats2half2_rn(low, high);
  return *reinterpret_cast<const unsigned*>(&v);
}

struct Arguments {
  const __half *x, *w1, *b1, *w2;
  __half* y;
  int b, n, d, k;
  float eps, per_d, per_k;
};

// Up to D columns of x and K hidden ones; what is missing is filled with zeros.
template <int D, int K>
struct Layout {
  static constexpr int kBoxes = (D + 63) / 64;
  static constexpr int kW1 = D * K * 2;            // boxes of 32 hidden columns
  static constexpr int kUnit = D % 64 == 0 ? 64 : 32;
  static constexpr int kW2 = D * K * 2;            // boxes of kUnit columns of y
  static constexpr int kX = kBoxes * 8192;         // boxes of 64 columns of x
  static constexpr int kGroups = D <= 96 ? GROUPS : 2;
  static constexpr int kGrid = D <= 96 ? NARROW_GRID : GRID;
  static constexpr bool kStream = D <= 96;
  static constexpr int kBuffers = 2 * (kW1 + kW2) + kGroups * kX + 4096 <= kSharedBytes ? 2 : 1;
  static constexpr int kRoom = (kSharedBytes - kBuffers * (kW1 + kW2) - 4096) / kX;
  static constexpr int kTiles = RING == 0 || kRoom < kGroups ? kGroups : kRoom > 6 ? 6 : kRoom;  // of x
  static constexpr int kBytes = kBuffers * (kW1 + kW2) + kTiles * kX + 1024;
};

template <int D, int K>
__global__ void __launch_bounds__(Layout<D, K>::kGroups * 128 + 128, 1)
    Fused(const __grid_constant__ CUtensorMap map_x, const __grid_constant__ CUtensorMap map_1,
          const __grid_constant__ CUtensorMap map_2, const Arguments a) {
  using L = Layout<D, K>;
  constexpr int G = L::kGroups, X = L::kTiles;
  extern __shared__ __align__(128) unsigned char memory[];
  __shared__ __align__(16) __half bias[L::kBuffers][K];
  __shared__ __align__(8) uint64_t barriers[4 * L::kBuffers + 2 * X + G];
  const unsigned w1 = (Shared(memory) + 1023) & ~1023u, w2 = w1 + L::kBuffers * L::kW1, x_at = w2 + L::kBuffers * L::kW2;
  const unsigned full_1 = Shared(barriers), full_2 = full_1 + L::kBuffers * 8, empty_1 = full_2 + L::kBuffers * 8,
                 empty_2 = empty_1 + L::kBuffers * 8, x_full = empty_2 + L::kBuffers * 8, x_empty = x_full + X * 8,
                 turn = x_empty + X * 8;
  const int tiles = (a.n + 63) / 64, group = __shfl_sync(~0u, static_cast<int>(threadIdx.x) / 128, 0);
  const int samples = (a.b - static_cast<int>(blockIdx.x) + static_cast<int>(gridDim.x) - 1) / static_cast<int>(gridDim.x);
  if (threadIdx.x == 0) {
    for (int i = 0; i < L::kBuffers; ++i) {
      InitBarrier(full_1 + i * 8, 1);
      InitBarrier(full_2 + i * 8, 1);
      InitBarrier(empty_1 + i * 8, tiles);
      InitBarrier(empty_2 + i * 8, tiles);
    }
    for (int i = 0; i < X; ++i) {
      InitBarrier(x_full + i * 8, 1);
      InitBarrier(x_empty + i * 8, 1);
    }
    for (int i = 0; i < G; ++i) InitBarrier(turn + i * 8, 1);
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  }
  for (int i = threadIdx.x; i < L::kBuffers * K; i += G * 128 + 128)
    if (i % K >= a.k) bias[i / K][i % K] = __half(0.0f);
  __syncthreads();
  if (group == G) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(G == 3 ? 32 : 40));
    if (threadIdx.x == G * 128) {  // weights
      for (int s = 0; s < samples; ++s) {
        const int buffer = s % L::kBuffers, b = blockIdx.x + s * gridDim.x;
        const unsigned parity = s / L::kBuffers % 2 ^ 1;
        Wait(empty_1 + buffer * 8, parity);
        unsigned bar = full_1 + buffer * 8;
        Expect(bar, L::kW1 + a.k * 2);
        for (int i = 0; i < K / 32; ++i) Tensor3(w1 + buffer * L::kW1 + i * D * 64, &map_1, i * 32, 0, b, bar);
        BulkIn(Shared(bias[buffer]), a.b1 + static_cast<int64_t>(b) * a.k, a.k * 2, bar);
        Wait(empty_2 + buffer * 8, parity);
        bar = full_2 + buffer * 8;
        Expect(bar, L::kW2);
        for (int i = 0; i < D / L::kUnit; ++i)
          Tensor3(w2 + buffer * L::kW2 + i * K * L::kUnit * 2, &map_2, i * L::kUnit, 0, b, bar);
      }
    } else if (threadIdx.x / 32 == G * 4 + 1) {  // rows of x
      constexpr int kLines = L::kBuffers == 1 ? LINES : 0;
      const int lane = threadIdx.x % 32;
      for (int f = 0; f < samples * tiles; ++f) {
        const int w = f % X;
        if (lane == 0) {
          Wait(x_empty + w * 8, f / X % 2 ^ 1);
          Expect(x_full + w * 8, L::kX);
          for (int i = 0; i < L::kBoxes; ++i)
            Tensor3(x_at + w * L::kX + i * 8192, &map_x, i * 64, f % tiles * 64, blockIdx.x + f / tiles * gridDim.x, x_full + w * 8);
        }
        __syncwarp();
        if constexpr (kLines % 2 == 1) {
          const int later = f + X, row = later % tiles * 64, bytes = min(64, a.n - row) * a.d * 2;
          const __half* from = a.x + (static_cast<int64_t>(blockIdx.x + later / tiles * gridDim.x) * a.n + row) * a.d;
          if (later < samples * tiles)
            for (int at = lane * 128; at < bytes; at += 4096) Prefetch(from, at);
        }
        if constexpr (kLines >= 2) {
          const int64_t from = static_cast<int64_t>(blockIdx.x + (f / tiles + 1) * gridDim.x) * a.d * a.k;
          if (f / tiles + 1 < samples)
            for (int at = (f % tiles * 32 + lane) * 128; at < a.d * a.k * 2; at += tiles * 4096) {
              Prefetch(a.w1 + from, at);
              Prefetch(a.w2 + from, at);
            }
        }
      }
    }
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(G == 3 ? 160 : 232));
    const int thread = threadIdx.x % 128, lane = thread % 32, q = lane % 4;
    // Tiles alternate between the groups, over the samples too.
    for (int f = group; f < samples * tiles; f += G) {
      const int s = f / tiles, t = f % tiles, b = blockIdx.x + s * gridDim.x, buffer = s % L::kBuffers;
      const unsigned phase = s / L::kBuffers % 2;
      unsigned left[K / 16][4];
      float squares[2] = {0, 0};
      {
        Wait(full_1 + buffer * 8, phase);
        float h[K / 2];
#pragma unroll
        for (int j = 0; j < K / 8; ++j) {
          const float2 shift = __half22float2(*reinterpret_cast<const __half2*>(&bias[buffer][j * 8 + 2 * q]));
          h[4 * j] = h[4 * j + 2] = shift.x;
          h[4 * j + 1] = h[4 * j + 3] = shift.y;
        }
        const int place = f % X;
        const unsigned x = x_at + place * L::kX;
        Wait(x_full + place * 8, f / X % 2);
        if (TURNS && f > 0) Wait(turn + group * 8, (f - 1) / G % 2);
        const unsigned rows = Low(x, 16), weights = Low(w1 + buffer * L::kW1, D * 64);
        Fence();
#pragma unroll
        for (int i = 0; i < D / 16; ++i)
          First(h, Descriptor(rows + i / 4 * 512 + i % 4 * 2, 1024, 1), Descriptor(weights + i * 64, 512, 2));
        Finish();
        if (thread == 0) {
          if (TURNS) Arrive(turn + (group + 1) % G * 8);
          Arrive(x_empty + place * 8);
          Arrive(empty_1 + buffer * 8);
        }
#pragma unroll
        for (int j = 0; j < K / 8; ++j) {
          float v[4];
#pragma unroll
          for (int e = 0; e < 4; ++e) {
            v[e] = Gelu(h[4 * j + e]);
            squares[e / 2] = fmaf(v[e], v[e], squares[e / 2]);
          }
          left[j / 2][j % 2 * 2] = Pack(v[0], v[1]);
          left[j / 2][j % 2 * 2 + 1] = Pack(v[2], v[3]);
        }
      }
      float acc[D / 2];
      Wait(full_2 + buffer * 8, phase);
      Fence();
      const unsigned weights = Low(w2 + buffer * L::kW2, K * L::kUnit * 2);
      const auto rows = [&](int i) {
        return Descriptor(weights + i * L::kUnit * 2, L::kUnit * 16, L::kUnit == 64 ? 1 : 2);
      };
      SecondZero(acc, left[0], rows(0));
#pragma unroll
      for (int i = 1; i < K / 16; ++i) Second(acc, left[i], rows(i));
      Finish();
      if (thread == 0) Arrive(empty_2 + buffer * 8);
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        float sum[4] = {0, 0, 0, 0}, inner = squares[r];
#pragma unroll
        for (int j = 0; j < D / 8; ++j)
#pragma unroll
          for (int e = 0; e < 2; ++e) {
            const float v = acc[4 * j + 2 * r + e];
            sum[j % 2 * 2 + e] = fmaf(v, v, sum[j % 2 * 2 + e]);
          }
        float outer = (sum[0] + sum[1]) + (sum[2] + sum[3]);
#pragma unroll
        for (int i = 1; i < 4; i *= 2) {
          outer += __shfl_xor_sync(~0u, outer, i);
          inner += __shfl_xor_sync(~0u, inner, i);
        }
        inner = rsqrtf(fmaf(inner, a.per_k, a.eps));
        const float scale = inner * rsqrtf(fmaf(inner * inner * outer, a.per_d, a.eps));
        const int row = t * 64 + thread / 32 * 16 + lane / 4 + r * 8;
        __half* to = a.y + (static_cast<int64_t>(b) * a.n + row) * a.d;
#pragma unroll
        for (int j = 0; j < D / 8; j += 4) {
          unsigned v[4];
#pragma unroll
          for (int i = 0; i < 4; ++i) v[i] = Pack(acc[(j + i) * 4 + r * 2] * scale, acc[(j + i) * 4 + r * 2 + 1] * scale);
          // A quad's 4 x 4 words change places: a lane gets 16 bytes of a row.
          const bool odd = q & 1, high = q & 2;
          unsigned s0 = __shfl_xor_sync(~0u, odd ? v[0] : v[1], 1), s1 = __shfl_xor_sync(~0u, odd ? v[2] : v[3], 1);
          if (odd) v[0] = s0, v[2] = s1; else v[1] = s0, v[3] = s1;
          s0 = __shfl_xor_sync(~0u, high ? v[0] : v[2], 2), s1 = __shfl_xor_sync(~0u, high ? v[1] : v[3], 2);
          if (high) v[0] = s0, v[1] = s1; else v[2] = s0, v[3] = s1;
          const int d = (j + q) * 8;
          if (row < a.n && d < a.d) {
            const uint4 all = make_uint4(v[0], v[1], v[2], v[3]);
            if constexpr (L::kStream) __stcs(reinterpret_cast<uint4*>(to + d), all); else *reinterpret_cast<uint4*>(to + d) = all;
          }
        }
      }
    }
  }
}

// Any shape: a block per row.
__global__ void __launch_bounds__(128) Plain(Arguments a) {
  extern __shared__ float hidden[];
  __shared__ float parts[4];
  const int64_t row = blockIdx.x, b = row / a.n;
  const __half* x = a.x + row * a.d;
  const auto total = [&](float v) {
#pragma unroll
    for (int s = 16; s > 0; s /= 2) v += __shfl_xor_sync(~0u, v, s);
    __syncthreads();
    if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = v;
    __syncthreads();
    return parts[0] + parts[1] + parts[2] + parts[3];
  };
  float squares = 0;
  for (int k = threadIdx.x; k < a.k; k += 128) {
    float v = 0;
    for (int d = 0; d < a.d; ++d) v = fmaf(__half2float(x[d]), __half2float(a.w1[(b * a.d + d) * a.k + k]), v);
    v = PlainGelu(v + __half2float(a.b1[b * a.k + k]));
    squares += v * v;
    hidden[k] = v;
  }
  const float inner = rsqrtf(total(squares) / static_cast<float>(a.k) + a.eps);
  float* out = hidden + a.k;
  squares = 0;
  for (int d = threadIdx.x; d < a.d; d += 128) {
    float v = 0;
    for (int k = 0; k < a.k; ++k) v = fmaf(hidden[k] * inner, __half2float(a.w2[(b * a.k + k) * a.d + d]), v);
    squares += v * v;
    out[d] = v;
  }
  const float scale = rsqrtf(total(squares) / static_cast<float>(a.d) + a.eps);
  for (int d = threadIdx.x; d < a.d; d += 128) a.y[row * a.d + d] = __float2half_rn(out[d] * scale);
}

using Encode = CUresult (*)(CUtensorMap*, CUtensorMapDataType, cuuint32_t, void*, const cuuint64_t*, const cuuint64_t*,
                            const cuuint32_t*, const cuuint32_t*, CUtensorMapInterleave, CUtensorMapSwizzle,
                            CUtensorMapL2promotion, CUtensorMapFloatOOBfill);

bool MakeMap(Encode encode, CUtensorMap* map, const void* base, int64_t d0, int64_t d1, int64_t d2, unsigned b0, unsigned b1,
             CUtensorMapSwizzle swizzle) {
  const cuuint64_t dims[3] = {static_cast<cuuint64_t>(d0), static_cast<cuuint64_t>(d1), static_cast<cuuint64_t>(d2)};
  const cuuint64_t strides[2] = {static_cast<cuuint64_t>(d0 * 2), static_cast<cuuint64_t>(d0 * d1 * 2)};
  const cuuint32_t box[3] = {b0, b1, 1}, ones[3] = {1, 1, 1};
  return encode(map, CU_TENSOR_MAP_DATA_TYPE_FLOAT16, 3, const_cast<void*>(base), dims, strides, box, ones,
                CU_TENSOR_MAP_INTERLEAVE_NONE, swizzle, CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
                CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE) == CUDA_SUCCESS;
}

template <int D, int K>
int Launch(const Arguments& a, cudaStream_t stream) {
  using L = Layout<D, K>;
  void* entry = nullptr;
  cudaDriverEntryPointQueryResult found;
  cudaError_t error = cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &entry, 12000, cudaEnableDefault, &found);
  if (error != cudaSuccess || entry == nullptr) return 1;
  const auto encode = reinterpret_cast<Encode>(entry);
  alignas(64) CUtensorMap map_x, map_1, map_2;
  if (!MakeMap(encode, &map_x, a.x, a.d, a.n, a.b, 64, 64, CU_TENSOR_MAP_SWIZZLE_128B) ||
      !MakeMap(encode, &map_1, a.w1, a.k, a.d, a.b, 32, D, CU_TENSOR_MAP_SWIZZLE_64B) ||
      !MakeMap(encode, &map_2, a.w2, a.d, a.k, a.b, L::kUnit, K,
               L::kUnit == 64 ? CU_TENSOR_MAP_SWIZZLE_128B : CU_TENSOR_MAP_SWIZZLE_64B))
    return 2;
  error = cudaFuncSetAttribute(Fused<D, K>, cudaFuncAttributeMaxDynamicSharedMemorySize, L::kBytes);
  if (error != cudaSuccess) return static_cast<int>(error);
  Fused<D, K><<<a.b < L::kGrid ? a.b : L::kGrid, L::kGroups * 128 + 128, L::kBytes, stream>>>(map_x, map_1, map_2, a);
  return static_cast<int>(cudaGetLastError());
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  Arguments a{};
  const ke_tensor &x = call->inputs[0], &w1 = call->inputs[1];
  a.x = static_cast<const __half*>(x.data);
  a.w1 = static_cast<const __half*>(w1.data);
  a.b1 = static_cast<const __half*>(call->inputs[2].data);
  a.w2 = static_cast<const __half*>(call->inputs[3].data);
  a.y = static_cast<__half*>(call->outputs[0].data);
  a.b = static_cast<int>(x.shape[0]);
  a.n = static_cast<int>(x.shape[1]);
  a.d = static_cast<int>(x.shape[2]);
  a.k = static_cast<int>(w1.shape[2]);
  a.eps = static_cast<float>(call->attributes[0]);
  a.per_d = 1.0f / static_cast<float>(a.d);
  a.per_k = 1.0f / static_cast<float>(a.k);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  // Three groups on three samples of one tile would outrun the two buffers' phases.
  if (a.d % 8 == 0 && a.k % 8 == 0 && (a.n > 64 || a.b <= 256)) {
    if (a.d <= 96 && a.k <= 192) return Launch<96, 192>(a, stream);
    if (a.d <= 192 && a.k <= 96) return Launch<192, 96>(a, stream);
    if (a.d <= 256 && a.k <= 160) return Launch<256, 160>(a, stream);
  }
  Plain<<<static_cast<unsigned>(a.b * a.n), 128, (a.k + a.d) * 4, stream>>>(a);
  return static_cast<int>(cudaGetLastError());
}
