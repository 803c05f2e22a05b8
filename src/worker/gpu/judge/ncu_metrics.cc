#include "worker/gpu/judge/ncu_metrics.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "core/device_profile.h"

namespace kernelevolve::worker::gpu {
namespace {

// A plan of hundreds of kernels is told by its first ones.
constexpr size_t kMostKernels = 32;

std::vector<NcuMetric> MakeMetrics() {
  return {
      {"gpu__time_duration.sum", kDeviceTime, "us", true},
      {"dram__throughput.avg.pct_of_peak_sustained_elapsed", kDramThroughput},
      {"gpu__compute_memory_throughput.avg.pct_of_peak_sustained_elapsed",
       kMemoryThroughput},
      {"sm__throughput.avg.pct_of_peak_sustained_elapsed", kSmThroughput},
      {"sm__pipe_tensor_cycles_active.avg.pct_of_peak_sustained_active",
       kTensorActive, "%", false, false, false},
      {"sm__warps_active.avg.pct_of_peak_sustained_active", kWarpsActive},
      {"sm__maximum_warps_per_active_cycle_pct", "warps possible"},
      {"smsp__issue_active.avg.pct_of_peak_sustained_active", "issue slots"},
      {"lts__t_sector_hit_rate.pct", "L2 hit rate"},
      {"l1tex__t_sector_hit_rate.pct", "L1 hit rate"},
      {"smsp__sass_average_data_bytes_per_sector_mem_global_op_ld.pct", kLoadUse,
       "%", false, false, false},
      {"l1tex__data_bank_conflicts_pipe_lsu_mem_shared.sum", kBankConflicts, "",
       true, false, false},
      {"dram__bytes_read.sum", "DRAM read", "bytes", true},
      {"dram__bytes_write.sum", "DRAM written", "bytes", true},
      {"launch__registers_per_thread", "registers", ""},
      {"launch__waves_per_multiprocessor", "waves", ""},
  };
}

// Metric names of the waits differ in one word.
struct Wait {
  const char* metric;
  const char* name;
  bool everywhere = true;
};
constexpr Wait kWaits[] = {
    {"smsp__average_warps_issue_stalled_long_scoreboard_per_issue_active.ratio",
     "global or local memory (long scoreboard)"},
    {"smsp__average_warps_issue_stalled_short_scoreboard_per_issue_active.ratio",
     "shared memory or special functions (short scoreboard)"},
    {"smsp__average_warps_issue_stalled_barrier_per_issue_active.ratio",
     "barriers"},
    {"smsp__average_warps_issue_stalled_lg_throttle_per_issue_active.ratio",
     "the queue of global accesses (lg throttle)"},
    {"smsp__average_warps_issue_stalled_mio_throttle_per_issue_active.ratio",
     "the queue of shared accesses (mio throttle)"},
    {"smsp__average_warps_issue_stalled_math_pipe_throttle_per_issue_active.ratio",
     "a busy arithmetic pipe"},
    {"smsp__average_warps_issue_stalled_wait_per_issue_active.ratio",
     "fixed latency of instructions"},
    {"smsp__average_warps_issue_stalled_not_selected_per_issue_active.ratio",
     "other warps (not selected)"},
    {"smsp__average_warps_issue_stalled_no_instruction_per_issue_active.ratio",
     "instructions (cache misses, jumps)"},
    {"smsp__average_warps_issue_stalled_imc_miss_per_issue_active.ratio",
     "constants (cache misses)"},
    {"smsp__average_warps_issue_stalled_membar_per_issue_active.ratio",
     "memory fences"},
    {"smsp__average_warps_issue_stalled_drain_per_issue_active.ratio",
     "stores at the end (drain)"},
    {"smsp__average_warps_issue_stalled_sleeping_per_issue_active.ratio",
     "sleep"},
    {"smsp__average_warps_issue_stalled_gmma_per_issue_active.ratio",
     "warpgroup matrix units (gmma)", false},
};

}  // namespace

const std::vector<NcuMetric>& NcuMetrics() {
  static const std::vector<NcuMetric> kMetrics = [] {
    std::vector<NcuMetric> metrics = MakeMetrics();
    for (const Wait& wait : kWaits)
      metrics.push_back({wait.metric, wait.name, "", false, true,
                         wait.everywhere});
    return metrics;
  }();
  return kMetrics;
}

std::vector<std::string> NcuArgv(const NcuRun& run) {
  std::vector<std::string> names;
  for (const NcuMetric& metric : NcuMetrics())
    if (metric.everywhere || !run.everywhere_only) names.push_back(metric.metric);
  return {run.program,
          "--clock-control", "none",
          "--cache-control", run.cold ? "all" : "none",
          "--target-processes", "all",
          "--launch-skip", format("{}", run.skip),
          "--launch-count",
          format("{}", std::clamp<size_t>(run.kernels, 1, kMostKernels)),
          "--metrics", Join(names, ","),
          "--csv", "--page", "raw",
          "--print-units", "base",
          "--print-kernel-base", "mangled",
          "--log-file", run.log};
}

}  // namespace kernelevolve::worker::gpu
