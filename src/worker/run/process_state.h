// ProcessState: what belongs to the program that calls a kernel and outlives the
// call: how signals are met, timers, limits, the working folder, descriptors, and
// who may read, write and run its memory. Seen from outside as far as it can be.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kernelevolve::worker {

// One line of /proc/PID/maps.
struct MappedRange {
  uint64_t begin = 0, end = 0;
  std::string permissions;  // "r-xp"
  std::string path;         // empty where there is no file behind it
};

// Lines that are none are left out.
std::vector<MappedRange> MappedRanges(std::string_view maps);

struct ProcessState {
  // Of the first thread, one bit for each signal.
  uint64_t blocked = 0, ignored = 0, caught = 0;
  std::string umask;
  std::string limits;          // /proc/PID/limits
  std::string working_folder;  // these two are empty where they are not to be seen
  std::vector<std::string> descriptors;  // what 0, 1, 2 … stand for
  std::vector<MappedRange> ranges;
  // Told by the process itself: which interval timers run, and what the handlers
  // of signals amount to.
  uint32_t timers = 0;
  uint64_t handlers = 0;
};

// The fields of /proc/PID/status.
void ReadStatus(std::string_view status, ProcessState* state);

// All but what only the process can tell; its first `descriptors` descriptors.
ProcessState ReadProcessState(pid_t pid, int descriptors);

// In words, or nullopt. What is new is the kernel's own: threads, mappings,
// descriptors; so is a library that it opened and closed.
std::optional<std::string> WhatChanged(const ProcessState& before,
                                       const ProcessState& after);

// Whether all of [begin, end) is mapped and may be used so, and no other way.
bool IsMappedAs(const std::vector<MappedRange>& ranges, uint64_t begin,
                uint64_t end, std::string_view permissions);

// Within the process: bit i for interval timer i (ITIMER_REAL, …).
uint32_t RunningTimers();
// Within the process: other handlers make another number.
uint64_t HandlerDigest();
// Within the process: whether the C library's clock, by whatever code it is reached,
// tells another time than the system does just before and just after.
bool ClockLies();

}  // namespace kernelevolve::worker
