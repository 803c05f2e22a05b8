#include "worker/timing/host_state.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <sstream>

#include "base/format.h"
#include "base/text.h"
#include "worker/sandbox/cgroup_files.h"

namespace kernelevolve::worker {
namespace {

// "" where there is none. Files of the kernel may say that they are empty.
std::string TextOf(const fs::path& file) {
  return ReadFile(file, 8 << 20).value_or("");
}

std::optional<double> NumberIn(std::string_view text) {
  text = Trim(text);
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

std::optional<double> NumberOf(const fs::path& file) {
  return NumberIn(TextOf(file));
}

// The rest of the first line that begins so.
std::string_view LineAfter(std::string_view text, std::string_view start) {
  for (const std::string_view line : Split(text, '\n'))
    if (line.starts_with(start)) return line.substr(start.size());
  return "";
}

fs::path CpuFolder(const fs::path& root, int cpu) {
  return root / "sys/devices/system/cpu" / format("cpu{}", cpu);
}

// "cpu1 user nice system idle iowait irq softirq steal …", in ticks.
std::optional<CoreTimes> TimesIn(std::string_view stat, const std::string& name) {
  std::istringstream words{std::string(LineAfter(stat, name + " "))};
  double ticks[8] = {};
  for (double& tick : ticks)
    if (!(words >> tick)) return std::nullopt;
  const auto second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return CoreTimes{
      (ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]) / second,
      ticks[7] / second};
}

// "0-1", "0,4": the hardware threads of one core; the first that is not `cpu`.
std::optional<int> SiblingOf(const fs::path& root, int cpu) {
  const std::string list =
      TextOf(CpuFolder(root, cpu) / "topology/thread_siblings_list");
  for (const std::string_view part : Split(Trim(list), ','))
    for (const std::string_view end : Split(part, '-'))
      if (const auto other = NumberIn(end); other && *other != cpu)
        return static_cast<int>(*other);
  return std::nullopt;
}

// "some avg10=… total=MICROSECONDS"
std::optional<double> WaitingSeconds(std::string_view pressure) {
  const std::string_view line = LineAfter(pressure, "some ");
  const size_t at = line.find("total=");
  if (at == std::string_view::npos) return std::nullopt;
  const auto total = NumberIn(line.substr(at + 6));
  return total ? std::optional(*total * 1e-6) : std::nullopt;
}

// By the governor's driver, else as the processor's description has it.
std::optional<double> Megahertz(const fs::path& root, int cpu) {
  if (const auto khz = NumberOf(CpuFolder(root, cpu) / "cpufreq/scaling_cur_freq"))
    return *khz * 1e-3;
  const std::string info = TextOf(root / "proc/cpuinfo");
  const std::string_view line = LineAfter(info, "cpu MHz");
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return NumberIn(line.substr(colon + 1));
}

// The hottest of the sensors that are the processor's.
std::optional<double> Celsius(const fs::path& root) {
  std::optional<double> hottest;
  std::error_code error;
  for (const auto& zone :
       fs::directory_iterator(root / "sys/class/thermal", error)) {
    const std::string type = TextOf(zone.path() / "type");
    if (type.find("pkg") == std::string::npos &&
        type.find("cpu") == std::string::npos)
      continue;
    if (const auto milli = NumberOf(zone.path() / "temp"))
      hottest = std::max(hottest.value_or(0), *milli * 1e-3);
  }
  return hottest;
}

std::optional<fs::path> QuotaFolder(const fs::path& root) {
  const auto place = FindCgroupPlace(TextOf(root / "proc/self/mountinfo"),
                                     TextOf(root / "proc/self/cgroup"), "");
  if (!place) return std::nullopt;
  return root / place->folder.relative_path();
}

double OwnSeconds() {
  double seconds = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage use{};
    if (::getrusage(who, &use) != 0) continue;
    for (const timeval& time : {use.ru_utime, use.ru_stime})
      seconds += static_cast<double>(time.tv_sec) +
                 1e-6 * static_cast<double>(time.tv_usec);
  }
  return seconds;
}

template <typename Value>
void Add(std::vector<EnvironmentFact>& facts, const char* name,
         const std::optional<Value>& value) {
  if (value) facts.push_back({name, *value});
}

void AddText(std::vector<EnvironmentFact>& facts, const char* name,
             std::string_view text) {
  text = Trim(text);
  if (!text.empty()) facts.push_back({name, Sanitize(text, 200)});
}

std::optional<double> Growth(const std::optional<double>& before,
                             const std::optional<double>& after) {
  if (!before || !after) return std::nullopt;
  return std::max(0.0, *after - *before);
}

std::optional<double> Share(const std::optional<CoreTimes>& before,
                            const std::optional<CoreTimes>& after,
                            double CoreTimes::*part, double seconds) {
  if (!before || !after || seconds <= 0) return std::nullopt;
  return std::clamp(((*after).*part - (*before).*part) / seconds, 0.0, 1.0);
}

}  // namespace

