#include "worker/gpu/judge/sanitizer_log.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker::gpu {
namespace {

const Sanitizer& Tool(const std::string& name) {
  for (const Sanitizer& sanitizer : AllSanitizers())
    if (sanitizer.tool == name) return sanitizer;
  ADD_FAILURE() << name;
  return AllSanitizers()[0];
}

TEST(SanitizerLog, OutOfBoundsWithPlace) {
  const auto report = ReadSanitizerLog(Tool("memcheck"), R"(========= COMPUTE-SANITIZER
========= Invalid __global__ write of size 4 bytes
=========     at scale_kernel(float const*, float*, int)+0x110
=========     by thread (31,0,0) in block (3,0,0)
=========     Address 0x7f2a8c000400 is out of bounds
=========     and is 1 bytes after the nearest allocation at 0x7f2a8c000000 of size 1,024 bytes
=========     Saved host backtrace up to driver entry point at kernel launch time
=========         Host Frame: [0x2f1c3b] in libcuda.so.1
========= 
========= Invalid __global__ read of size 16 bytes
=========     at scale_kernel(float const*, float*, int)+0x90
=========     by thread (0,0,0) in block (4,0,0)
=========     Address 0x7f2a8c000410 is out of bounds
========= 
========= ERROR SUMMARY: 2 errors
)");
  EXPECT_EQ(report.findings, 2);
  EXPECT_EQ(report.broken, "");
  EXPECT_EQ(report.first,
            "Invalid __global__ write of size 4 bytes, at scale_kernel(float "
            "const*, float*, int)+0x110, by thread (31,0,0) in block (3,0,0), "
            "Address 0x7f2a8c000400 is out of bounds, and is 1 bytes after the "
            "nearest allocation at 0x7f2a8c000000 of size 1,024 bytes");
  EXPECT_EQ(report.excerpt.find("Host Frame"), std::string::npos);
}

TEST(SanitizerLog, CleanReportsSayNothing) {
  for (const char* tool : {"memcheck", "initcheck", "synccheck"}) {
    const auto report = ReadSanitizerLog(
        Tool(tool), "========= COMPUTE-SANITIZER\n========= ERROR SUMMARY: 0 errors\n");
    EXPECT_EQ(report.findings, 0) << tool;
    EXPECT_EQ(report.broken, "") << tool;
  }
  const auto races = ReadSanitizerLog(
      Tool("racecheck"),
      "========= COMPUTE-SANITIZER\n"
      "========= RACECHECK SUMMARY: 0 hazards displayed (0 errors, 0 warnings)\n");
  EXPECT_EQ(races.findings, 0);
  EXPECT_EQ(races.broken, "");
}

TEST(SanitizerLog, OnlyErrorsAreRaces) {
  const auto warned = ReadSanitizerLog(Tool("racecheck"), R"(========= COMPUTE-SANITIZER
========= Warning: Race reported between Read access at reduce+0x1a0
=========     and Write access at reduce+0x220 [248 hazards]
========= 
========= RACECHECK SUMMARY: 1 hazard displayed (0 errors, 1 warning)
)");
  EXPECT_EQ(warned.findings, 0);
  EXPECT_EQ(warned.broken, "");
  const auto found = ReadSanitizerLog(Tool("racecheck"), R"(========= COMPUTE-SANITIZER
========= Error: Race reported between Write access at reduce+0x1a0
=========     and Read access at reduce+0x220 [4096 hazards]
========= 
========= RACECHECK SUMMARY: 1 hazard displayed (1 error, 0 warnings)
)");
  EXPECT_EQ(found.findings, 1);
  EXPECT_EQ(found.first,
            "Error: Race reported between Write access at reduce+0x1a0, and Read "
            "access at reduce+0x220 [4096 hazards]");
}

TEST(SanitizerLog, UnwrittenMemoryAndBarriers) {
  const auto unwritten = ReadSanitizerLog(Tool("initcheck"), R"(========= COMPUTE-SANITIZER
========= Uninitialized __global__ memory read of size 4 bytes
=========     at add_kernel+0x70
=========     by thread (31,0,0) in block (1,0,0)
=========     Address 0x7f3c7ec000fc
========= 
========= ERROR SUMMARY: 1 error
)");
  EXPECT_EQ(unwritten.findings, 1);
  const auto barrier = ReadSanitizerLog(Tool("synccheck"), R"(========= COMPUTE-SANITIZER
========= Barrier error detected. Divergent thread(s) in block.
=========     at reduce+0x90
=========     by thread (0,0,0) in block (0,0,0)
========= 
========= ERROR SUMMARY: 1 error
)");
  EXPECT_EQ(barrier.findings, 1);
  EXPECT_NE(barrier.first.find("Divergent"), std::string::npos);
}

TEST(SanitizerLog, AToolThatBreaksIsNoVerdict) {
  const auto broken = [](const char* text) {
    const auto report = ReadSanitizerLog(Tool("memcheck"), text);
    EXPECT_EQ(report.findings, 0) << text;
    return report.broken;
  };
  EXPECT_EQ(broken(""), "it wrote no report");
  EXPECT_EQ(broken("========= COMPUTE-SANITIZER\n"), "its report has no end");
  EXPECT_NE(broken("========= COMPUTE-SANITIZER\n"
                   "========= Internal Sanitizer Error: The Sanitizer encountered an "
                   "error while instrumenting\n========= ERROR SUMMARY: 0 errors\n"),
            "");
  EXPECT_NE(broken("========= COMPUTE-SANITIZER\n"
                   "========= Error: Target application returned an error\n"), "");
  EXPECT_NE(broken("========= COMPUTE-SANITIZER\n========= ERROR SUMMARY: 3 errors\n"),
            "");
}

TEST(SanitizerLog, NamesCannotTakeAFindingBack) {
  const auto report = ReadSanitizerLog(
      Tool("memcheck"),
      "========= COMPUTE-SANITIZER\n"
      "========= Invalid __global__ read of size 4 bytes\n"
      "=========     at evil\n========= ERROR SUMMARY: 0 errors\x1b[2J\n"
      "========= ERROR SUMMARY: 1 error\n");
  EXPECT_EQ(report.findings, 1);
  EXPECT_EQ(report.excerpt.find('\x1b'), std::string::npos);
}

TEST(SanitizerArgv, SaysWhatIsWatched) {
  EXPECT_EQ(SanitizerArgv("/x/compute-sanitizer", Tool("memcheck"), "/t/report"),
            (std::vector<std::string>{
                "/x/compute-sanitizer", "--tool", "memcheck", "--error-exitcode",
                "86", "--print-limit", "20", "--log-file", "/t/report",
                "--report-api-errors", "no", "--padding", "64"}));
  const auto races = SanitizerArgv("s", Tool("racecheck"), "r");
  EXPECT_EQ(races.back(), "error");
  EXPECT_EQ(SanitizerArgv("s", Tool("initcheck"), "r").size(), 9u);
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
