#include "worker/judge/expected_file.h"

#include <cstring>

#include "base/digest.h"

namespace kernelevolve::worker {
namespace {

constexpr size_t kDigestBytes = sizeof(Digest);

template <typename T>
void Append(std::string& text, const std::vector<T>& items) {
  const uint64_t count = items.size();
  text.append(reinterpret_cast<const char*>(&count), sizeof count);
  text.append(reinterpret_cast<const char*>(items.data()), count * sizeof(T));
}

template <typename T>
bool Take(std::string_view& text, T* value) {
  if (text.size() < sizeof(T)) return false;
  std::memcpy(value, text.data(), sizeof(T));
  text.remove_prefix(sizeof(T));
  return true;
}

template <typename T>
bool Take(std::string_view& text, std::vector<T>* items) {
  uint64_t count = 0;
  if (!Take(text, &count) || count > text.size() / sizeof(T)) return false;
  items->resize(count);
  // An empty list has no address, and memcpy takes none.
  if (count > 0) std::memcpy(items->data(), text.data(), count * sizeof(T));
  text.remove_prefix(count * sizeof(T));
  return true;
}

bool TakeOutput(std::string_view& text, ExpectedOutput* output) {
  const bool taken =
      Take(text, &output->exact) && Take(text, &output->allowance) &&
      Take(text, &output->integers) && Take(text, &output->baseline) &&
      Take(text, &output->baseline_max) && Take(text, &output->baseline_rms) &&
      Take(text, &output->scale) && Take(text, &output->relative_allowance);
  output->baseline_known = !output->baseline.empty();
  return taken;
}

}  // namespace

Status WriteExpectedFile(const fs::path& path, const Expected& expected) {
  RETURN_IF_ERROR(MakeFolders(path.parent_path()));
  std::string text(kDigestBytes, '\0');
  for (const ExpectedOutput& output : expected.outputs) {
    Append(text, output.exact);
    Append(text, output.allowance);
    Append(text, output.integers);
    Append(text, output.baseline);
    for (const double value :
         {output.baseline_max, output.baseline_rms, output.scale,
          output.relative_allowance})
      text.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  const Digest digest = Sha256(std::string_view(text).substr(kDigestBytes));
  std::memcpy(text.data(), digest.data(), kDigestBytes);
  return WriteFileAtomic(path, text);
}

Result<Expected> ReadExpectedFile(const fs::path& path, const Task& task) {
  if (!fs::exists(path)) return BadInput("no such answer");
  ASSIGN_OR_RETURN(const std::string contents, ReadFile(path, 2ull << 30));
  std::string_view text = contents;
  Digest digest;
  if (!Take(text, &digest) || digest != Sha256(text))
    return BadInput("damaged, or no answer");
  Expected expected;
  for (const TensorSpec& spec : task.outputs) {
    ExpectedOutput output;
    if (!TakeOutput(text, &output)) return BadInput("answer cut short");
    output.dtype = spec.dtype;
    output.nonfinite = spec.nonfinite;
    expected.outputs.push_back(std::move(output));
  }
  return expected;
}

}  // namespace kernelevolve::worker
