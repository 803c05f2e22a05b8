// Gates G2 to G4: is the kernel right, everywhere the task says it must be, and
// does it stay within the contract while it is?
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "core/evaluation.h"
#include "worker/judge/checks.h"
#include "worker/judge/growth.h"
#include "worker/judge/oracle.h"
#include "worker/judge/session.h"
#include "worker/judge/verify.h"

namespace kernelevolve::worker {

// How many calls stand in a row, and how many of them are looked at: drawn from
// the secret where a kernel's own code runs, since one that knew could count on it.
struct CallRows {
  int values = 13;              // different inputs, whose answers are known
  int fewest = 40, most = 120;  // calls after the sweep, each compared
  int unseen = 0;               // then so many that are not, and one that is
  int quick_fewest = 4, quick_most = 24;
  uint64_t seed = 0;  // of what outputs hold before each
};

// How thorough a stage is.
struct CorrectnessPlan {
  std::vector<ShapeCase> listed;    // of this kind of device, all of them
  std::vector<ShapeCase> held_out;  // small; the first serves the probes
  std::vector<ShapeCase> far;       // at upper ends of the domain, larger
  // Along one dim a length from every eight up to 128, and each dim at its lower end.
  std::vector<ShapeCase> narrow;
  // Small ones, each with a dim that may be long at its upper end, and odd ones.
  std::vector<ShapeCase> long_dims;
  std::vector<InputFamily> families;
  std::vector<int64_t> mixed_trials;  // of kMixedRows
  int64_t uneven_trials = 0;          // of kUneven
  int64_t rising_trials = 0;          // of kRising
  int64_t aligned_trials = 0;         // of kAligned, at the shape below
  std::optional<ShapeCase> aligned_shape;
  bool opposed_trial = false;  // a further one, of the broadest held-out shapes
  // One of `held_out`: many short rows, for what a sum of many hides.
  std::optional<ShapeCase> short_rows;
  std::optional<ShapeCase> long_rows;  // likewise, the longest, if not the first
  // Of `long_dims`, where little is a whole number of vectors, pairs or tiles; on a
  // device, whose tools look at one shape.
  std::optional<ShapeCase> ragged;
  int64_t special_inputs = 0;  // that may have rows with NaN or infinities
  // Other values than the declared ones at listed shapes, where a kernel may go
  // another way than at small ones.
  std::vector<InputCase> listed_values;
  std::vector<ShapeCase> quick;  // listed ones, to be called in quick succession
  int declared_trials = 1;       // per listed shape
  int sweep_calls = 14;          // at the probes' shape
  CallRows rows;
  int schedule_calls = 0;  // of a kernel with threads, under each schedule
  // In those of `long_dims` that are long along an axis of theirs, by input.
  std::vector<InputCase> long_values;

  // The shape of calls that look at one thing: the first held-out one, else the
  // smallest listed one.
  const ShapeCase& probe() const {
    return held_out.empty() ? listed[0] : held_out[0];
  }
  // Where small changes of the inputs are looked for.
  std::vector<ShapeCase> probes() const {
    return held_out.empty() ? std::vector<ShapeCase>{probe()} : held_out;
  }
  // The cases at other values than the declared ones; most at `probe`.
  std::vector<InputCase> ValueCases(const ShapeCase& probe,
                                    const CheckSet& checks) const;
  // Every shape that is no listed one.
  std::vector<ShapeCase> OtherShapes() const;
  // `listed_values`, less those that are switched off.
  std::vector<InputCase> ListedValueCases(const CheckSet& checks) const;
};

CorrectnessPlan PlanCorrectness(const Task& task, const std::string& device_kind,
                                Stage stage, const std::string& secret);

// One candidate. The secret never leaves this process.
class CorrectnessRun {
 public:
  CorrectnessRun(const Machine& machine, const Task& task, Oracle& oracle,
                 std::string secret, const CheckSet& checks)
      : machine_(machine), task_(task), oracle_(oracle), secret_(secret),
        generator_(task, secret), checks_(checks) {}

  Verdictless Run(const fs::path& library, const CorrectnessPlan& whole,
                  Evidence* evidence);

 private:
  struct Seen {  // what world one made of a case
    Circumstances where;
    uint64_t digest = 0;
  };

  struct Trial {  // one case in a world of its own
    World world;
    InputCase input_case;
    int calls = 1;
    int most_calls = 0;  // more than `calls`, as long as all of them take `time`
    std::chrono::milliseconds time{0};
    int held_calls = 0;  // after them, for half of `time` at most: Session::RunHeld
    bool busy = false;  // the lane's core has something else to do as well
  };

