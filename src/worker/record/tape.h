// Tape: what one recording of a kernel's host code has taken down so far.
// Addresses stand as the host code gave them; merge_recordings.h makes a plan
// of two tapes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/launch_plan.h"
#include "worker/run/failure.h"

namespace kernelevolve::worker {

struct RawOp {
  PlanOp op;
  // Addresses, of fills, copies and writes: the host's where a write finds what
  // it writes when it is put on a stream.
  uint64_t to = 0, from = 0;
};

struct RawMap {
  TensorMap map;
  uint64_t address = 0;
};

struct Recording {
  uint64_t workspace_bytes = 0;
  std::vector<uint64_t> allocations;
  std::vector<RawMap> maps;
  std::vector<RawOp> setup, run;
};

// What the host code is in the middle of.
enum class Phase { kLoading, kSetup, kWorkspace, kRun, kTeardown };

// One thread at a time.
class Tape {
 public:
  // Begins anew. `which` of the two recordings, and a number that no other
  // recording of this process has.
  void Start(int which, uint32_t serial);
  void Enter(Phase phase);
  Phase phase() const { return phase_; }
  int which() const { return which_; }
  uint32_t serial() const { return serial_; }

  // Device work. False, and a refusal, where there is none to be done.
  bool MayWork(std::string_view call);
  // Waiting for the device: fine in ke_setup, refused in ke_run.
  bool MayWait(std::string_view call);

  // Reads what a write writes.
  void Append(RawOp op);
  // The new buffer's address; nullopt if there is no room for it.
  std::optional<uint64_t> Allocate(uint64_t bytes, uint64_t limit);
  int AddMap(RawMap map);

  // The first refusal stands: what follows is its consequence.
  void Refuse(Code code, std::string message);
  // "a launch plan cannot hold `what`".
  void CannotHold(std::string_view what);
  const std::optional<Failure>& refusal() const { return refusal_; }
  // A remark for the author, once.
  void Note(const std::string& text);
  const std::vector<std::string>& notes() const { return notes_; }

  Recording Take() { return std::move(recording_); }
  void SetWorkspace(uint64_t bytes) { recording_.workspace_bytes = bytes; }
  // Of the phase that runs.
  const std::vector<RawOp>& ops() const;

 private:
  Recording recording_;
  uint64_t written_ = 0;  // bytes, in this phase
  Phase phase_ = Phase::kLoading;
  int which_ = 0;
  uint32_t serial_ = 0;
  std::optional<Failure> refusal_;
  std::vector<std::string> notes_;
};

}  // namespace kernelevolve::worker
