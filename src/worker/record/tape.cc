#include "worker/record/tape.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/format.h"
#include "worker/record/fake_addresses.h"

namespace kernelevolve::worker {
namespace {

// More than a plan may hold; a loop without end is stopped here.
constexpr size_t kMostOps = 4096;

std::string_view PhaseName(Phase phase) {
  switch (phase) {
    case Phase::kLoading: return "while the library is loaded";
    case Phase::kSetup: return "in ke_setup";
    case Phase::kWorkspace: return "in ke_workspace_bytes";
    case Phase::kRun: return "in ke_run";
    case Phase::kTeardown: return "in ke_teardown";
  }
  return "";
}

}  // namespace

void Tape::Start(int which, uint32_t serial) {
  recording_ = {};
  which_ = which;
  serial_ = serial;
}

void Tape::Enter(Phase phase) {
  phase_ = phase;
  written_ = 0;
}

bool Tape::MayWork(std::string_view call) {
  if (phase_ == Phase::kSetup || phase_ == Phase::kRun) return !refusal_;
  CannotHold(format("{} {}", call, PhaseName(phase_)));
  return false;
}

bool Tape::MayWait(std::string_view call) {
  if (phase_ != Phase::kRun) return true;
  CannotHold(format("{} in ke_run: no host code runs when it is replayed", call));
  return false;
}

void Tape::Append(RawOp op) {
  std::vector<RawOp>& ops =
      phase_ == Phase::kSetup ? recording_.setup : recording_.run;
  if (ops.size() >= kMostOps)
    return Refuse(Code::kResource,
                  format("more than {} launches, copies and fills {}", kMostOps,
                         PhaseName(phase_)));
  if (auto* write = std::get_if<WriteOp>(&op.op)) {
    written_ += write->bytes.size();
    if (written_ > kMostWrittenBytes)
      return CannotHold(format("copies of more than {} bytes from the host {}: "
                               "let a kernel compute them", kMostWrittenBytes,
                               PhaseName(phase_)));
    std::memcpy(write->bytes.data(), reinterpret_cast<const void*>(op.from),
                write->bytes.size());
  }
  ops.push_back(std::move(op));
}

const std::vector<RawOp>& Tape::ops() const {
  return phase_ == Phase::kSetup ? recording_.setup : recording_.run;
}

std::optional<uint64_t> Tape::Allocate(uint64_t bytes, uint64_t limit) {
  auto& all = recording_.allocations;
  const uint64_t before = std::accumulate(all.begin(), all.end(), uint64_t{0});
  if (bytes > std::min(limit, kMostBufferBytes) || bytes > limit - before)
    return std::nullopt;
  if (all.size() >= kMostAllocations) {
    Refuse(Code::kResource, format("more than {} allocations", kMostAllocations));
    return std::nullopt;
  }
  all.push_back(bytes);
  return FakeAddress({BufferRef::Kind::kAllocation,
                      static_cast<int>(all.size()) - 1}, which_);
}

int Tape::AddMap(RawMap map) {
  if (recording_.maps.size() >= kMostOps)
    Refuse(Code::kResource, format("more than {} tensor maps", kMostOps));
  else
    recording_.maps.push_back(std::move(map));
  return static_cast<int>(recording_.maps.size()) - 1;
}

void Tape::Refuse(Code code, std::string message) {
  if (!refusal_) refusal_ = Failure{code, std::move(message), "record", ""};
}

void Tape::CannotHold(std::string_view what) {
  Refuse(Code::kContract, format("a launch plan cannot hold {}", what));
}

void Tape::Note(const std::string& text) {
  if (std::find(notes_.begin(), notes_.end(), text) == notes_.end())
    notes_.push_back(text);
}

}  // namespace kernelevolve::worker
