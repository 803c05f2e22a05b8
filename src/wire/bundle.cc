#include "wire/bundle.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/digest.h"
#include "base/fd.h"
#include "base/format.h"
#include "base/text.h"
#include "base/write_all.h"
#include "wire/json_reader.h"

namespace kernelevolve::wire {
namespace {

constexpr const char* kManifest = "manifest.json";
constexpr std::string_view kRequest = ".request";
constexpr int64_t kMostNumber = 999'999;
constexpr size_t kMostRequests = 9'999;

std::string Digits(int64_t number) { return format("{:06}", number); }

// "0001.json": no other name can be that of a request.
bool IsRequestFile(const std::string& name) {
  return name.size() == 9 && name.ends_with(".json") &&
         std::all_of(name.begin(), name.begin() + 4,
                     [](char c) { return c >= '0' && c <= '9'; });
}

Status WritePrivate(const fs::path& path, std::string_view contents) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                     0600));
  if (!fd || !WriteAll(fd.get(), contents) || ::fsync(fd.get()) != 0)
    return SystemError(format("cannot write {}", path.string()));
  return {};
}

Json ToJson(const BundleManifest& manifest) {
  return {{"bundle", kBundleFormat},
          {"id", manifest.id},
          {"run", manifest.run},
          {"number", manifest.number},
          {"target", manifest.target},
          {"device", manifest.device},
          {"device_kind", manifest.device_kind},
          {"files", manifest.digests}};
}

Result<BundleManifest> ManifestFromJson(const Json& json) {
  ASSIGN_OR_RETURN(const int64_t version,
                   NeedInteger(json, "bundle", 1, 1'000'000));
  if (version != kBundleFormat)
    return BadInput(format("bundle format {}, this program reads {}", version,
                           kBundleFormat));
  BundleManifest manifest;
  ASSIGN_OR_RETURN(manifest.id, NeedString(json, "id"));
  ASSIGN_OR_RETURN(manifest.run, NeedString(json, "run"));
  ASSIGN_OR_RETURN(manifest.number,
                   NeedInteger(json, "number", 1, kMostNumber));
  ASSIGN_OR_RETURN(manifest.target, NeedString(json, "target"));
  ASSIGN_OR_RETURN(manifest.device, NeedString(json, "device"));
  ASSIGN_OR_RETURN(manifest.device_kind, NeedString(json, "device_kind"));
  ASSIGN_OR_RETURN(const Json* files, NeedObject(json, "files"));
  for (const auto& [name, digest] : files->items()) {
    if (!IsRequestFile(name) || !digest.is_string())
      return BadInput(format("\"files\": found '{}', expected names such as "
                             "0001.json", Sanitize(name, 60)));
    manifest.digests[name] = digest.get<std::string>();
  }
  return manifest;
}

Result<EvaluateRequest> ReadRequest(const fs::path& path,
                                    const std::string& digest) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  if (HexDigest(text) != digest)
    return BadInput("wrong digest: it is not the file that was written");
  ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  return EvaluateRequestFromJson(json);
}

Status FillFolder(const fs::path& folder, BundleManifest& manifest,
                  const std::vector<EvaluateRequest>& requests) {
  if (::mkdir(folder.c_str(), 0700) != 0)
    return SystemError(format("cannot make {}", folder.string()));
  manifest.digests.clear();
  for (size_t i = 0; i < requests.size(); ++i) {
    const std::string name = format("{:04}.json", i + 1);
    EvaluateRequest numbered = requests[i];
    numbered.id = static_cast<int64_t>(i) + 1;
    const std::string text = DumpJson(wire::ToJson(numbered));
    manifest.digests[name] = HexDigest(text);
    RETURN_IF_ERROR(WritePrivate(folder / name, text));
  }
  return WritePrivate(folder / kManifest, DumpPrettyJson(ToJson(manifest)));
}

}  // namespace

fs::path RequestFolder(const fs::path& folder, int64_t number) {
  return folder / (Digits(number) + std::string(kRequest));
}

fs::path PartialFile(const fs::path& folder, int64_t number) {
  return folder / (Digits(number) + ".result.partial");
}

fs::path ResultFile(const fs::path& folder, int64_t number) {
  return folder / (Digits(number) + ".result.json");
}

std::vector<int64_t> BundleNumbers(const fs::path& folder) {
  std::vector<int64_t> numbers;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().string();
    int64_t number = 0;
    const auto [stop, failed] =
        std::from_chars(name.data(), name.data() + name.size(), number);
    if (failed == std::errc() && number > 0 &&
        it->path() == RequestFolder(folder, number))
      numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

Status WriteBundle(const fs::path& folder, BundleManifest& manifest,
                   const std::vector<EvaluateRequest>& requests) {
  if (manifest.number > kMostNumber || requests.size() > kMostRequests)
    return BadInput(format("{}: no room for another bundle",
                           folder.string()));
  const fs::path made = RequestFolder(folder, manifest.number);
  const fs::path hidden = folder / format(".{}.{}", Digits(manifest.number),
                                          manifest.id);
  std::error_code error;
  Status filled = FillFolder(hidden, manifest, requests);
  if (filled) fs::rename(hidden, made, error);
  if (filled && !error) return {};
  fs::remove_all(hidden, error);
  if (!filled) return filled;
  return Broken(format("cannot make {}: it is there already", made.string()));
}

Result<Bundle> ReadBundle(const fs::path& folder, int64_t number) {
  const fs::path place = RequestFolder(folder, number);
  const auto refuse = [&](const Error& error) {
    return BadInput(format("{}: {}", (place / kManifest).string(),
                           Sanitize(error.message, 300)));
  };
  const auto text = ReadFile(place / kManifest, 16 << 20);
  if (!text) return refuse(text.error());
  const auto json = ParseJson(*text);
  if (!json) return refuse(json.error());
  auto manifest = ManifestFromJson(*json);
  if (!manifest) return refuse(manifest.error());
  Bundle bundle;
  bundle.manifest = *std::move(manifest);
  for (const auto& [name, digest] : bundle.manifest.digests) {
    auto request = ReadRequest(place / name, digest);
    if (request)
      bundle.requests.emplace(name, *std::move(request));
    else
      bundle.problems.push_back(
          format("{}: {}", (place / name).string(),
                 Sanitize(request.error().message, 300)));
  }
  return bundle;
}

}  // namespace kernelevolve::wire
