// The calls about memory that has names of its own: variables of a module, and
// textures, which are refused with what to write instead.
#include "base/format.h"
#include "worker/record/fake_addresses.h"
#include "worker/record/fake_cuda.h"

namespace kernelevolve::worker {
namespace {

// The variable's memory from `offset` on, of which `bytes` are meant; or an error.
int FindVariable(FakeCudaCall& fake, const void* symbol, size_t offset,
                 size_t bytes, uint64_t* address) {
  const auto number = fake->modules.VariableNumber(symbol);
  if (!number) return fake->Return(cuda::kInvalidSymbol);
  const uint64_t all = fake->modules.variables()[static_cast<size_t>(*number)].bytes;
  if (offset > all || bytes > all - offset)
    return fake->Return(cuda::kInvalidValue);
  *address = FakeAddress({BufferRef::Kind::kVariable, *number}, fake->tape.which()) +
             offset;
  return cuda::kSuccess;
}

int CopyToVariable(const char* call, cuda::Stream stream, const void* symbol,
                   const void* from, size_t bytes, size_t offset) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  uint64_t to = 0;
  if (const int error = FindVariable(fake, symbol, offset, bytes, &to)) return error;
  return fake->Copy(stream, to, reinterpret_cast<uint64_t>(from), bytes, call);
}

int CopyFromVariable(const char* call, cuda::Stream stream, void* to,
                     const void* symbol, size_t bytes, size_t offset) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  uint64_t from = 0;
  if (const int error = FindVariable(fake, symbol, offset, bytes, &from))
    return error;
  return fake->Copy(stream, reinterpret_cast<uint64_t>(to), from, bytes, call);
}

int DeclineTexture(const char* call) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  fake->tape.CannotHold(
      format("a texture or surface object ({}): read the memory by its address",
             call));
  return fake->Return(cuda::kNotSupported);
}

}  // namespace
}  // namespace kernelevolve::worker

namespace worker = kernelevolve::worker;
namespace cuda = kernelevolve::worker::cuda;
using worker::FakeCudaCall;

#pragma GCC visibility push(default)
extern "C" {

int cudaMemcpyToSymbol(const void* symbol, const void* from, size_t bytes,
                       size_t offset, int) {
  cuda::Stream stream = nullptr;
  if (const int error = worker::CallStream(&stream)) return error;
  return worker::CopyToVariable("cudaMemcpyToSymbol", stream, symbol, from, bytes,
                                offset);
}
int cudaMemcpyToSymbolAsync(const void* symbol, const void* from, size_t bytes,
                            size_t offset, int, cuda::Stream stream) {
  return worker::CopyToVariable("cudaMemcpyToSymbolAsync", stream, symbol, from,
                                bytes, offset);
}
int cudaMemcpyFromSymbol(void* to, const void* symbol, size_t bytes, size_t offset,
                         int) {
  cuda::Stream stream = nullptr;
  if (const int error = worker::CallStream(&stream)) return error;
  return worker::CopyFromVariable("cudaMemcpyFromSymbol", stream, to, symbol, bytes,
                                  offset);
}
int cudaMemcpyFromSymbolAsync(void* to, const void* symbol, size_t bytes,
                              size_t offset, int, cuda::Stream stream) {
  return worker::CopyFromVariable("cudaMemcpyFromSymbolAsync", stream, to, symbol,
                                  bytes, offset);
}
int cudaGetSymbolAddress(void** out, const void* symbol) {
  FakeCudaCall fake;
  if (!fake || !out) return cuda::kInvalidValue;
  uint64_t address = 0;
  if (const int error = worker::FindVariable(fake, symbol, 0, 0, &address))
    return error;
  *out = reinterpret_cast<void*>(address);
  return cuda::kSuccess;
}
int cudaGetSymbolSize(size_t* out, const void* symbol) {
  FakeCudaCall fake;
  if (!fake || !out) return cuda::kInvalidValue;
  const auto number = fake->modules.VariableNumber(symbol);
  if (!number) return fake->Return(cuda::kInvalidSymbol);
  *out = fake->modules.variables()[static_cast<size_t>(*number)].bytes;
  return cuda::kSuccess;
}

// Says what it was told: refused is what is made of it.
cuda::ChannelFormat cudaCreateChannelDesc(int x, int y, int z, int w, int kind) {
  return {x, y, z, w, kind};
}
int cudaCreateTextureObject(unsigned long long*, const void*, const void*,
                            const void*) {
  return worker::DeclineTexture("cudaCreateTextureObject");
}
int cudaDestroyTextureObject(unsigned long long) {
  return worker::DeclineTexture("cudaDestroyTextureObject");
}
int cudaCreateSurfaceObject(unsigned long long*, const void*) {
  return worker::DeclineTexture("cudaCreateSurfaceObject");
}
int cudaDestroySurfaceObject(unsigned long long) {
  return worker::DeclineTexture("cudaDestroySurfaceObject");
}

}  // extern "C"
#pragma GCC visibility pop
