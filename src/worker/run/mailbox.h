// Mailbox: the one page through which the judge tells a runner to call the
// kernel and learns that it returned. Both sides spin on it, each on a core of
// its own, so that the judge's own clock, which no candidate can reach, sees a
// call within a few hundred nanoseconds of its true time.
//
// Everything the runner writes here is a claim: a forged `done` only stops the
// judge's clock early, and the output is compared as it stands at that instant.
#pragma once

#include <atomic>
#include <cstdint>

namespace kernelevolve::worker {

enum class MailboxCommand : uint32_t {
  kRun,    // ke_run, once
  kNop,    // answer at once: the cost of the mailbox itself
  kLook,   // say what no other process can see (process_state.h)
  kLeave,  // back to the control channel
};

struct Mailbox {
  // Judge → runner. `sequence` is stored last and is what the runner spins on.
  alignas(64) std::atomic<uint32_t> sequence;
  std::atomic<MailboxCommand> command;
  // Runner → judge.
  alignas(64) std::atomic<uint32_t> done;  // the sequence just served
  std::atomic<int32_t> return_code;
  std::atomic<uint32_t> mxcsr;             // after the call; kNothingTold before
  std::atomic<uint32_t> x87_control;
  std::atomic<int64_t> claimed_ns;         // the runner's own clock
  // Moves while the runner spins: proof that it is on its core and listening.
  alignas(64) std::atomic<uint64_t> heartbeat;
  // Left by the fault handler.
  alignas(64) std::atomic<int32_t> fault_signal;
  std::atomic<uint64_t> fault_address;
  std::atomic<uint32_t> fault_was_write;
  // Counted up by every call of fork(), which the filter then refuses.
  std::atomic<uint32_t> forks;
  // Counted up by every attempt to take a signal of the fault handler's.
  std::atomic<uint32_t> handlers_taken;
  // Told at kLook.
  std::atomic<uint32_t> timers;
  std::atomic<uint64_t> handlers;
  std::atomic<bool> clock_lies;  // what the library calls the time is not the kernel's

  static_assert(std::atomic<uint64_t>::is_always_lock_free);
};

// The floating-point environment every call starts with and must leave behind:
// exception flags aside, round to nearest, no flush to zero.
inline constexpr uint32_t kDefaultMxcsr = 0x1f80;
inline constexpr uint32_t kMxcsrControlMask = 0xffc0;
// No value of the register: bits above 16 are reserved.
inline constexpr uint32_t kNothingTold = 0xffff'ffff;
inline constexpr uint32_t kDefaultX87Control = 0x037f;

}  // namespace kernelevolve::worker
