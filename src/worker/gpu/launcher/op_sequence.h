// OpSequence: the setup or the run of a plan, ready to be issued any number of
// times, onto streams that execute or onto ones that are being captured.
#pragma once

#include <map>
#include <set>
#include <variant>
#include <vector>

#include "worker/gpu/launcher/prepared_launch.h"

namespace kernelevolve::worker::gpu {

// The call's stream and the side streams that plans have used, made as needed.
class StreamSet {
 public:
  explicit StreamSet(const Driver& driver) : driver_(driver) {}
  // Makes streams up to `index`.
  CudaStatus Reach(int index);
  CuStream at(int index) const {
    return streams_[static_cast<size_t>(index)].get();
  }

 private:
  const Driver& driver_;
  std::vector<Stream> streams_;
};

// Owned by the executor; modules and memory must outlive it.
//
// Whatever the plan says, side streams start behind the call's stream and end
// before it goes on: nothing of a call can run outside the time between two
// events on that stream, and every sequence can be captured.
class OpSequence {
 public:
  // What sequences of one binding share.
  struct Context {
    const Driver& driver;
    const LoadedModules& modules;
    const BufferTable& buffers;
    const std::vector<CuTensorMap>& maps;
    StreamSet& streams;
  };

  static Cuda<OpSequence> Prepare(const std::vector<PlanOp>& ops,
                                  const Context& context);

  CudaStatus Issue(const Driver& driver, const StreamSet& streams);

 private:
  struct Fill {
    CuAddress to = 0;
    uint64_t bytes = 0;
    uint32_t value = 0;
    int width = 1;
    uint64_t rows = 1, pitch = 0;
  };
  struct Copy {
    CuAddress to = 0, from = 0;
    uint64_t bytes = 0;
    uint64_t rows = 1, to_pitch = 0, from_pitch = 0;
  };
  // A copy from what was staged.
  struct Write {
    CuAddress to = 0;
    uint64_t at = 0, bytes = 0;
  };
  struct Mark {
    int event = 0;
    bool wait = false;
  };
  struct Step {
    int stream = 0;
    std::variant<PreparedLaunch, Fill, Copy, Write, Mark> work;
  };

  OpSequence() = default;
  CudaStatus Add(const LaunchOp& op, const Context& context);
  CudaStatus Add(const MemsetOp& op, const Context& context);
  CudaStatus Add(const CopyOp& op, const Context& context);
  CudaStatus Add(const WriteOp& op, const Context& context);
  CudaStatus Add(const EventOp& op, const Context& context);
  bool EndsInLaunch(int stream) const;
  CudaStatus Stage(const Driver& driver);
  CudaStatus MakeJoins(const Driver& driver);
  CudaStatus Fork(const Driver& driver, const StreamSet& streams);
  CudaStatus Join(const Driver& driver, const StreamSet& streams);
  CudaStatus Do(PreparedLaunch& launch, const Driver& driver, CuStream stream);
  static CudaStatus FillRows(const Fill& fill, uint64_t count,
                             const Driver& driver, CuStream stream);
  CudaStatus Do(const Fill& fill, const Driver& driver, CuStream stream);
  CudaStatus Do(const Copy& copy, const Driver& driver, CuStream stream);
  CudaStatus Do(const Write& write, const Driver& driver, CuStream stream);
  CudaStatus Do(const Mark& mark, const Driver& driver, CuStream stream);

  std::vector<Step> steps_;
  // What the plan writes. It lies on the device from the start, so that no call
  // waits for the host's memory.
  std::vector<uint8_t> written_;
  Allocation staged_;
  std::map<int, Event> events_;  // the plan's
  std::set<int> recorded_;       // of them, in this issue so far
  Event fork_;
  std::map<int, Event> joins_;   // by side stream
};

}  // namespace kernelevolve::worker::gpu
