// LauncherService: answers the requests of a launcher's parent.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "worker/gpu/driver/primary_context.h"
#include "worker/gpu/launcher/call_timer.h"
#include "worker/gpu/launcher/plan_executor.h"
#include "worker/gpu/memory/borrowed_memory.h"

namespace kernelevolve::worker::gpu {

// Lives on the one thread of the launcher. Driver and context must outlive it.
class LauncherService {
 public:
  // `socket` brings the descriptors that requests announce.
  LauncherService(const Driver& driver, int device, int socket)
      : driver_(driver), device_(device), socket_(socket), streams_(driver) {}

  Json Answer(const Json& request);
  // Nothing can be done any more: the process should end.
  bool lost() const { return lost_; }

 private:
  Json Lend(const Json& request);
  Json Unlend(const Json& request);
  Json Allocate(const Json& request);
  // A plan of ours, over lent memory, into `kept`.
  Json Keep(const Json& request, std::optional<PlanExecutor>* kept);
  Json Load(const Json& request);
  Json LoadNext(const Json& request);
  Json Bind(const Json& request);
  Json Setup();
  Json Run(const Json& request);
  Json Time(const Json& request);
  Json Unload();

  Status FillOwn(const AllocateRequest& request, int file, CuAddress to);
  // A launcher that cannot scrub is at fault itself, unless a kernel before has
  // broken the context.
  std::optional<Json> IssueScrub();
  Result<CuAddress> Find(const LentPlace& place) const;
  Result<CuAddress> FindWritable(const LentSpan& span) const;
  Result<std::vector<CuAddress>> FindAll(
      const std::vector<LentPlace>& places) const;
  Result<CallTimer::Flush> FindFlush(const TimeRequest& request);
  CudaStatus EnsureTimer();
  Json Report(const std::string& stage, const CudaError& error);

  const Driver& driver_;
  const int device_, socket_;
  StreamSet streams_;
  std::map<int, std::unique_ptr<BorrowedMemory>> lent_;
  struct OwnMemory {
    Allocation memory;
    uint64_t bytes = 0;
  };
  std::map<int, OwnMemory> own_;
  std::optional<PlanExecutor> executor_;
  std::optional<PlanExecutor> scrub_;  // runs before every call and flush
  // Run before a timed call: behind a flush, or in its place.
  std::optional<PlanExecutor> sweep_, pause_;
  bool bound_ = false;
  std::optional<CallTimer> timer_;
  bool lost_ = false;
};

}  // namespace kernelevolve::worker::gpu
