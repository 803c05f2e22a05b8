// The outputs of one call at a listed shape, compared on the device; the
// counterpart of worker/judge/verify.h, with the same names for failures.
#pragma once

#include <vector>

#include "worker/gpu/judge/gpu_oracle.h"
#include "worker/gpu/judge/gpu_session.h"
#include "worker/gpu/judge/open_pairs.h"
#include "worker/judge/verify.h"

namespace kernelevolve::worker::gpu {

struct DeviceSubject {
  const Driver& driver;
  DeviceKernels& kernels;
  const Task& task;
  GpuSession& session;
  const DeviceAnswer& answer;
  // By output, beside what the task leaves open; none for no dispute.
  std::vector<OpenPairs> disputed = {};
};

// Of millions of elements a few err more than the root mean square of all tells: where
// one term of a sum outweighs the others its partial sums are larger than most, and where
// values are odd two large terms may be nearly equal. One in 2^20, of odd ones one in
// 2^12, off by less than twice its allowance, is no wrong one.
DeviceComparison WithoutTail(DeviceComparison found, InputFamily inputs);

Verdictless VerifyOnDevice(const DeviceSubject& subject, const CheckSet& checks,
                           const Circumstances& where, Evidence* evidence);

}  // namespace kernelevolve::worker::gpu
