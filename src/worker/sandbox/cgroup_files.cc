#include "worker/sandbox/cgroup_files.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <sstream>
#include <thread>

#include "base/digest.h"
#include "base/fd.h"
#include "base/format.h"
#include "base/random.h"
#include "base/text.h"

namespace kernelevolve::worker {
namespace {

constexpr const char* kPrefix = "kernelevolve-";

std::optional<uint64_t> ToNumber(std::string_view text) {
  text = Trim(text);
  uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return value;
}

// Files under /sys have no size to ask for; ours are short.
std::optional<std::string> Read(const fs::path& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string text(4096, '\0');
  const ssize_t count = read(file.get(), text.data(), text.size());
  if (count < 0) return std::nullopt;
  text.resize(count);
  return text;
}

bool HasWord(std::string_view list, std::string_view word) {
  for (std::string_view entry : Split(list, ','))
    if (entry == word) return true;
  return false;
}

struct MountLine {
  std::string root, mount, type, options;
};

// "36 35 98:0 /root /mount rw,noatime shared:1 - type source options"
std::optional<MountLine> ParseMountLine(const std::string& text) {
  std::istringstream words(text);
  std::string skip;
  MountLine line;
  words >> skip >> skip >> skip >> line.root >> line.mount;
  while (words >> skip && skip != "-") {
  }
  words >> line.type >> skip >> line.options;
  if (!words) return std::nullopt;
  return line;
}

// Our path in the hierarchy: "4:memory:/a/b", or "0::/a/b" for v2.
std::optional<std::string> OwnPath(const std::string& membership,
                                   const std::string& controller) {
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string names = line.substr(first + 1, second - first - 1);
    const bool match = controller.empty() ? line.starts_with("0::")
                                          : HasWord(names, controller);
    if (match) return line.substr(second + 1);
  }
  return std::nullopt;
}

// In a container the mount may show a part of the hierarchy only, while the
// membership still counts from its top.
fs::path FolderBelow(const MountLine& line, const std::string& path) {
  std::string rest = path;
  if (line.root != "/" && path.starts_with(line.root))
    rest = path.substr(line.root.size());
  const fs::path folder =
      (fs::path(line.mount) / fs::path(rest).relative_path())
          .lexically_normal();
  std::error_code ignored;
  return fs::is_directory(folder, ignored) ? folder : fs::path(line.mount);
}

}  // namespace

std::optional<CgroupPlace> FindCgroupPlace(const std::string& mountinfo,
                                           const std::string& membership,
                                           const std::string& controller) {
  const auto path = OwnPath(membership, controller);
  if (!path) return std::nullopt;
  std::istringstream lines(mountinfo);
  for (std::string text; std::getline(lines, text);) {
    const auto line = ParseMountLine(text);
    if (!line) continue;
    const bool match =
        controller.empty()
            ? line->type == "cgroup2"
            : line->type == "cgroup" && HasWord(line->options, controller);
    if (match) return CgroupPlace{line->mount, FolderBelow(*line, *path)};
  }
  return std::nullopt;
}

std::optional<CgroupPlace> FindOwnCgroup(const std::string& controller) {
  const auto mounts = ReadFile("/proc/self/mountinfo");
  const auto membership = ReadFile("/proc/self/cgroup");
  if (!mounts || !membership) return std::nullopt;
  return FindCgroupPlace(*mounts, *membership, controller);
}

Status WriteCgroupFile(const fs::path& path, const std::string& text) {
  const Fd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file || write(file.get(), text.data(), text.size()) < 0)
    return SystemError(
        format("cannot write \"{}\" to {}", text, path.string()));
  return {};
}

std::optional<uint64_t> ReadCgroupNumber(const fs::path& file) {
  const auto text = Read(file);
  return text ? ToNumber(*text) : std::nullopt;
}

std::optional<uint64_t> ReadCgroupKey(const fs::path& file,
                                      const std::string& key) {
  const auto text = Read(file);
  if (!text) return std::nullopt;
  for (std::string_view line : Split(*text, '\n'))
    if (line.starts_with(key) && line.size() > key.size() &&
        line[key.size()] == ' ')
      return ToNumber(line.substr(key.size() + 1));
  return std::nullopt;
}

std::string NextCgroupName() {
  return format("{}{}-{}", kPrefix, getpid(), Hex(SecretBytes(6)));
}

void RemoveStaleCgroups(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    const auto pid = ToNumber(
        std::string_view(name).substr(std::string_view(kPrefix).size()));
    if (!pid || kill(static_cast<pid_t>(*pid), 0) == 0 || errno != ESRCH)
      continue;
    rmdir(entry.path().c_str());
  }
}

void RemoveCgroup(const fs::path& folder) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    if (rmdir(folder.c_str()) == 0 || errno != EBUSY) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace kernelevolve::worker
