// What a launcher and its parent say to each other, and its JSON. Both ends are
// this program: reading is strict, and a mistake is a bug of ours.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace kernelevolve::worker::gpu {

// A tensor in memory that was lent.
struct LentPlace {
  int id = 0;
  uint64_t offset = 0;
};

struct LentSpan {
  LentPlace place;
  uint64_t bytes = 0;
};

struct BindRequest {
  std::vector<LentPlace> inputs, outputs;
  std::optional<LentPlace> workspace;
  // What the plan's own allocations hold at first; nullopt: nobody writes to
  // them, so that a tool can tell who reads what was never written.
  std::optional<uint32_t> poison = 0xffffffff;
  // False: calls are issued one by one, for tools that do not look into graphs.
  bool graph = true;
};

// Whether a call is one launch of a graph, or, where capturing it failed, a
// series of launches; then `why` says what failed.
struct BindReport {
  bool graph = true;
  std::string why;
};

// Memory of the launcher's own, named like lent memory. Tools that watch the
// process know where it begins and ends, and what was written to it.
struct AllocateRequest {
  int id = 0;
  uint64_t bytes = 0;
  std::optional<LentPlace> copy_of;  // it begins as what lies there
  bool filled = false;  // a descriptor of a file with its contents follows
};

struct RunRequest {
  // Written before the call to allocations that setup has no part in.
  std::optional<uint32_t> poison;
  // So many calls, each issued right behind the one before, and between them
  // nothing but a fill of these.
  int calls = 1;
  std::vector<LentSpan> wiped;
};

// A call that is timed, once for every `repeat`.
struct TimeRequest {
  // Lent memory that is written before each call, to empty the caches.
  std::optional<LentPlace> flush;
  uint64_t flush_bytes = 0;
  // Lines that a kernel asked the L2 cache to keep are let go before each call.
  bool reset_persisting = true;
  int repeat = 1;
  // Before each call the device has done something for this process and is idle.
  // Where another process used it last, it takes 0.15 ms to change over, which
  // the host's clock sees and no event.
  bool settled = false;
  // Nothing is called: the floor of the measurement.
  bool empty = false;
};

struct TimeSample {
  double event_us = 0;  // between two events around the call
  // From before the first event was issued until all was done, by the host's
  // clock. Never less than event_us where nobody lies; holds the flush too.
  int64_t host_ns = 0;
};

inline constexpr int kMostRepeats = 10'000;

Json ToJson(const std::vector<LentPlace>& places);
Json ToJson(const BindRequest& request);
Json ToJson(const AllocateRequest& request);
Json ToJson(const RunRequest& request);
Json ToJson(const TimeRequest& request);
Json ToJson(const std::vector<TimeSample>& samples);

Result<std::vector<LentPlace>> PlacesFromJson(const Json& json,
                                              std::string_view field);
Result<BindRequest> BindRequestFromJson(const Json& json);
Result<AllocateRequest> AllocateRequestFromJson(const Json& json);
Result<RunRequest> RunRequestFromJson(const Json& json);
Result<TimeRequest> TimeRequestFromJson(const Json& json);
Result<std::vector<TimeSample>> SamplesFromJson(const Json& json);

// The CUDA error that a launcher met.
struct CudaReport {
  std::string stage;  // "load", "bind", "setup", "run", "time", "lend"
  int code = 0;
  std::string name;  // "CUDA_ERROR_ILLEGAL_ADDRESS"
  std::string what;
  bool sticky = false;  // the launcher is of no more use, and ends
};

Json ToJson(const CudaReport& report);
Result<CudaReport> CudaReportFromJson(const Json& json);

}  // namespace kernelevolve::worker::gpu
