#include "worker/gpu/server/server_name.h"

#include <algorithm>
#include <vector>

#include "base/digest.h"
#include "base/format.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr size_t kNameDigits = 10;  // a socket's path is short
constexpr uint64_t kProgramBytes = 1ull << 30;

// Names and contents, but not what Python leaves behind.
Result<std::string> DigestOfFolder(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator it(folder, error), end;
       !error && it != end; it.increment(error))
    if (it->is_regular_file() && it->path().extension() != ".pyc")
      files.push_back(it->path());
  if (error) return Broken(format("cannot list {}", folder.string()));
  std::ranges::sort(files);
  std::string all;
  for (const fs::path& file : files) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
    all += format("{}\n{}\n", fs::relative(file, folder).string(), HexDigest(text));
  }
  return HexDigest(all);
}

}  // namespace

Result<ServerKind> OwnServerKind(bool unsafe_no_sandbox) {
  ASSIGN_OR_RETURN(const fs::path data, DataFolder());
  return ServerKind{"/proc/self/exe", data / "runners", unsafe_no_sandbox};
}

Result<fs::path> ServerSocket(const fs::path& lane_lock, const ServerKind& kind) {
  ASSIGN_OR_RETURN(const std::string program, ReadFile(kind.program, kProgramBytes));
  ASSIGN_OR_RETURN(const std::string runners, DigestOfFolder(kind.runners));
  const std::string digest = HexDigest(
      format("{}\n{}\n{}", HexDigest(program), runners,
             kind.unsafe_no_sandbox ? "unsafe" : "sandboxed"));
  return fs::path(format("{}-{}.sock", lane_lock.string(),
                         digest.substr(0, kNameDigits)));
}

}  // namespace kernelevolve::worker::gpu