  Verdictless FirstWorld(const fs::path& library, const CorrectnessPlan& plan);
  Verdictless SecondWorld(const fs::path& library, const CorrectnessPlan& plan);
  Result<std::unique_ptr<Session>> StartSession(const fs::path& library,
                                                const CorrectnessPlan& plan,
                                                const World& world,
                                                std::optional<Failure>* failure);
  // Binds the case's shape (once per shape and family) and runs it.
  Verdictless Try(Session& session, const Circumstances& where, bool bind,
                  bool keep_workspace = false);
  Verdictless CheckCall(Session& session, const Circumstances& where,
                        const Expected& expected, const CallReport& report);
  // A wrong output may be an unfinished or a remembered one: says which.
  Failure Rename(Session& session, const Circumstances& where,
                 const Expected& expected, Failure failure);
  Verdictless CallSweep(Session& session, const CorrectnessPlan& plan);
  // Shapes of the domain that no task lists.
  Verdictless OtherShapes(Session& session, const CorrectnessPlan& plan);
  Verdictless LongDims(Session& session, const CorrectnessPlan& plan);
  // More calls in the same row, each compared, for what counts further.
  Verdictless LongRow(Session& session, const CorrectnessPlan& plan);
  Verdictless RowCall(Session& session, const Circumstances& where,
                      const InputSet& inputs);
  // Many calls that nobody looks at, for what counts further still.
  Verdictless UnseenCalls(Session& session, const CorrectnessPlan& plan,
                          Circumstances where);
  // After all other calls: the first small one, which was right then.
  Verdictless LikeAtFirst(Session& session, const fs::path& library,
                          const CorrectnessPlan& plan);
  // Counts a call of the row, and looks at what the process holds now and then.
  void NoteUse(Session& session);
  Verdictless CheckGrowth(Session& session, const CorrectnessPlan& plan);
  // Calls in the rhythm of timed ones, where accesses are watched as nowhere
  // else: what a kernel does only there, it does here too.
  Verdictless QuickCalls(Session& session, const CorrectnessPlan& plan);
  Verdictless CallQuickly(Session& session, const Circumstances& where,
                          const CallRows& rows);
  Verdictless CallOverAnswer(Session& session, const Circumstances& where,
                             const Expected& expected);
  Verdictless NudgeProbe(Session& session, const CorrectnessPlan& plan);
  std::optional<Failure> LookForIdleWrites(const Session& session) const;
  // What is wrong in such a trial, if anything.
  Verdictless RunTrial(const fs::path& library, const CorrectnessPlan& plan,
                       const Trial& trial);
  // Further calls, in each of which a thread is held. `plain`: what one takes without.
  Verdictless RunHeldCalls(Session& session, std::chrono::nanoseconds plain,
                           const Trial& trial,
                           const std::function<Verdictless()>& verify);
  // Wrong values may be right under other circumstances: says which.
  Verdictless NameByTrials(const fs::path& library, const CorrectnessPlan& plan,
                           const Failure& failure);
  Verdictless Name(const fs::path& library, const CorrectnessPlan& plan,
                   const Failure& failure);
  // Nor other attributes than the task's, if it is no more exact with these.
  // Whether the values are to blame, or the calls before.
  Verdictless NameByHistory(const fs::path& library, const CorrectnessPlan& plan,
                            const Failure& failure);
  Verdictless NameByAttributes(const fs::path& library, const CorrectnessPlan& plan,
                               const Failure& failure);
  // It may not be the shape, but where tensors of this shape come to lie.
  Verdictless NameByAddress(const fs::path& library, const CorrectnessPlan& plan,
                            const Failure& failure);
  // What is wrong now and then is a race if it is wrong where threads meet, too.
  Verdictless NameByThreads(const fs::path& library, const CorrectnessPlan& plan,
                            const Failure& failure);
  // Threads take turns on a lane of one core, and meet on several.
  Verdictless ManyCores(const fs::path& library, const CorrectnessPlan& plan);
  Verdictless OtherSchedules(const fs::path& library, const CorrectnessPlan& plan);

  const Machine& machine_;
  const Task& task_;
  Oracle& oracle_;
  std::string secret_;
  InputGenerator generator_;
  CheckSet checks_;
  Evidence* evidence_ = nullptr;
  std::vector<Seen> seen_;
  std::vector<uint64_t> earlier_digests_;  // of this session's outputs
  std::set<std::string> right_shapes_;     // in this session
  GrowthWatch growth_;                     // over the calls of the row
  int row_calls_ = 0;
  std::optional<Circumstances> failed_;    // where the first failure was seen
  uint64_t poison_ = 1;
};

// A call may take this long before it counts as hanging.
std::chrono::nanoseconds CallLimit(const Task& task, const ShapeCase& shape);

}  // namespace kernelevolve::worker
