// The calls that allocate, fill and copy device memory, and those that make
// tensor maps of it.
#include <cstdlib>
#include <cstring>

#include "base/format.h"
#include "worker/record/fake_addresses.h"
#include "worker/record/fake_cuda.h"
#include "worker/record/fake_tensor_map.h"
#include "worker/record/graph_params.h"

namespace kernelevolve::worker {
namespace {

int Allocate(const char* call, void** out, size_t bytes) {
  FakeCudaCall fake;
  if (!fake || !out) return cuda::kInvalidValue;
  *out = nullptr;
  if (!fake->tape.MayWork(call)) return fake->Return(cuda::kNotSupported);
  if (bytes == 0) return cuda::kSuccess;
  const auto address = fake->tape.Allocate(bytes, fake->device.global_bytes);
  if (!address) return fake->Return(cuda::kMemoryAllocation);
  *out = reinterpret_cast<void*>(*address);
  return cuda::kSuccess;
}

int Release(const void* address) {
  FakeCudaCall fake;
  if (!fake || !address) return cuda::kSuccess;
  const auto near = BufferNear(reinterpret_cast<uint64_t>(address));
  // Memory of a plan lives as long as the plan is bound.
  if (near && near->kind == BufferRef::Kind::kAllocation) return cuda::kSuccess;
  return fake->Return(cuda::kInvalidValue);
}

// As the device would have them aligned.
int AllocateRows(void** out, size_t* pitch, size_t width, size_t height) {
  constexpr size_t kPitchStep = 512;
  FakeCudaCall fake;
  if (!fake || !out || !pitch) return cuda::kInvalidValue;
  if (width > kMostBufferBytes || height > kMostBufferBytes)
    return fake->Return(cuda::kMemoryAllocation);
  *pitch = (width + kPitchStep - 1) / kPitchStep * kPitchStep;
  if (height > 0 && *pitch > kMostBufferBytes / height)
    return fake->Return(cuda::kMemoryAllocation);
  return Allocate("cudaMallocPitch", out, *pitch * height);
}

// Zeros: what host code leaves as it was must look alike in both recordings.
int AllocateOfHost(void** out, size_t bytes) {
  FakeCudaCall fake;
  if (!fake || !out) return cuda::kInvalidValue;
  *out = bytes ? std::calloc(1, bytes) : nullptr;
  return fake->Return(bytes && !*out ? cuda::kMemoryAllocation : cuda::kSuccess);
}

// What a call that is of no stream may not do while streams are captured.
int ObjectToCaptures() {
  FakeCudaCall fake;
  return fake ? fake->Return(fake->captures.Unsafe()) : cuda::kSuccess;
}

// True, and a refusal, where a graph would get a memory node: memory of a plan
// is allocated when it is bound.
bool IsMemoryNode(const char* call, cuda::Stream stream) {
  FakeCudaCall fake;
  if (!fake || !fake->captures.Captures(stream)) return false;
  fake->tape.CannotHold(kernelevolve::format("{} on a captured stream", call));
  fake->Return(cuda::kNotSupported);
  return true;
}

int FillOf(const char* call, cuda::Stream stream, void* to, int value,
           size_t bytes) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  return fake->Fill(stream, reinterpret_cast<uint64_t>(to),
                    static_cast<uint32_t>(value), bytes, call);
}

int CopyOf(const char* call, cuda::Stream stream, void* to, const void* from,
           size_t bytes) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  const auto target = reinterpret_cast<uint64_t>(to),
             source = reinterpret_cast<uint64_t>(from);
  if (!IsFakeAddress(target) && !IsFakeAddress(source) &&
      !fake->captures.Captures(stream)) {
    std::memmove(to, from, bytes);  // host to host
    return cuda::kSuccess;
  }
  return fake->Copy(stream, target, source, bytes, call);
}

int FillRowsOf(const char* call, cuda::Stream stream, void* to, size_t pitch,
               int value, size_t width, size_t height) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  return fake->FillRows(stream,
                        {.to = to, .pitch = pitch,
                         .value = static_cast<unsigned>(value) & 0xff,
                         .element_bytes = 1, .width = width, .height = height},
                        call);
}

int CopyRowsOf(const char* call, cuda::Stream stream, void* to, size_t to_pitch,
               const void* from, size_t from_pitch, size_t width,
               size_t height) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  cuda::CopyNodeParams rows = LinearCopy(to, from, width);
  rows.to.pitch = to_pitch;
  rows.from.pitch = from_pitch;
  rows.to.height = rows.from.height = rows.extent.y = height;
  return fake->CopyRows(stream, rows, call);
}

}  // namespace
}  // namespace kernelevolve::worker

namespace worker = kernelevolve::worker;
namespace cuda = kernelevolve::worker::cuda;
using worker::FakeCudaCall;

