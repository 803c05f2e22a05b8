// The messages of the worker protocol and their JSON forms, in one place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "core/candidate.h"
#include "core/evaluation.h"
#include "core/target.h"
#include "core/task.h"

namespace kernelevolve::wire {

// A phase that people are told of: somebody else times on the device.
inline constexpr const char* kWaitingForDevice =
    "waiting for the device: another run is timing on it";
inline constexpr int kProtocolVersion = 1;

struct SandboxLayer {
  std::string name;  // "user namespace", "seccomp", …
  bool working = false;
  std::string detail;  // why not, and what would make it work
};

// Worker → engine, first of all.
struct Hello {
  int protocol = kProtocolVersion;
  std::string version;
  std::vector<std::string> capabilities;  // "evaluate", "check_task", "roofs"
  std::vector<SandboxLayer> sandbox;
  std::string device;     // "AMD EPYC (2 cores)": keys evaluations
  std::string toolchain;  // "g++ 12.2.0": likewise
};

// Engine → worker.
struct EvaluateRequest {
  int64_t id = 0;
  Task task;
  Target target;
  Candidate candidate;
  Stage stage = Stage::kSearch;
  std::string secret;
  std::vector<std::string> disabled_checks;
  bool explain = false;  // a full profile at any stage
  bool build_only = false;  // compile, run nothing
};

// Admission of a task (gate G0): null candidates, degenerate outputs, the
// reference through the full protocol.
struct CheckTaskRequest {
  int64_t id = 0;
  Task task;
  Target target;
};

struct TaskFinding {
  bool ok = false;
  std::string check;  // "null candidate: zeros", …
  std::string detail;
};

// Every message is an object whose "type" says what it is; requests and their
// answers carry the same "id". Reading one checks its type and every field, and
// answers kBadInput with the field's name.
std::string MessageType(const Json& message);
// The id, 0 where there is none.
int64_t MessageId(const Json& message);

Json ToJson(const Hello& hello);
Result<Hello> HelloFromJson(const Json& json);
Json ToJson(const EvaluateRequest& request);
Result<EvaluateRequest> EvaluateRequestFromJson(const Json& json);
Json ToJson(const CheckTaskRequest& request);
Result<CheckTaskRequest> CheckTaskRequestFromJson(const Json& json);
Json ToJson(const std::vector<TaskFinding>& findings);
Result<std::vector<TaskFinding>> TaskFindingsFromJson(const Json& json);
Json CandidateToJson(const Candidate& candidate);
Result<Candidate> CandidateFromJson(const Json& json);

// Worker → engine. A request gets any number of progress messages ("compiling",
// "timing"; they prove that the worker lives), then exactly one "result".
Json ProgressMessage(int64_t id, std::string_view phase);
Json EvaluationMessage(int64_t id, const Evaluation& evaluation);
Json FindingsMessage(int64_t id, const std::vector<TaskFinding>& findings);
// Instead of an answer: the request could not be served; `id` 0 where none
// could be read.
Json ErrorMessage(int64_t id, const Error& error);
Error ErrorFromJson(const Json& message);

// Tasks travel as their files and are parsed anew on arrival.
Json TaskToJson(const Task& task);
Result<Task> TaskFromJson(const Json& json);
Json TargetToJson(const Target& target);
Result<Target> TargetFromJson(const Json& json);

}  // namespace kernelevolve::wire
