#include "worker/gpu/judge/ncu_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "worker/gpu/judge/ncu_metrics.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr const char* kRaw = R"csv(==PROF== Connected to process 812 (/opt/bin/kernelevolve-worker)
==PROF== Profiling "rows": 0%....50%....100% - 12 passes
==PROF== Profiling "_Z4lastPf": 0%....50%....100% - 12 passes
==PROF== Disconnected from process 812
"ID","Process ID","Process Name","Host Name","Kernel Name","Context","Stream","Block Size","Grid Size","Device","CC","dram__bytes_read.sum","dram__throughput.avg.pct_of_peak_sustained_elapsed","gpu__time_duration.sum","smsp__average_warps_issue_stalled_barrier_per_issue_active.ratio","smsp__average_warps_issue_stalled_long_scoreboard_per_issue_active.ratio"
"","","","","","","","","","","","byte","%","ns","inst","inst"
"0","812","kernelevolve-worker","127.0.0.1","rows","1","13","(256, 1, 1)","(1024, 1, 1)","0","9.0","67,108,864","80.00","30,000","1.00","9.00"
"1","812","kernelevolve-worker","127.0.0.1","_Z4lastPf","1","13","(32, 1, 1)","(1, 1, 1)","0","9.0","1,024","n/a","10,000","3.00","1.00"
)csv";

double Counter(const DeviceProfile& device, std::string_view name) {
  return device.counter(name).value_or(-1);
}

TEST(NcuReport, OneRowPerKernel) {
  const NcuReport report = ReadNcuReport(kRaw);
  EXPECT_EQ(report.fault, "");
  ASSERT_EQ(report.kernels.size(), 2u);
  EXPECT_EQ(report.kernels[1].name, "_Z4lastPf");
  EXPECT_EQ(report.kernels[0].values.at("gpu__time_duration.sum"), 30);
  EXPECT_EQ(report.kernels[0].values.at("dram__bytes_read.sum"), 67108864);
  EXPECT_FALSE(report.kernels[1].values.contains(
      "dram__throughput.avg.pct_of_peak_sustained_elapsed"));
}

TEST(NcuReport, KernelsTogetherByTheirTime) {
  const DeviceProfile device = Summarize(ReadNcuReport(kRaw).kernels);
  EXPECT_EQ(Counter(device, kDeviceTime), 40);
  EXPECT_EQ(Counter(device, "DRAM read"), 67108864 + 1024);
  EXPECT_EQ(Counter(device, kDramThroughput), 80);  // of the one that has it
  ASSERT_EQ(device.kernels.size(), 2u);
  EXPECT_DOUBLE_EQ(device.kernels[0].share, 0.75);
  ASSERT_EQ(device.stalls.size(), 2u);
  EXPECT_NE(device.stalls[0].reason.find("long scoreboard"), std::string::npos);
  // (30 * 9 + 10 * 1) / 40 = 7 of 7 + 1.5.
  EXPECT_NEAR(device.stalls[0].share, 7 / 8.5, 1e-9);
}

TEST(NcuReport, OneRowPerMetricAndUnitsThatGrow) {
  const NcuReport report = ReadNcuReport(
      "\"ID\",\"Kernel Name\",\"Metric Name\",\"Metric Unit\",\"Metric Value\"\n"
      "\"0\",\"k\"\"1\",\"gpu__time_duration.sum\",\"msecond\",\"2.5\"\n"
      "\"0\",\"k\"\"1\",\"dram__bytes_read.sum\",\"Mbyte\",\"1.5\"\n"
      "\"1\",\"k\"\"1\",\"gpu__time_duration.sum\",\"us\",\"7\"\n");
  ASSERT_EQ(report.kernels.size(), 2u);
  EXPECT_EQ(report.kernels[0].name, "k\"1");
  EXPECT_EQ(report.kernels[0].values.at("gpu__time_duration.sum"), 2500);
  EXPECT_EQ(report.kernels[0].values.at("dram__bytes_read.sum"), 1.5e6);
  EXPECT_EQ(Summarize(report.kernels).kernels.size(), 1u);
}

TEST(NcuReport, RefusalsAreTold) {
  const NcuReport report = ReadNcuReport(
      "==PROF== Connected to process 1\n"
      "==ERROR== ERR_NVGPUCTRPERM - The user does not have permission to access "
      "NVIDIA GPU Performance Counters on the target device 0.\n"
      "==WARNING== No kernels were profiled.\n");
  EXPECT_TRUE(report.kernels.empty());
  EXPECT_TRUE(report.fault.starts_with("ERR_NVGPUCTRPERM"));
}

TEST(NcuReport, NonsenseIsSkipped) {
  for (const char* text :
       {"", "\"", "\"0\",\"1\"\n", "\"ID\"\n\"0\"\n\"0\",\"1\",\"2\"\n",
        "\"ID\",\"Kernel Name\",\"a__b\"\n\"0\",\"k\",\"1e999\"\n",
        "\"ID\",\"Kernel Name\",\"a__b\"\n\"0\",\"k\",\"nan\"\n"}) {
    const DeviceProfile device = Summarize(ReadNcuReport(text).kernels);
    EXPECT_TRUE(device.counters.empty()) << text;
    EXPECT_TRUE(device.stalls.empty()) << text;
  }
}

TEST(NcuArgv, HasFewMetricsEachOnce) {
  std::set<std::string> names;
  for (const NcuMetric& metric : NcuMetrics())
    EXPECT_TRUE(names.insert(metric.metric).second) << metric.metric;
  EXPECT_LE(names.size(), 30u);
  NcuRun run{"/x/ncu", "/t/report", false, 3, 500, false};
  const auto after = [&](const std::string& flag) {
    const auto argv = NcuArgv(run);
    const auto found = std::find(argv.begin(), argv.end(), flag);
    return found == argv.end() || found + 1 == argv.end() ? "" : *(found + 1);
  };
  EXPECT_EQ(NcuArgv(run)[0], "/x/ncu");
  EXPECT_EQ(after("--clock-control"), "none");
  EXPECT_EQ(after("--cache-control"), "none");
  EXPECT_EQ(after("--launch-skip"), "3");
  EXPECT_EQ(after("--launch-count"), "32");
  EXPECT_EQ(after("--log-file"), "/t/report");
  EXPECT_NE(after("--metrics").find("gmma"), std::string::npos);
  run.everywhere_only = true;
  EXPECT_EQ(after("--metrics").find("gmma"), std::string::npos);
  EXPECT_NE(after("--metrics").find("dram__bytes_read.sum"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
