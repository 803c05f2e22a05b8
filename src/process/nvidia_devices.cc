#include "process/nvidia_devices.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "base/format.h"
#include "base/text.h"
#include "process/command.h"

namespace kernelevolve {
namespace {

using Devices = std::vector<NvidiaDevice>;

// A driver without its persistence daemon takes seconds to answer.
constexpr std::chrono::seconds kPatience{30};
constexpr size_t kNameBytes = 120;

// "9.0" is sm_90; "" for what is no compute capability.
std::string ArchOf(std::string_view capability) {
  std::string digits;
  for (const char c : capability) {
    if (c == '.') continue;
    if (c < '0' || c > '9') return "";
    digits += c;
  }
  return digits.size() < 2 || digits.size() > 3 ? "" : "sm_" + digits;
}

// Lines of "GPU-…, 9.0, NVIDIA H100 80GB HBM3".
Devices FromTable(const std::string& table) {
  Devices devices;
  for (const std::string_view line : Split(table, '\n')) {
    const std::vector<std::string_view> cells = Split(line, ',');
    if (cells.size() < 3) continue;
    NvidiaDevice device;
    device.index = static_cast<int>(devices.size());
    device.uuid = Sanitize(Trim(cells[0]), kNameBytes);
    device.arch = ArchOf(Trim(cells[1]));
    device.name = Sanitize(Trim(cells[2]), kNameBytes);
    devices.push_back(std::move(device));
  }
  return devices;
}

std::string FieldOf(const std::string& text, std::string_view field) {
  for (const std::string_view line : Split(text, '\n'))
    if (line.starts_with(field))
      return Sanitize(Trim(line.substr(field.size())), kNameBytes);
  return "";
}

// What the driver shows where nvidia-smi is not installed: all but the
// architecture.
Devices FromDriver(const fs::path& driver) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator it(driver / "gpus", error), end;
       !error && it != end; it.increment(error))
    folders.push_back(it->path());
  std::sort(folders.begin(), folders.end());
  Devices devices;
  for (const fs::path& folder : folders) {
    const auto text = ReadFile(folder / "information", 1 << 16);
    if (!text) continue;
    devices.push_back({static_cast<int>(devices.size()), "",
                       FieldOf(*text, "GPU UUID:"), FieldOf(*text, "Model:")});
  }
  return devices;
}

std::optional<size_t> Position(std::string_view word, const Devices& devices) {
  size_t number = 0;
  const auto [end, error] =
      std::from_chars(word.data(), word.data() + word.size(), number);
  if (error == std::errc() && end == word.data() + word.size() && !word.empty())
    return number < devices.size() ? std::optional(number) : std::nullopt;
  for (size_t i = 0; i < devices.size(); ++i)
    if (!word.empty() && devices[i].uuid.starts_with(word)) return i;
  return std::nullopt;
}

// As the driver reads it: up to the first word that names no device.
Devices Visible(const Devices& devices, std::string_view words) {
  Devices visible;
  for (const std::string_view word : Split(words, ',')) {
    const auto position = Position(Trim(word), devices);
    if (!position) break;
    visible.push_back(devices[*position]);
    visible.back().index = static_cast<int>(visible.size()) - 1;
  }
  return visible;
}

// Slices share what decides about time, their device's clock and power for one.
Status RefuseSlices(const char* visible) {
  if (!visible) return {};
  for (const std::string_view word : Split(visible, ',')) {
    if (!Trim(word).starts_with("MIG-")) continue;
    return BadInput(format(
        "CUDA_VISIBLE_DEVICES names a slice of a device ({}); MIG is not "
        "supported, kernels are judged on whole devices. Set CUDA_VISIBLE_DEVICES "
        "to the number or the GPU-… identifier of a device without MIG "
        "(nvidia-smi -L lists them), or end MIG mode with `nvidia-smi -i N -mig 0`",
        Sanitize(Trim(word), kNameBytes)));
  }
  return {};
}

}  // namespace

Result<Devices> FindNvidiaDevices(const NvidiaPlaces& places,
                                  const StopCondition& stop) {
  RETURN_IF_ERROR(RefuseSlices(places.visible));
  ChildSpec spec;
  spec.argv = places.program;
  spec.argv.insert(spec.argv.end(), {"--query-gpu=uuid,compute_cap,name",
                                     "--format=csv,noheader"});
  CommandLimits limits;
  limits.timeout = kPatience;
  const auto outcome = RunCommand(spec, limits, stop);
  if (!outcome && outcome.error().code != ErrorCode::kMissing)
    return Fail(outcome.error());
  Devices devices;
  std::error_code ignored;
  if (!outcome) {
    devices = FromDriver(places.driver);
  } else if (outcome->exit.ok() && !outcome->timed_out) {
    devices = FromTable(outcome->output);
  } else if (fs::exists(places.driver, ignored)) {
    return Broken(format(
        "{} {}: {}", places.program[0],
        outcome->timed_out ? "does not answer" : "fails",
        Sanitize(Trim(outcome->output + outcome->errors), 500)));
  }
  return places.visible ? Visible(devices, places.visible) : devices;
}

Result<Devices> FindNvidiaDevices(const StopCondition& stop) {
  NvidiaPlaces here;
  here.visible = std::getenv("CUDA_VISIBLE_DEVICES");
  return FindNvidiaDevices(here, stop);
}

}  // namespace kernelevolve
