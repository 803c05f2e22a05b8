// Small help for the files of both cgroup versions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace kernelevolve::worker {

// One mounted hierarchy and where in it this process is.
struct CgroupPlace {
  fs::path mount;   // "/sys/fs/cgroup/memory"
  fs::path folder;  // mount + our own group
};

// `controller` empty: the v2 hierarchy. From the texts of /proc/self/mountinfo
// and /proc/self/cgroup.
std::optional<CgroupPlace> FindCgroupPlace(const std::string& mountinfo,
                                           const std::string& membership,
                                           const std::string& controller);
std::optional<CgroupPlace> FindOwnCgroup(const std::string& controller);

// cgroup files take one write; no file may be created instead.
Status WriteCgroupFile(const fs::path& file, const std::string& text);
// The whole file as a number; "max" and trouble are nullopt.
std::optional<uint64_t> ReadCgroupNumber(const fs::path& file);
// The number after `key` in a file of "key number" lines.
std::optional<uint64_t> ReadCgroupKey(const fs::path& file,
                                      const std::string& key);

// "kernelevolve-<pid>-<random>": unique, and says whose it is.
std::string NextCgroupName();
// Removes groups below `folder` whose worker is dead. A group that still holds
// a process cannot be removed by mistake: the kernel refuses.
void RemoveStaleCgroups(const fs::path& folder);
// Removes an empty group; patient, since the last task may just be leaving.
void RemoveCgroup(const fs::path& folder);

}  // namespace kernelevolve::worker