#pragma GCC visibility push(default)
extern "C" {

int cudaMalloc(void** out, size_t bytes) {
  if (const int error = worker::ObjectToCaptures()) return error;
  return worker::Allocate("cudaMalloc", out, bytes);
}
int cudaMallocAsync(void** out, size_t bytes, cuda::Stream stream) {
  if (worker::IsMemoryNode("cudaMallocAsync", stream)) return cuda::kNotSupported;
  return worker::Allocate("cudaMallocAsync", out, bytes);
}
int cudaFree(void* address) {
  if (const int error = worker::ObjectToCaptures()) return error;
  return worker::Release(address);
}
int cudaFreeAsync(void* address, cuda::Stream stream) {
  if (worker::IsMemoryNode("cudaFreeAsync", stream)) return cuda::kNotSupported;
  return worker::Release(address);
}

int cudaMallocPitch(void** out, size_t* pitch, size_t width, size_t height) {
  if (const int error = worker::ObjectToCaptures()) return error;
  return worker::AllocateRows(out, pitch, width, height);
}
int cudaMallocHost(void** out, size_t bytes) {
  return worker::AllocateOfHost(out, bytes);
}
int cudaHostAlloc(void** out, size_t bytes, unsigned) {
  return worker::AllocateOfHost(out, bytes);
}
int cudaFreeHost(void* memory) {
  std::free(memory);
  return cuda::kSuccess;
}

int cudaMemset(void* to, int value, size_t bytes) {
  cuda::Stream stream = nullptr;
  if (const int error = worker::CallStream(&stream)) return error;
  return worker::FillOf("cudaMemset", stream, to, value, bytes);
}
int cudaMemsetAsync(void* to, int value, size_t bytes, cuda::Stream stream) {
  return worker::FillOf("cudaMemsetAsync", stream, to, value, bytes);
}
// Copies are classified by their addresses, as with cudaMemcpyDefault.
int cudaMemcpy(void* to, const void* from, size_t bytes, int) {
  cuda::Stream stream = nullptr;
  if (const int error = worker::CallStream(&stream)) return error;
  return worker::CopyOf("cudaMemcpy", stream, to, from, bytes);
}
int cudaMemcpyAsync(void* to, const void* from, size_t bytes, int,
                    cuda::Stream stream) {
  return worker::CopyOf("cudaMemcpyAsync", stream, to, from, bytes);
}
int cudaMemset2D(void* to, size_t pitch, int value, size_t width, size_t height) {
  cuda::Stream stream = nullptr;
  if (const int error = worker::CallStream(&stream)) return error;
  return worker::FillRowsOf("cudaMemset2D", stream, to, pitch, value, width, height);
}
int cudaMemset2DAsync(void* to, size_t pitch, int value, size_t width,
                      size_t height, cuda::Stream stream) {
  return worker::FillRowsOf("cudaMemset2DAsync", stream, to, pitch, value, width,
                            height);
}
int cudaMemcpy2D(void* to, size_t to_pitch, const void* from, size_t from_pitch,
                 size_t width, size_t height, int) {
  cuda::Stream stream = nullptr;
  if (const int error = worker::CallStream(&stream)) return error;
  return worker::CopyRowsOf("cudaMemcpy2D", stream, to, to_pitch, from,
                            from_pitch, width, height);
}
int cudaMemcpy2DAsync(void* to, size_t to_pitch, const void* from,
                      size_t from_pitch, size_t width, size_t height, int,
                      cuda::Stream stream) {
  return worker::CopyRowsOf("cudaMemcpy2DAsync", stream, to, to_pitch, from,
                            from_pitch, width, height);
}

int cudaMemGetInfo(size_t* free, size_t* total) {
  FakeCudaCall fake;
  if (!fake || !free || !total) return cuda::kInvalidValue;
  *free = *total = fake->device.global_bytes;
  return cuda::kSuccess;
}

int cuTensorMapEncodeTiled(void* out, int dtype, uint32_t rank, void* address,
                           const uint64_t* dims, const uint64_t* strides,
                           const uint32_t* box, const uint32_t* element_strides,
                           int interleave, int swizzle, int l2_promotion,
                           int oob_fill) {
  FakeCudaCall fake;
  if (!fake || !out || !dims || !box || !element_strides || rank < 1 ||
      rank > 5 || (rank > 1 && !strides))
    return cuda::kInvalidValue;
  kernelevolve::TensorMap map;
  map.dtype = dtype;
  map.interleave = interleave;
  map.swizzle = swizzle;
  map.l2_promotion = l2_promotion;
  map.oob_fill = oob_fill;
  map.dims.assign(dims, dims + rank);
  if (rank > 1) map.strides.assign(strides, strides + rank - 1);
  map.box.assign(box, box + rank);
  map.element_strides.assign(element_strides, element_strides + rank);
  const auto base = reinterpret_cast<uint64_t>(address);
  if (const std::string why = worker::ObjectToTensorMap(map, base); !why.empty()) {
    fake->tape.Note("cuTensorMapEncodeTiled was refused: " + why);
    return cuda::kInvalidValue;
  }
  const int index = fake->tape.AddMap({std::move(map), base});
  worker::WriteMapTag({fake->tape.serial(), static_cast<uint32_t>(index)}, out);
  return cuda::kSuccess;
}

}  // extern "C"
#pragma GCC visibility pop
