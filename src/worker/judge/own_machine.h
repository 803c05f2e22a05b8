// OwnMachine: what a judge stands on, made for this process: sandbox, scratch
// folder, builder and cores.
#pragma once

#include <memory>
#include <optional>

#include "worker/judge/machine.h"

namespace kernelevolve::worker {

// Owned by main; outlives the judge.
class OwnMachine {
 public:
  // `scratch`: "" = a temporary folder of its own.
  static Result<std::unique_ptr<OwnMachine>> Create(
      const fs::path& scratch, const SandboxOptions& options);
  OwnMachine(const OwnMachine&) = delete;

  const Machine& machine() const { return machine_; }
  Sandbox& sandbox() { return *sandbox_; }

 private:
  OwnMachine() = default;
  Status Prepare(const fs::path& scratch);

  std::unique_ptr<Sandbox> sandbox_;
  std::optional<TempFolder> temporary_;
  std::optional<Builder> builder_;
  Machine machine_;
};

}  // namespace kernelevolve::worker
