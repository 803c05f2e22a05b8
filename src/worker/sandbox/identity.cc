#include "worker/sandbox/identity.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <sstream>

#include "base/fd.h"
#include "base/file.h"
#include "base/format.h"

namespace kernelevolve::worker {
namespace {

// Far from people (1000…), system users and the dynamic ranges of systemd.
constexpr uint64_t kFirstThrowAway = 0x70000000;
constexpr uint64_t kThrowAwayCount = 1 << 20;

bool MayMapOthers() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  constexpr uint32_t kNeeded = 1u << CAP_SETUID | 1u << CAP_SETGID;
  return (data[0].effective & kNeeded) == kNeeded;
}

// An unprivileged id that `map` (/proc/self/uid_map) knows. A container often
// knows 65,536 ids only: then one below those that systemd hands out.
std::optional<uint64_t> PickId(const std::string& map) {
  const uint64_t wanted = kFirstThrowAway + getpid() % kThrowAwayCount;
  const uint64_t small = 50000 + getpid() % 10000;
  std::istringstream lines(map);
  uint64_t first = 0, outside = 0, count = 0;
  std::optional<uint64_t> found;
  while (lines >> first >> outside >> count) {
    if (wanted >= first && wanted < first + count) return wanted;
    if (small >= first && small < first + count) found = small;
  }
  return found;
}

Status WriteProcFile(const std::string& path, const std::string& text) {
  const Fd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file || write(file.get(), text.data(), text.size()) < 0)
    return SystemError("cannot write " + path);
  return {};
}

}  // namespace

Identity ChooseIdentity() {
  Identity identity;
  identity.host_user = geteuid();
  identity.host_group = getegid();
  if (!MayMapOthers()) {
    identity.description = format(
        "our own uid {}: only root can choose another", identity.host_user);
    return identity;
  }
  const auto users = ReadFile("/proc/self/uid_map");
  const auto groups = ReadFile("/proc/self/gid_map");
  const auto user = users ? PickId(*users) : std::nullopt;
  const auto group = groups ? PickId(*groups) : std::nullopt;
  if (!user || !group) {
    identity.description =
        format("our own uid {}: this container has no other to lend",
               identity.host_user);
    return identity;
  }
  identity.host_user = *user;
  identity.host_group = *group;
  identity.throw_away = true;
  identity.description = format("throw-away uid {}", *user);
  return identity;
}

Status WriteIdentityMaps(pid_t child, const Identity& identity) {
  const std::string folder = format("/proc/{}/", child);
  // Without privilege the kernel wants group changes given up first.
  if (!identity.throw_away)
    RETURN_IF_ERROR(WriteProcFile(folder + "setgroups", "deny"));
  RETURN_IF_ERROR(
      WriteProcFile(folder + "uid_map",
                    format("{} {} 1", identity.inside, identity.host_user)));
  return WriteProcFile(folder + "gid_map",
                       format("{} {} 1", identity.inside, identity.host_group));
}

}  // namespace kernelevolve::worker
