// The calls about memory that is no buffer of a plan: variables of a module,
// textures. They are refused with what to write instead.
#include "base/format.h"
#include "worker/record/fake_cuda.h"

namespace kernelevolve::worker {
namespace {

int DeclineVariable(const char* call) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  fake->tape.CannotHold(
      format("{}, as variables of a module are none of its buffers: hand values "
             "to the kernel as arguments, or write them where the variable is "
             "defined", call));
  return fake->Return(cuda::kNotSupported);
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

#pragma GCC visibility push(default)
extern "C" {

int cudaMemcpyToSymbol(const void*, const void*, size_t, size_t, int) {
  return worker::DeclineVariable("cudaMemcpyToSymbol");
}
int cudaMemcpyToSymbolAsync(const void*, const void*, size_t, size_t, int,
                            cuda::Stream) {
  return worker::DeclineVariable("cudaMemcpyToSymbolAsync");
}
int cudaMemcpyFromSymbol(void*, const void*, size_t, size_t, int) {
  return worker::DeclineVariable("cudaMemcpyFromSymbol");
}
int cudaMemcpyFromSymbolAsync(void*, const void*, size_t, size_t, int,
                              cuda::Stream) {
  return worker::DeclineVariable("cudaMemcpyFromSymbolAsync");
}
int cudaGetSymbolAddress(void**, const void*) {
  return worker::DeclineVariable("cudaGetSymbolAddress");
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
