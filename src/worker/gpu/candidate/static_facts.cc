#include "worker/gpu/candidate/static_facts.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "worker/cubin/occupancy.h"
#include "worker/gpu/candidate/record_request.h"

namespace kernelevolve::worker::gpu {
namespace {

DeviceLimits LimitsOf(const Json& device, int arch) {
  const auto number = [&](const char* key) {
    return GetInteger(device, key).value_or(0);
  };
  DeviceLimits limits;
  limits.arch = arch;
  limits.multiprocessors = static_cast<int>(number("multiprocessors"));
  limits.shared_per_block_optin =
      static_cast<uint64_t>(number("shared_per_block_optin"));
  limits.shared_per_multiprocessor =
      static_cast<uint64_t>(number("shared_per_multiprocessor"));
  limits.registers_per_multiprocessor =
      static_cast<int>(number("registers_per_multiprocessor"));
  limits.max_threads_per_multiprocessor =
      static_cast<int>(number("max_threads_per_multiprocessor"));
  return limits;
}

const KernelFacts* FactsOf(const RecordedKernel& recorded, const LaunchOp& op) {
  for (const KernelFacts& facts : recorded.facts)
    if (facts.name == op.kernel && facts.module == op.module) return &facts;
  return nullptr;
}

// Kernels of a shape's calls, each once, as they are launched there first.
std::vector<const LaunchOp*> Launched(const LaunchPlan& plan, size_t shape = 0) {
  std::vector<const LaunchOp*> launched;
  if (shape >= plan.shapes.size()) return launched;
  for (const PlanOp& op : plan.shapes[shape].run) {
    const LaunchOp* launch = std::get_if<LaunchOp>(&op);
    if (!launch) continue;
    const bool known = std::any_of(
        launched.begin(), launched.end(), [&](const LaunchOp* one) {
          return one->kernel == launch->kernel && one->module == launch->module;
        });
    if (!known) launched.push_back(launch);
  }
  return launched;
}

KernelProfile DescribeKernel(const RecordedKernel& recorded, const LaunchOp& op,
                             const DeviceLimits& limits) {
  KernelProfile kernel;
  kernel.name = op.kernel;
  kernel.threads = int64_t{op.block[0]} * op.block[1] * op.block[2];
  kernel.blocks = int64_t{op.grid[0]} * op.grid[1] * op.grid[2];
  const KernelFacts* facts = FactsOf(recorded, op);
  if (!facts) return kernel;
  const Occupancy occupancy = ComputeOccupancy(
      *facts, limits, static_cast<uint32_t>(kernel.threads), op.shared_bytes);
  kernel.registers = facts->registers;
  kernel.stack_bytes = static_cast<int64_t>(facts->local_bytes);
  kernel.shared_bytes =
      static_cast<int64_t>(facts->shared_bytes + op.shared_bytes);
  kernel.occupancy = occupancy.share;
  kernel.limited_by = occupancy.limited_by;
  return kernel;
}

}  // namespace

std::vector<KernelProfile> DescribeKernels(const RecordedKernel& recorded,
                                           size_t shape, int arch,
                                           const Json& device) {
  const DeviceLimits limits =
      LimitsOf(device.is_null() ? TypicalDevice(arch) : device, arch);
  std::vector<KernelProfile> kernels;
  for (const LaunchOp* op : Launched(recorded.plan, shape))
    kernels.push_back(DescribeKernel(recorded, *op, limits));
  return kernels;
}

std::set<int> ModulesAt(const LaunchPlan& plan, size_t shape) {
  std::set<int> modules;
  for (const LaunchOp* op : Launched(plan, shape)) modules.insert(op->module);
  return modules;
}

void MergeKernels(std::vector<KernelProfile> kernels, Profile* profile) {
  if (!profile->device) profile->device.emplace();
  for (KernelProfile& kernel : kernels)
    for (const KernelProfile& counted : profile->device->kernels)
      if (counted.name == kernel.name) kernel.share = counted.share;
  profile->device->kernels = std::move(kernels);
}

void AddStaticFacts(const RecordedKernel& recorded, int arch, const Json& device,
                    Evaluation* evaluation) {
  const DeviceLimits limits =
      LimitsOf(device.is_null() ? TypicalDevice(arch) : device, arch);
  double registers = 0, local = 0, shared = 0, occupancy = 1;
  std::string lines;
  const auto launched = Launched(recorded.plan);
  for (const LaunchOp* op : launched) {
    const KernelFacts* facts = FactsOf(recorded, *op);
    if (!facts) continue;
    const uint32_t threads = op->block[0] * op->block[1] * op->block[2];
    const Occupancy found =
        ComputeOccupancy(*facts, limits, threads, op->shared_bytes);
    registers = std::max(registers, static_cast<double>(facts->registers));
    local = std::max(local, static_cast<double>(facts->local_bytes));
    shared = std::max(shared, static_cast<double>(facts->shared_bytes +
                                                  op->shared_bytes));
    occupancy = std::min(occupancy, found.share);
    lines += format(
        "{}: {} registers, {} bytes of stack, {} + {} bytes of shared memory, "
        "{} threads, occupancy {:.0f} % ({})\n",
        Sanitize(facts->name, 80), facts->registers, facts->local_bytes,
        facts->shared_bytes, op->shared_bytes, threads, 100 * found.share,
        found.limited_by.empty() ? "cannot be launched" : found.limited_by);
  }
  const auto metric = [&](const char* name, double value, const char* unit) {
    evaluation->metrics.push_back({name, value, unit});
  };
  metric("kernels", static_cast<double>(launched.size()), "");
  metric("registers", registers, "per thread, the most of any kernel");
  metric("stack_bytes", local, "per thread, the most of any kernel");
  metric("shared_bytes", shared, "per block, the most of any kernel");
  metric("occupancy", occupancy, "of the warps, the least of any kernel");
  if (!lines.empty()) evaluation->log = lines + evaluation->log;
}

}  // namespace kernelevolve::worker::gpu
