#include "worker/gpu/judge/launchers.h"

#include <cstring>

#include "base/format.h"

namespace kernelevolve::worker::gpu {
namespace {

// NaN in all floating types that are two or four bytes wide; then large finite
// numbers.
constexpr uint32_t kScrubPatterns[] = {0x7fc17fc1, 0x71497149};

// ke_dirty of runners/cuda/judge_kernels.cu: one block fills a multiprocessor.
ShapePlan ScrubPlan(int multiprocessors, uint32_t shared_bytes,
                    uint32_t pattern) {
  constexpr uint32_t kThreads = 1024;
  LaunchOp op;
  op.kernel = "ke_dirty";
  op.grid = {static_cast<uint32_t>(multiprocessors), 1, 1};
  op.block = {kThreads, 1, 1};
  op.shared_bytes = shared_bytes;
  op.offsets = {0, 4, 8};
  op.parameters.resize(16);  // the last: an address that is null
  const uint32_t words = shared_bytes / sizeof(uint32_t);
  std::memcpy(op.parameters.data(), &pattern, sizeof pattern);
  std::memcpy(op.parameters.data() + 4, &words, sizeof words);
  ShapePlan plan;
  plan.run.push_back(std::move(op));
  return plan;
}

TimeRequest RequestFor(uint64_t flush_bytes) {
  TimeRequest request;
  if (flush_bytes > 0) request.flush = LentPlace{static_cast<int>(kFlushId), 0};
  request.flush_bytes = flush_bytes;
  return request;
}

constexpr int kSettledCalls = 7;

TimeRequest SettledRequestFor(uint64_t flush_bytes) {
  TimeRequest request = RequestFor(flush_bytes);
  request.settled = true;
  request.repeat = kSettledCalls;
  return request;
}

}  // namespace

void Launchers::ScrubWith(std::string image, const DeviceInfo& device) {
  scrub_image_ = std::move(image);
  multiprocessors_ = device.multiprocessors;
  shared_bytes_ = static_cast<uint32_t>(device.shared_per_block_optin);
}

Status Launchers::LendFlush(LauncherProcess& process) const {
  RETURN_IF_ERROR(process.Lend(static_cast<int>(kFlushId), flush_.dirty(), true));
  ASSIGN_OR_RETURN(auto failed, process.Pause(PausePlan(), {flush_.image()}));
  if (!failed && flush_.clean()) {
    const int id = static_cast<int>(kCleanId);
    RETURN_IF_ERROR(process.Lend(id, *flush_.clean(), false));
    ASSIGN_OR_RETURN(failed, process.Sweep(SweepPlan(flush_.sweep(), flush_.bytes()),
                                           {flush_.image()}, {id, 0}));
  }
  if (failed) return Broken("what leads a timed call: " + failed->message);
  return {};
}

Status Launchers::StartScrubbing(size_t index, LauncherProcess& process) {
  if (scrub_image_.empty() || index >= std::size(kScrubPatterns)) return {};
  ASSIGN_OR_RETURN(
      const auto refused,
      process.Scrub(ScrubPlan(multiprocessors_, shared_bytes_,
                              kScrubPatterns[index]), {scrub_image_}));
  not_scrubbed_ = refused ? refused->message : "";
  return {};
}

Result<std::unique_ptr<LauncherProcess>> Launchers::StartWrapped(
    const std::vector<std::string>& wrapper, TaskMemory& memory) const {
  LauncherOptions options;
  options.worker_binary = machine_.worker_binary;
  options.device = device_;
  options.wrapper = wrapper;
  ASSIGN_OR_RETURN(auto process, LauncherProcess::Start(options));
  for (const Slot& slot : memory.inputs)
    RETURN_IF_ERROR(process->Lend(static_cast<int>(slot.id), *slot.memory, false));
  return process;
}

Result<KernelProcess*> Launchers::For(int world, TaskMemory& memory) {
  ASSIGN_OR_RETURN(LauncherProcess* process, Launcher(world, memory));
  return process;
}

Result<KernelProcess*> Launchers::Permissive(TaskMemory& memory) {
  ASSIGN_OR_RETURN(LauncherProcess* process, Get(kPermissive, memory));
  return process;
}

Result<LauncherProcess*> Launchers::Launcher(int world, TaskMemory& memory) {
  return Get(static_cast<size_t>(world), memory);
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
  RETURN_IF_ERROR(LendFlush(*process));
  for (const Slot* slot : memory.KernelSlots())
    RETURN_IF_ERROR(process->Lend(static_cast<int>(slot->id), *slot->memory,
                                  slot->writable || index == kPermissive));
  RETURN_IF_ERROR(StartScrubbing(index, *process));
  kept.process = std::move(process);
  kept.memory = &memory;
  return kept.process.get();
}

void Launchers::Forget(TaskMemory* memory) {
  for (Kept& kept : kept_)
    if (kept.memory == memory) kept = {};
}

Verdictless TimeCall(KernelProcess& process, uint64_t flush_bytes,
                     std::chrono::nanoseconds limit, TimeSample* sample) {
  std::vector<TimeSample> samples;
  RETURN_IF_FAILED(process.Time(RequestFor(flush_bytes), limit, &samples));
  if (samples.size() != 1) return Broken("a process timed another number of calls");
  *sample = samples[0];
  return std::nullopt;
}

Verdictless TimeSettledCalls(KernelProcess& process, uint64_t flush_bytes,
                             std::chrono::nanoseconds limit,
                             std::vector<TimeSample>* samples) {
  return process.Time(SettledRequestFor(flush_bytes), kSettledCalls * limit,
                      samples);
}

Verdictless TimeEmptyCalls(KernelProcess& process, uint64_t flush_bytes,
                           std::vector<TimeSample>* samples) {
  TimeRequest request = SettledRequestFor(flush_bytes);
  request.empty = true;
  return process.Time(request, std::chrono::seconds(5), samples);
}

}  // namespace kernelevolve::worker::gpu
