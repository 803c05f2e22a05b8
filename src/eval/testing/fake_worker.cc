#include "eval/testing/fake_worker.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/file.h"
#include "eval/testing/fake_evaluator.h"
#include "wire/frame.h"
#include "wire/messages.h"

namespace kernelevolve {
namespace {

constexpr int kMeeting = 3;
constexpr const char* kMet = ".met";

[[noreturn]] void Hang() {
  while (true) ::pause();
}

void Send(const Json& message) {
  if (!WriteFrame(STDOUT_FILENO, message)) ::_exit(1);
}

// False if it is not going to serve.
bool Greet(const std::string& greeting) {
  if (greeting == "die") {
    std::fputs("cannot work like this\n", stderr);
    std::exit(3);
  }
  if (greeting == "hang") Hang();
  if (greeting == "refuse") {
    Send(wire::ErrorMessage(
        0, Error{ErrorCode::kMissing, "no user namespaces here"}));
    return false;
  }
  wire::Hello hello;
  hello.version = "fake";
  hello.device = "a fake device";
  hello.toolchain = "fake 1.0";
  if (greeting == "protocol") hello.protocol = 999;
  hello.sandbox.push_back({"seccomp", greeting != "layer", "not allowed"});
  Send(wire::ToJson(hello));
  return true;
}

Evaluation Accept(const std::string& candidate_id, Stage stage) {
  Evaluation evaluation = FakeAccepted(2);
  evaluation.candidate_id = candidate_id;
  evaluation.stage = stage;
  evaluation.message = std::to_string(::getpid());
  return evaluation;
}

// Of the flags, the value of one; "" without it.
std::string ValueOf(const std::vector<std::string>& flags,
                    const std::string& flag) {
  for (size_t i = 0; i + 1 < flags.size(); ++i)
    if (flags[i] == flag) return flags[i + 1];
  return "";
}

// Beside the scratch folder: that is emptied for a worker's successor.
std::string MarkerOf(const std::vector<std::string>& flags,
                     const std::string& kind) {
  return ValueOf(flags, "--scratch") + kind;
}

// Returns once kMeeting workers of this pool have been asked to.
void Meet(const std::vector<std::string>& flags) {
  const fs::path mine = MarkerOf(flags, kMet);
  if (!WriteFileAtomic(mine, "")) ::_exit(1);
  for (int there = 0; there < kMeeting; ::usleep(1000)) {
    there = 0;
    for (const auto& entry : fs::directory_iterator(mine.parent_path()))
      there += entry.path().extension() == kMet;
  }
}

void AnswerPlace(const wire::EvaluateRequest& request,
                 const std::vector<std::string>& flags) {
  Meet(flags);
  Evaluation place = Accept(request.candidate.Id(), request.stage);
  place.message =
      ValueOf(flags, "--lane-lock") + " " + ValueOf(flags, "--device");
  Send(wire::EvaluationMessage(request.id, place));
}

void Evaluate(const wire::EvaluateRequest& request,
              const std::vector<std::string>& flags) {
  const std::string& word = request.candidate.source;
  Send(wire::ProgressMessage(request.id, "build"));
  if (word == "wait")
    for (int i = 0; i < 2; ++i)
      Send(wire::ProgressMessage(request.id, wire::kWaitingForDevice));
  if (word == "hang") Hang();
  if (word == "die") ::_exit(5);
  if (word == "meet") Meet(flags);
  const std::string aborted = MarkerOf(flags, ".aborted");
  if (word == "abort-once" && !fs::exists(aborted)) {
    if (!WriteFileAtomic(aborted, "")) ::_exit(1);
    std::abort();
  }
  if (word == "error")
    return Send(wire::ErrorMessage(
        request.id, Error{ErrorCode::kInfrastructure, "the disk is full"}));
  if (word == "garbage") {
    if (::write(STDOUT_FILENO, "\x05\0\0\0hello", 9) != 9) ::_exit(1);
    return;
  }
  const int64_t id = word == "mute-id" ? request.id + 1 : request.id;
  Send(wire::EvaluationMessage(id,
                               Accept(request.candidate.Id(), request.stage)));
}

}  // namespace

int RunFakeWorker(const std::string& greeting,
                  const std::vector<std::string>& flags) {
  if (!Greet(greeting)) return 3;
  while (true) {
    const Result<Json> message = ReadFrame(STDIN_FILENO);
    if (!message) return 0;
    if (wire::MessageType(*message) == "check_task") {
      Send(wire::FindingsMessage(wire::MessageId(*message),
                                 {{true, "zeros", "rejected"}}));
      continue;
    }
    const auto request = wire::EvaluateRequestFromJson(*message);
    if (!request) return 2;
    if (request->candidate.source == "place")
      AnswerPlace(*request, flags);
    else
      Evaluate(*request, flags);
  }
}

}  // namespace kernelevolve
