#include "worker/record/graph_params.h"

#include <algorithm>

#include "worker/record/cuda_graph.h"
#include "worker/record/fake_addresses.h"

namespace kernelevolve::worker {
namespace {

// No buffer has room for more.
bool IsTooLarge(uint64_t bytes, uint64_t rows, uint64_t planes) {
  const uint64_t most = kMostBufferBytes;
  return bytes > most || rows > most / bytes || planes > most / (bytes * rows);
}

bool FitsElements(const cuda::FillNodeParams& params) {
  const uint64_t bytes = params.element_bytes;
  return (bytes == 1 || bytes == 2 || bytes == 4) &&
         reinterpret_cast<uint64_t>(params.to) % bytes == 0 &&
         (params.height == 1 || params.pitch % bytes == 0);
}

// Further apart than the device's own copies take.
bool IsTooFar(uint64_t rows, uint64_t pitch) {
  return rows > 1 && pitch > kMostPitch;
}

uint64_t Start(const cuda::PitchedPointer& memory, const cuda::Triple& at) {
  return reinterpret_cast<uint64_t>(memory.pointer) + at.x +
         (at.y + at.z * memory.height) * memory.pitch;
}

// Rows that lie one behind another are one.
struct Rows {
  uint64_t bytes, rows, planes;
  void Join(bool rows_touch, bool planes_touch) {
    if (!rows_touch && rows > 1) return;
    bytes *= rows;
    rows = 1;
    if (!(rows_touch && planes_touch) && planes > 1) return;
    bytes *= planes;
    planes = 1;
  }
};

CopyOp CopyOf(const cuda::CopyNodeParams& params, const Rows& rows) {
  CopyOp copy{.to = {}, .from = {}, .bytes = rows.bytes};
  if (rows.rows == 1) return copy;
  copy.rows = rows.rows;
  copy.to_pitch = params.to.pitch;
  copy.from_pitch = params.from.pitch;
  return copy;
}

void AddWrites(const cuda::CopyNodeParams& params, const Rows& rows, uint64_t to,
               uint64_t from, std::vector<RawOp>* ops) {
  for (uint64_t y = 0; y < rows.rows; ++y) {
    WriteOp write;
    write.bytes.resize(rows.bytes);
    ops->push_back({std::move(write), to + y * params.to.pitch,
                    from + y * params.from.pitch});
  }
}

}  // namespace

int ReadFill(const cuda::FillNodeParams& params, std::vector<RawOp>* ops) {
  const auto start = reinterpret_cast<uint64_t>(params.to);
  if (!FitsElements(params) || !IsFakeAddress(start) || params.width == 0 ||
      params.height == 0 ||
      IsTooLarge(params.width, params.element_bytes, params.height))
    return cuda::kInvalidValue;
  const uint64_t row = params.width * params.element_bytes;
  if (params.height > 1 && params.pitch < row) return cuda::kInvalidValue;
  Rows rows{row, params.height, 1};
  rows.Join(params.pitch == row, true);
  if (IsTooFar(rows.rows, params.pitch)) return cuda::kInvalidValue;
  const int width = static_cast<int>(params.element_bytes);
  const uint32_t mask = width == 4 ? ~0u : (1u << (8 * width)) - 1;
  MemsetOp fill{.to = {}, .bytes = rows.bytes, .value = params.value & mask,
                .width = width};
  if (rows.rows > 1) {
    fill.rows = rows.rows;
    fill.pitch = params.pitch;
  }
  ops->push_back({std::move(fill), start, 0});
  return cuda::kSuccess;
}

int ReadCopy(const cuda::CopyNodeParams& params, std::vector<RawOp>* ops) {
  const auto& [bytes, height, depth] = params.extent;
  const uint64_t to = Start(params.to, params.to_at),
                 from = Start(params.from, params.from_at);
  const bool written = !IsFakeAddress(from);
  if (params.from_array || params.to_array || !IsFakeAddress(to))
    return cuda::kNotSupported;
  const auto reaches = [&](const cuda::PitchedPointer& memory) {
    return (height == 1 && depth == 1) ||
           (memory.pitch >= bytes && (depth == 1 || memory.height >= height));
  };
  if (bytes == 0 || height == 0 || depth == 0 ||
      IsTooLarge(bytes, height, depth) || !reaches(params.to) ||
      !reaches(params.from) || !params.from.pointer)
    return cuda::kInvalidValue;
  if (written && bytes * height * depth > kMostWrittenBytes)
    return cuda::kNotSupported;
  Rows rows{bytes, height, depth};
  rows.Join(params.to.pitch == bytes && params.from.pitch == bytes,
            params.to.height == height && params.from.height == height);
  if (IsTooFar(rows.rows, std::max(params.to.pitch, params.from.pitch)))
    return cuda::kInvalidValue;
  if (rows.planes > CudaGraph::kMostSteps / (written ? rows.rows : 1))
    return cuda::kMemoryAllocation;
  for (uint64_t z = 0; z < rows.planes; ++z) {
    const uint64_t plane_to = to + z * params.to.height * params.to.pitch,
                   plane_from = from + z * params.from.height * params.from.pitch;
    if (written)
      AddWrites(params, rows, plane_to, plane_from, ops);
    else
      ops->push_back({CopyOf(params, rows), plane_to, plane_from});
  }
  return cuda::kSuccess;
}

bool IsOneRow(const RawOp& op) {
  if (const auto* fill = std::get_if<MemsetOp>(&op.op)) return fill->rows == 1;
  const auto* copy = std::get_if<CopyOp>(&op.op);
  return !copy || copy->rows == 1;
}

cuda::CopyNodeParams LinearCopy(void* to, const void* from, size_t bytes) {
  cuda::CopyNodeParams params{};
  params.to.pointer = to;
  params.from.pointer = const_cast<void*>(from);
  params.extent = {bytes, 1, 1};
  return params;
}

}  // namespace kernelevolve::worker
