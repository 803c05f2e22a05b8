#include "engine/verify/differences.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "base/text.h"
#include "engine/verify/shown_word.h"

namespace kernelevolve {
namespace {

constexpr size_t kMostPanelLines = 3;
// One part that explains so much of a change is told as its cause.
constexpr double kMostOfIt = 2.0 / 3;

using Texts = std::vector<std::string>;

// "NVIDIA H200" of "NVIDIA H200 (sm_90, driver for CUDA 13.0)"; a CPU's whole
// description.
std::string ModelOf(const std::string& device) {
  return device.substr(
      0, std::min(device.find(" (sm_"), device.find(", driver")));
}

void Tell(const char* what, const std::string& then, const std::string& now,
          Texts& texts) {
  if (then.empty() || now.empty() || then == now) return;
  texts.push_back(
      format("{}: {} now, {} then", what, ShownWord(now), ShownWord(then)));
}

void TellDevice(const MachineRecord& then, const MachineRecord& now,
                Texts& texts) {
  const bool same_model = ModelOf(then.device) == ModelOf(now.device);
  Tell(same_model ? "driver" : "another machine", then.device, now.device,
       texts);
  if (then.device == now.device) Tell("CPU", then.cpu, now.cpu, texts);
}

const ShapeResult* FindShape(const Evaluation& evaluation,
                             const std::string& name) {
  for (const ShapeResult& shape : evaluation.shapes)
    if (shape.name == name) return &shape;
  return nullptr;
}

const PanelTime* Best(const ShapeResult& shape) {
  const auto best = std::min_element(
      shape.panel.begin(), shape.panel.end(),
      [](const PanelTime& a, const PanelTime& b) {
        return a.time_us < b.time_us;
      });
  return best == shape.panel.end() ? nullptr : &*best;
}

bool HasMember(const ShapeResult& shape, const std::string& name) {
  return std::any_of(shape.panel.begin(), shape.panel.end(),
                     [&](const PanelTime& entry) { return entry.name == name; });
}

// The search stage keeps the fastest alone: what it leaves out may be there.
std::string TellBest(const ShapeResult& then, const ShapeResult& now,
                     bool whole_then, bool whole_now) {
  const PanelTime* before = Best(then);
  const PanelTime* after = Best(now);
  if (!before || !after || before->name == after->name) return "";
  std::string text = format("best baseline at shape {}: {} now, {} then",
                            ShownWord(now.name), ShownWord(after->name),
                            ShownWord(before->name));
  if (whole_then && !HasMember(then, after->name))
    text += format(" (the panel had no {})", ShownWord(after->name));
  if (whole_now && !HasMember(now, before->name))
    text += format(" (the panel has no {} any more)", ShownWord(before->name));
  return text;
}

void TellPanel(const Evaluation& then, const Evaluation& now, Texts& texts) {
  Texts changes;
  for (const ShapeResult& shape : now.shapes)
    if (const ShapeResult* before = FindShape(then, shape.name))
      if (std::string text =
              TellBest(*before, shape, then.stage != Stage::kSearch,
                       now.stage != Stage::kSearch);
          !text.empty())
        changes.push_back(std::move(text));
  const size_t more = changes.size() - std::min(changes.size(), kMostPanelLines);
  changes.resize(changes.size() - more);
  texts.insert(texts.end(), changes.begin(), changes.end());
  if (more > 0)
    texts.push_back(format("and so at {} more",
                           Counted(static_cast<int64_t>(more), "shape")));
}

void TellTask(const StoredResult& then, const StoredResult& now, Texts& texts) {
  if (then.task.digest.empty() || now.task.digest.empty() ||
      then.task.digest == now.task.digest)
    return;
  texts.push_back("the task was changed since (a baseline, the reference or "
                  "the shapes)");
}

// Logarithms of now / then, the mean over the shapes that both have.
struct Change {
  double kernel = 0, baseline = 0, weight = 0;
};

Change ChangeOf(const Evaluation& then, const Evaluation& now) {
  Change change;
  for (const ShapeResult& shape : now.shapes) {
    const ShapeResult* before = FindShape(then, shape.name);
    if (!before || before->time_us <= 0 || shape.time_us <= 0) continue;
    const PanelTime* best_then = Best(*before);
    const PanelTime* best_now = Best(shape);
    if (!best_then || !best_now || best_then->time_us <= 0 ||
        best_now->time_us <= 0 || shape.weight <= 0)
      continue;
    change.kernel += shape.weight * std::log(shape.time_us / before->time_us);
    change.baseline +=
        shape.weight * std::log(best_now->time_us / best_then->time_us);
    change.weight += shape.weight;
  }
  return change;
}

std::string TimeChange(double log_ratio) {
  const double percent = 100 * std::expm1(log_ratio);
  if (std::fabs(percent) < 0.5) return "as long as then";
  return format("{:.0f} % {}", std::fabs(percent),
                percent > 0 ? "longer" : "less");
}

}  // namespace

bool IsSameKind(const MachineRecord& a, const MachineRecord& b) {
  if (a.device.empty() || b.device.empty()) return false;
  return ModelOf(a.device) == ModelOf(b.device) &&
         (a.cpu.empty() || b.cpu.empty() || a.cpu == b.cpu);
}

std::string LackingExtensions(const MachineRecord& then,
                              const MachineRecord& now) {
  if (now.cpu.empty()) return "";
  const std::vector<std::string_view> here = Split(now.cpu, ' ');
  Texts lacking;
  for (const std::string_view word : Split(then.cpu, ' '))
    if (!word.empty() && std::find(here.begin(), here.end(), word) == here.end())
      lacking.emplace_back(word);
  return ShownWord(Join(lacking, " "));
}

std::vector<std::string> DifferencesBetween(const StoredResult& then,
                                            const StoredResult& now) {
  Texts texts;
  TellDevice(then.machine, now.machine, texts);
  Tell("compiler", then.machine.toolchain, now.machine.toolchain, texts);
  Tell("packages", then.machine.packages, now.machine.packages, texts);
  TellTask(then, now, texts);
  TellPanel(then.evaluation, now.evaluation, texts);
  Tell("stage", std::string(StageName(then.evaluation.stage)),
       std::string(StageName(now.evaluation.stage)), texts);
  Tell("build of the judge", then.machine.judge, now.machine.judge, texts);
  return texts;
}

std::string MovedText(const Evaluation& then, const Evaluation& now) {
  const Change change = ChangeOf(then, now);
  if (change.weight <= 0) return "";
  const double kernel = change.kernel / change.weight;
  const double baseline = change.baseline / change.weight;
  // What either adds to the logarithm of the speedup.
  const double gain = baseline - kernel;
  if (gain == 0) return "";
  const bool slower = gain < 0;
  std::string who = slower ? "the kernel is slower and the baseline faster"
                           : "the kernel is faster and the baseline slower";
  if (-kernel / gain >= kMostOfIt)
    who = slower ? "the kernel is slower" : "the kernel is faster";
  else if (baseline / gain >= kMostOfIt)
    who = slower ? "the baseline is faster" : "the baseline is slower";
  return format("{} (the kernel takes {}, the best baseline {})", who,
                TimeChange(kernel), TimeChange(baseline));
}

}  // namespace kernelevolve
