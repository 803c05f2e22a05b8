// The driver's functions that we call: one line each, from which the table of
// pointers, its loading and the stand-in of the tests are made. The second
// column is the symbol in libcuda.so.1; a suffix _v2 is part of it.
#pragma once

#include "worker/gpu/driver/cuda_types.h"

// X(member, symbol, (parameters))
#define KE_CUDA_ENTRY_POINTS(X)                                                \
  X(Init, cuInit, (unsigned flags))                                            \
  X(GetErrorName, cuGetErrorName, (CuResult code, const char** text))          \
  X(GetErrorString, cuGetErrorString, (CuResult code, const char** text))      \
  X(DeviceGetCount, cuDeviceGetCount, (int* count))                            \
  X(DeviceGet, cuDeviceGet, (CuDevice * device, int ordinal))                  \
  X(DeviceGetName, cuDeviceGetName, (char* name, int length, CuDevice device)) \
  X(DeviceGetUuid, cuDeviceGetUuid_v2, (CuUuid * uuid, CuDevice device))       \
  X(DeviceGetAttribute, cuDeviceGetAttribute,                                  \
    (int* value, int attribute, CuDevice device))                              \
  X(DeviceTotalMem, cuDeviceTotalMem_v2, (size_t * bytes, CuDevice device))    \
  X(PrimaryCtxRetain, cuDevicePrimaryCtxRetain,                                \
    (CuContext * context, CuDevice device))                                    \
  X(PrimaryCtxRelease, cuDevicePrimaryCtxRelease_v2, (CuDevice device))        \
  X(PrimaryCtxSetFlags, cuDevicePrimaryCtxSetFlags_v2,                         \
    (CuDevice device, unsigned flags))                                         \
  X(CtxSetCurrent, cuCtxSetCurrent, (CuContext context))                       \
  X(CtxSynchronize, cuCtxSynchronize, ())                                      \
  X(CtxResetPersistingL2, cuCtxResetPersistingL2Cache, ())                     \
  X(MemGetInfo, cuMemGetInfo_v2, (size_t * free, size_t* total))               \
  X(MemGetAllocationGranularity, cuMemGetAllocationGranularity,                \
    (size_t * granularity, const CuMemAllocationProp* prop, int option))       \
  X(MemCreate, cuMemCreate,                                                    \
    (CuMemHandle * handle, size_t bytes, const CuMemAllocationProp* prop,      \
     unsigned long long flags))                                                \
  X(MemRelease, cuMemRelease, (CuMemHandle handle))                            \
  X(MemExportToShareableHandle, cuMemExportToShareableHandle,                  \
    (void* shareable, CuMemHandle handle, int type, unsigned long long flags)) \
  X(MemImportFromShareableHandle, cuMemImportFromShareableHandle,              \
    (CuMemHandle * handle, void* shareable, int type))                         \
  X(MemAddressReserve, cuMemAddressReserve,                                    \
    (CuAddress * address, size_t bytes, size_t alignment, CuAddress wish,      \
     unsigned long long flags))                                                \
  X(MemAddressFree, cuMemAddressFree, (CuAddress address, size_t bytes))       \
  X(MemMap, cuMemMap,                                                          \
    (CuAddress address, size_t bytes, size_t offset, CuMemHandle handle,       \
     unsigned long long flags))                                                \
  X(MemUnmap, cuMemUnmap, (CuAddress address, size_t bytes))                   \
  X(MemSetAccess, cuMemSetAccess,                                              \
    (CuAddress address, size_t bytes, const CuMemAccessDesc* access,           \
     size_t count))                                                            \
  X(MemAlloc, cuMemAlloc_v2, (CuAddress * address, size_t bytes))              \
  X(MemFree, cuMemFree_v2, (CuAddress address))                                \
  X(MemsetD8Async, cuMemsetD8Async,                                            \
    (CuAddress address, unsigned char value, size_t count, CuStream stream))   \
  X(MemsetD16Async, cuMemsetD16Async,                                          \
    (CuAddress address, unsigned short value, size_t count, CuStream stream))  \
  X(MemsetD32Async, cuMemsetD32Async,                                          \
    (CuAddress address, unsigned value, size_t count, CuStream stream))        \
  X(MemcpyDtoDAsync, cuMemcpyDtoDAsync_v2,                                     \
    (CuAddress to, CuAddress from, size_t bytes, CuStream stream))             \
  X(MemsetD2D8Async, cuMemsetD2D8Async,                                        \
    (CuAddress address, size_t pitch, unsigned char value, size_t width,       \
     size_t height, CuStream stream))                                          \
  X(MemsetD2D16Async, cuMemsetD2D16Async,                                      \
    (CuAddress address, size_t pitch, unsigned short value, size_t width,      \
     size_t height, CuStream stream))                                          \
  X(MemsetD2D32Async, cuMemsetD2D32Async,                                      \
    (CuAddress address, size_t pitch, unsigned value, size_t width,            \
     size_t height, CuStream stream))                                          \
  X(Memcpy2DAsync, cuMemcpy2DAsync_v2,                                         \
    (const CuMemcpy2D* copy, CuStream stream))                                 \
  X(MemcpyHtoD, cuMemcpyHtoD_v2,                                               \
    (CuAddress to, const void* from, size_t bytes))                            \
  X(MemcpyDtoH, cuMemcpyDtoH_v2, (void* to, CuAddress from, size_t bytes))     \
  X(ModuleLoadDataEx, cuModuleLoadDataEx,                                      \
    (CuModule * module, const void* image, unsigned options,                   \
     int* option_ids, void** option_values))                                   \
  X(ModuleUnload, cuModuleUnload, (CuModule module))                           \
  X(ModuleGetFunction, cuModuleGetFunction,                                    \
    (CuFunction * function, CuModule module, const char* name))                \
  X(ModuleGetGlobal, cuModuleGetGlobal_v2,                                     \
    (CuAddress * address, size_t* bytes, CuModule module, const char* name))   \
  X(FuncSetAttribute, cuFuncSetAttribute,                                      \
    (CuFunction function, int attribute, int value))                           \
  X(FuncGetAttribute, cuFuncGetAttribute,                                      \
    (int* value, int attribute, CuFunction function))                          \
  X(FuncGetParamInfo, cuFuncGetParamInfo,                                      \
    (CuFunction function, size_t index, size_t* offset, size_t* bytes))        \
  X(LaunchKernelEx, cuLaunchKernelEx,                                          \
    (const CuLaunchConfig* config, CuFunction function, void** parameters,     \
     void** extra))                                                            \
  X(StreamCreate, cuStreamCreate, (CuStream * stream, unsigned flags))         \
  X(StreamDestroy, cuStreamDestroy_v2, (CuStream stream))                      \
  X(StreamSynchronize, cuStreamSynchronize, (CuStream stream))                 \
  X(StreamWaitEvent, cuStreamWaitEvent,                                        \
    (CuStream stream, CuEvent event, unsigned flags))                          \
  X(StreamBeginCapture, cuStreamBeginCapture_v2, (CuStream stream, int mode))  \
  X(StreamEndCapture, cuStreamEndCapture, (CuStream stream, CuGraph* graph))   \
  X(EventCreate, cuEventCreate, (CuEvent * event, unsigned flags))             \
  X(EventDestroy, cuEventDestroy_v2, (CuEvent event))                          \
  X(EventRecord, cuEventRecord, (CuEvent event, CuStream stream))              \
  X(EventSynchronize, cuEventSynchronize, (CuEvent event))                     \
  X(EventElapsedTime, cuEventElapsedTime,                                      \
    (float* milliseconds, CuEvent start, CuEvent end))                         \
  X(GraphCreate, cuGraphCreate, (CuGraph * graph, unsigned flags))             \
  X(GraphAddEmptyNode, cuGraphAddEmptyNode,                                    \
    (CuGraphNode * node, CuGraph graph, const CuGraphNode* dependencies,       \
     size_t count))                                                            \
  X(GraphInstantiate, cuGraphInstantiateWithFlags,                             \
    (CuGraphExec * exec, CuGraph graph, unsigned long long flags))             \
  X(GraphUpload, cuGraphUpload, (CuGraphExec exec, CuStream stream))           \
  X(GraphLaunch, cuGraphLaunch, (CuGraphExec exec, CuStream stream))           \
  X(GraphDestroy, cuGraphDestroy, (CuGraph graph))                             \
  X(GraphExecDestroy, cuGraphExecDestroy, (CuGraphExec exec))                  \
  X(TensorMapEncodeTiled, cuTensorMapEncodeTiled,                              \
    (CuTensorMap * map, int dtype, uint32_t rank, void* address,               \
     const uint64_t* dims, const uint64_t* strides, const uint32_t* box,       \
     const uint32_t* element_strides, int interleave, int swizzle,             \
     int l2_promotion, int oob_fill))
