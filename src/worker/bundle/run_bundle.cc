#include "worker/bundle/run_bundle.h"

#include <signal.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <thread>

#include "base/fd.h"
#include "base/format.h"
#include "base/text.h"
#include "worker/bundle/answer_file.h"
#include "worker/bundle/crew.h"

namespace kernelevolve::worker {
namespace {

constexpr int kAnswered = 0, kIncomplete = 1, kInfrastructure = 4;
constexpr int kMostJobs = 256;

Result<int> Number(const std::string& flag, const std::string& text, int low,
                   int high) {
  int value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low ||
      value > high)
    return BadInput(format("{}: found '{}', expected a whole number from {} to "
                           "{}", flag, Sanitize(text, 60), low, high));
  return value;
}

void Say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

void Complain(const std::string& message) {
  std::fprintf(stderr, "kernelevolve-worker: %s\n", message.c_str());
}

// Ctrl-C and SIGTERM, to be read where all else is waited for.
Fd WatchSignals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  return Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

// Answers one folder of bundles after the other with one crew per device.
class BundleRunner {
 public:
  BundleRunner(const RunBundleOptions& options, const Clock& clock)
      : options_(options), clock_(clock), signals_(WatchSignals()) {}

  int Run() {
    int code = kAnswered, found = 0;
    for (const int64_t number : wire::BundleNumbers(options_.folder)) {
      ++found;
      std::error_code error;
      if (fs::exists(wire::ResultFile(options_.folder, number), error)) continue;
      const Status answered = Answer(number);
      if (answered) continue;
      Complain(format("{:06}: {}", number, answered.error().message));
      if (answered.error().code == ErrorCode::kInterrupted) return kIncomplete;
      if (answered.error().code != ErrorCode::kBadInput) return kInfrastructure;
      code = kIncomplete;
    }
    if (found > 0) return code;
    Complain(format("{} holds no bundles: optimize --executor bundle:DIR makes "
                    "them", options_.folder.string()));
    return kIncomplete;
  }

 private:
  Status Answer(int64_t number) {
    ASSIGN_OR_RETURN(const wire::Bundle bundle,
                     wire::ReadBundle(options_.folder, number));
    for (const std::string& problem : bundle.problems) Complain(problem);
    ASSIGN_OR_RETURN(AnswerFile file, AnswerFile::Open(options_.folder, bundle));
    for (const std::string& problem : file.problems()) Complain(problem);
    RETURN_IF_ERROR(Staff(bundle.manifest));
    std::deque<std::string> open;
    for (const auto& [name, request] : bundle.requests)
      if (!file.answered().contains(name)) open.push_back(name);
    const size_t total = bundle.requests.size();
    Say(format("{:06}: {} for {}, {} of them judged already", number,
               Counted(static_cast<int64_t>(total), "kernel"), Sanitize(bundle.manifest.target, 100),
               file.answered().size()));
    RETURN_IF_ERROR(crew_->Judge(
        bundle, std::move(open), [&](const wire::BundleAnswer& answer) {
          const Status added = file.Add(answer);
          Say(format("{:06}: {} of {} judged, {} accepted", number,
                     file.answered().size(), total, file.accepted()));
          return added;
        }));
    RETURN_IF_ERROR(file.Finish());
    if (bundle.problems.empty()) return {};
    return BadInput("answered but for the requests named above");
  }

  // Workers for the bundle's device, unless those at hand are that.
  Status Staff(const wire::BundleManifest& manifest) {
    if (crew_ && device_ == manifest.device) return {};
    crew_.reset();
    if (!scratch_) {
      ASSIGN_OR_RETURN(scratch_, TempFolder::Create("kernelevolve-bundle"));
    }
    command_ = {options_.program, {}, scratch_->path(),
                options_.unsafe_no_sandbox};
    ASSIGN_OR_RETURN(command_.lanes,
                     FindLanes(manifest.device, manifest.device_kind, stop_));
    RETURN_IF_ERROR(KeepChosenDevices());
    const int cores = std::clamp(
        static_cast<int>(std::thread::hardware_concurrency()), 1, kMostJobs);
    const int jobs = std::max(options_.jobs > 0 ? options_.jobs : cores,
                              static_cast<int>(command_.lanes.size()));
    crew_.emplace(command_, jobs, signals_.get(), clock_);
    device_ = manifest.device;
    return {};
  }

  Status KeepChosenDevices() {
    if (options_.devices.empty() || !command_.lanes.front().device) return {};
    std::vector<DeviceLane> chosen;
    for (const int device : options_.devices) {
      const auto lane = std::find_if(
          command_.lanes.begin(), command_.lanes.end(),
          [device](const DeviceLane& each) { return each.device == device; });
      if (lane == command_.lanes.end())
        return Missing(format("--device {}: there is no such device of the "
                              "bundle's architecture here", device));
      chosen.push_back(*lane);
    }
    command_.lanes = std::move(chosen);
    return {};
  }

  const RunBundleOptions& options_;
  const Clock& clock_;
  const Fd signals_;
  const StopCondition stop_;
  std::optional<TempFolder> scratch_;
  ServeCommand command_;
  std::optional<Crew> crew_;  // uses the command
  std::string device_;
};

}  // namespace

Result<RunBundleOptions> ParseRunBundle(
    const std::vector<std::string>& arguments) {
  RunBundleOptions options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    const bool has_value = i + 1 < arguments.size();
    if (word == "--unsafe-no-sandbox") {
      options.unsafe_no_sandbox = true;
    } else if (word == "--jobs" && has_value) {
      ASSIGN_OR_RETURN(options.jobs,
                       Number(word, arguments[++i], 1, kMostJobs));
    } else if (word == "--device" && has_value) {
      ASSIGN_OR_RETURN(const int device,
                       Number(word, arguments[++i], 0, kMostJobs));
      options.devices.push_back(device);
    } else if (!word.starts_with("--") && options.folder.empty()) {
      options.folder = word;
    } else {
      return BadInput(format("run-bundle: unknown argument {}",
                             Sanitize(word, 100)));
    }
  }
  if (options.folder.empty()) return BadInput("run-bundle: expected a folder");
  return options;
}

int RunBundles(const RunBundleOptions& options, const Clock& clock) {
  ::signal(SIGPIPE, SIG_IGN);
  return BundleRunner(options, clock).Run();
}

}  // namespace kernelevolve::worker
