#include "worker/gpu/judge/launchers.h"

#include "base/format.h"

namespace kernelevolve::worker::gpu {

Result<LauncherProcess*> Launchers::For(int world, TaskMemory& memory) {
  return Get(static_cast<size_t>(world), memory);
}

Result<LauncherProcess*> Launchers::Permissive(TaskMemory& memory) {
  return Get(kPermissive, memory);
}

Result<LauncherProcess*> Launchers::Get(size_t index, TaskMemory& memory) {
  Kept& kept = kept_[index];
  if (kept.process && kept.process->usable() && kept.memory == &memory)
    return kept.process.get();
  kept = {};
  LauncherOptions options;
  options.worker_binary = machine_.worker_binary;
  options.device = device_;
  ASSIGN_OR_RETURN(auto process, LauncherProcess::Start(options));
  ++started_;
  RETURN_IF_ERROR(process->Lend(static_cast<int>(kFlushId), flush_, true));
  for (Slot* slot : memory.Slots())
    RETURN_IF_ERROR(process->Lend(static_cast<int>(slot->id), *slot->memory,
                                  slot->writable || index == kPermissive));
  kept.process = std::move(process);
  kept.memory = &memory;
  return kept.process.get();
}

void Launchers::Forget(TaskMemory* memory) {
  for (Kept& kept : kept_)
    if (kept.memory == memory) kept = {};
}

Verdictless TimeCall(LauncherProcess& launcher, uint64_t flush_bytes,
                     std::chrono::nanoseconds limit, double* microseconds) {
  TimeRequest request;
  if (flush_bytes > 0) request.flush = LentPlace{static_cast<int>(kFlushId), 0};
  request.flush_bytes = flush_bytes;
  std::vector<TimeSample> samples;
  RETURN_IF_FAILED(launcher.Time(request, limit, &samples));
  if (samples.size() != 1) return Broken("a launcher timed another number of calls");
  *microseconds = samples[0].event_us;
  return std::nullopt;
}

}  // namespace kernelevolve::worker::gpu