HostState ReadHostState(const fs::path& root, int lane_cpu) {
  HostState state;
  state.clock_s = std::chrono::duration<double>(
                      std::chrono::steady_clock::now().time_since_epoch())
                      .count();
  state.own_s = OwnSeconds();
  state.load = NumberOf(root / "proc/loadavg");
  const std::string stat = TextOf(root / "proc/stat");
  state.all = TimesIn(stat, "cpu");
  state.lane = TimesIn(stat, format("cpu{}", lane_cpu));
  if (const auto sibling = SiblingOf(root, lane_cpu))
    state.sibling = TimesIn(stat, format("cpu{}", *sibling));
  state.waiting_s = WaitingSeconds(TextOf(root / "proc/pressure/cpu"));
  state.mhz = Megahertz(root, lane_cpu);
  state.celsius = Celsius(root);
  state.throttles = NumberOf(CpuFolder(root, lane_cpu) /
                             "thermal_throttle/core_throttle_count");
  if (const auto folder = QuotaFolder(root)) {
    const std::string stopped = TextOf(*folder / "cpu.stat");
    if (const auto us = NumberIn(LineAfter(stopped, "throttled_usec ")))
      state.quota_stopped_s = *us * 1e-6;
  }
  return state;
}

std::vector<EnvironmentFact> HostFacts(const fs::path& root, int lane_cpu) {
  std::vector<EnvironmentFact> facts;
  AddText(facts, "kernel", TextOf(root / "proc/sys/kernel/osrelease"));
  const std::string info = TextOf(root / "proc/cpuinfo");
  const std::string_view model = LineAfter(info, "model name");
  if (const size_t colon = model.find(':'); colon != std::string_view::npos)
    AddText(facts, "cpu", model.substr(colon + 1));
  facts.push_back({"lane_cpu", static_cast<double>(lane_cpu)});
  AddText(facts, "governor",
          TextOf(CpuFolder(root, lane_cpu) / "cpufreq/scaling_governor"));
  const auto folder = QuotaFolder(root);
  if (!folder) return facts;
  // "max 100000", "150000 100000"
  const std::string quota = TextOf(*folder / "cpu.max");
  const size_t space = quota.find(' ');
  if (const auto used = NumberIn(quota); used && space != std::string::npos)
    if (const auto period = NumberIn(std::string_view(quota).substr(space + 1)))
      facts.push_back({"quota_cores", *used / *period});
  if (const auto bytes = NumberOf(*folder / "memory.max"))
    facts.push_back({"memory_limit_bytes", *bytes});
  return facts;
}

HostUse UseBetween(const HostState& before, const HostState& after) {
  HostUse use;
  use.seconds = after.clock_s - before.clock_s;
  if (before.all && after.all && use.seconds > 0) {
    const double busy = after.all->busy - before.all->busy;
    const double own = after.own_s - before.own_s;
    use.others_cores = std::max(0.0, (busy - own) / use.seconds);
  }
  if (const auto waited = Growth(before.waiting_s, after.waiting_s))
    use.waiting_share = std::min(1.0, *waited / std::max(use.seconds, 1e-9));
  use.lane_share = Share(before.lane, after.lane, &CoreTimes::busy, use.seconds);
  use.stolen_share =
      Share(before.lane, after.lane, &CoreTimes::stolen, use.seconds);
  use.sibling_share =
      Share(before.sibling, after.sibling, &CoreTimes::busy, use.seconds);
  use.throttles = Growth(before.throttles, after.throttles);
  use.quota_stopped_s = Growth(before.quota_stopped_s, after.quota_stopped_s);
  return use;
}

std::vector<EnvironmentFact> UseFacts(const HostState& before,
                                      const HostState& after) {
  const HostUse use = UseBetween(before, after);
  std::vector<EnvironmentFact> facts = {{"seconds", use.seconds}};
  Add(facts, "load_before", before.load);
  Add(facts, "load_after", after.load);
  Add(facts, "mhz_before", before.mhz);
  Add(facts, "mhz_after", after.mhz);
  Add(facts, "celsius_before", before.celsius);
  Add(facts, "celsius_after", after.celsius);
  Add(facts, "others_cores", use.others_cores);
  Add(facts, "waiting_share", use.waiting_share);
  Add(facts, "stolen_share", use.stolen_share);
  Add(facts, "sibling_share", use.sibling_share);
  Add(facts, "heat_throttles", use.throttles);
  Add(facts, "quota_stopped_s", use.quota_stopped_s);
  return facts;
}

std::string BusyNote(const HostUse& use, size_t cores) {
  // Of each core a quarter: what a desktop or a server does by the way is less.
  constexpr double kOthers = 0.25, kStolen = 0.05, kSibling = 0.25;
  std::vector<std::string> seen;
  if (use.others_cores &&
      *use.others_cores > kOthers * static_cast<double>(cores))
    seen.push_back(format("other programs used {:.1f} cores", *use.others_cores));
  if (use.stolen_share && *use.stolen_share > kStolen)
    seen.push_back(format("the host took {:.0f} % of the core away",
                          100 * *use.stolen_share));
  if (use.sibling_share && *use.sibling_share > kSibling)
    seen.push_back(format("the core's other hardware thread was busy for {:.0f} % "
                          "of the time", 100 * *use.sibling_share));
  if (use.throttles && *use.throttles > 0)
    seen.push_back(format("heat throttled the core {:.0f} times", *use.throttles));
  if (use.quota_stopped_s && *use.quota_stopped_s > 0)
    seen.push_back(format("the container's limit stopped us for {:.2f} s",
                          *use.quota_stopped_s));
  if (seen.empty()) return "";
  return "the machine was not quiet while it timed: " + Join(seen, ", ");
}

}  // namespace kernelevolve::worker
