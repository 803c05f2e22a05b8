// What a call of the driver answered, where the code itself matters: the
// launcher reports it, and its parent decides whose fault it was.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "base/result.h"
#include "worker/gpu/driver/cuda_types.h"

namespace kernelevolve::worker::gpu {

class Driver;

struct CudaError {
  CuResult code = kCudaUnknown;
  std::string what;  // what was tried, and with what numbers
};

template <typename T>
class [[nodiscard]] Cuda : public tl::expected<T, CudaError> {
 public:
  using tl::expected<T, CudaError>::expected;
};
using CudaStatus = Cuda<void>;

// The error of `code`, or nothing where it is success.
inline CudaStatus Try(CuResult code, const std::string& what) {
  if (code == kCudaSuccess) return {};
  return tl::unexpected<CudaError>(CudaError{code, what});
}

// "what: CUDA_ERROR_OUT_OF_MEMORY (2), out of memory", kInfrastructure.
Error ToError(const Driver& driver, const CudaError& error);
// Whether such an error says that the device's memory is spent.
bool IsOutOfMemory(const Error& error);

// Codes after which a context answers nothing else any more.
bool IsSticky(CuResult code);

}  // namespace kernelevolve::worker::gpu

#define RETURN_IF_CUDA(call, what)                                      \
  do {                                                                  \
    if (auto ke_tried = ::kernelevolve::worker::gpu::Try((call), (what)); \
        !ke_tried)                                                      \
      return ::tl::unexpected<::kernelevolve::worker::gpu::CudaError>(  \
          std::move(ke_tried).error());                                 \
  } while (false)

// As RETURN_IF_ERROR, for a CudaStatus.
#define RETURN_IF_CUDA_ERROR(expression)                                \
  do {                                                                  \
    if (auto ke_status = (expression); !ke_status)                      \
      return ::tl::unexpected<::kernelevolve::worker::gpu::CudaError>(  \
          std::move(ke_status).error());                                \
  } while (false)

// As ASSIGN_OR_RETURN, for a Cuda<T>.
#define ASSIGN_OR_RETURN_CUDA(declaration, expression)                    \
  ASSIGN_OR_RETURN_CUDA_IMPL(KE_CONCAT(ke_cuda_, __LINE__), declaration,  \
                             expression)
#define ASSIGN_OR_RETURN_CUDA_IMPL(result, declaration, expression)       \
  auto result = (expression);                                             \
  if (!result)                                                            \
    return ::tl::unexpected<::kernelevolve::worker::gpu::CudaError>(      \
        std::move(result).error());                                       \
  declaration = *std::move(result)
