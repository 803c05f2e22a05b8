// bench_kill_run [KILLS]: ends a run with SIGKILL that often, resumes it each
// time, and counts what was lost or done twice.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "engine/testing/kill_run.h"

using namespace kernelevolve;

int main(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == "--toy-run")
    return RunToyChild(argv[2], std::atoll(argv[3]));
  KillOptions options;
  options.child = {fs::read_symlink("/proc/self/exe").string(), "--toy-run"};
  options.kills = argc > 1 ? std::atoi(argv[1]) : 100;
  options.nodes = 40 * options.kills;
  const auto report = KillAndResume(options);
  if (!report) {
    std::fprintf(stderr, "%s\n", report.error().message.c_str());
    return 4;
  }
  std::printf(
      "%d kills, %lld nodes: %lld lost, %lld twice, %lld judged again\n",
      report->kills, static_cast<long long>(report->nodes),
      static_cast<long long>(report->lost),
      static_cast<long long>(report->twice),
      static_cast<long long>(report->judged_again));
  return report->lost + report->twice + report->judged_again == 0 ? 0 : 1;
}
