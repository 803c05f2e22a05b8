// What a recorder is told: the device's facts, and the shapes to record at.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "core/dtype.h"
#include "worker/cubin/occupancy.h"

namespace kernelevolve::worker {

struct RecordTensor {
  std::string name;
  bool output = false;
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
  bool constant = false;
};

struct RecordShape {
  std::vector<RecordTensor> tensors;  // in the task's order
  std::vector<double> attributes;
};

struct RecordRequest {
  DeviceLimits device;
  std::vector<RecordShape> shapes;
};

// kBadInput names the field.
Result<RecordRequest> RecordRequestFromJson(const Json& json);

}  // namespace kernelevolve::worker
