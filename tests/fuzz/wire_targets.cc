// Targets of wire/: frames, the messages in them, answers to bundles.
#include <unistd.h>

#include <algorithm>

#include "base/check.h"
#include "base/fd.h"
#include "core/evaluation_json.h"
#include "core/testing/sample_profile.h"
#include "core/testing/task_text.h"
#include "fuzz_target.h"
#include "wire/bundle_answers.h"
#include "wire/frame.h"
#include "wire/messages.h"

namespace kernelevolve::fuzz {
namespace {

bool RunMessage(std::string_view input) {
  const auto json = ParseJson(input);
  if (!json) return false;
  wire::MessageType(*json);
  wire::MessageId(*json);
  wire::ErrorFromJson(*json);
  if (const auto hello = wire::HelloFromJson(*json))
    CHECK(wire::HelloFromJson(wire::ToJson(*hello)).has_value());
  (void)wire::CheckTaskRequestFromJson(*json);
  (void)wire::TaskFindingsFromJson(GetMember(*json, "findings"));
  if (const auto evaluation =
          EvaluationFromJson(GetMember(*json, "evaluation")))
    CHECK(EvaluationFromJson(*ParseJson(DumpJson(ToJson(*evaluation))))
              .has_value());
  const auto request = wire::EvaluateRequestFromJson(*json);
  if (!request) return true;
  const auto again = wire::EvaluateRequestFromJson(
      *ParseJson(DumpJson(wire::ToJson(*request))));
  CHECK(again && again->candidate.Id() == request->candidate.Id());
  CHECK(again->task.Digest() == request->task.Digest());
  return true;
}

bool RunFrame(std::string_view input) {
  constexpr size_t kPipeBytes = 60'000;
  int ends[2];
  CHECK(::pipe(ends) == 0);
  Fd read(ends[0]), write(ends[1]);
  const size_t count = std::min(input.size(), kPipeBytes);
  CHECK(::write(write.get(), input.data(), count) ==
        static_cast<ssize_t>(count));
  write.Reset();
  bool taken = false;
  while (true) {
    const auto frame = ReadFrame(read.get(), 1000);
    if (!frame) return taken;
    taken = RunMessage(DumpJson(*frame)) || taken;
  }
}

wire::EvaluateRequest SeedRequest() {
  wire::EvaluateRequest request;
  request.id = 1;
  request.task = ParseText(kGoodTask).task;
  request.target = {"cpp", "native", "cpu", {{"g++", "{source}"}, ".cc"}};
  request.candidate = {"cpp", "int x;\xff", {{"B", "8"}}, "x.cc"};
  request.secret = "ab";
  return request;
}

std::vector<std::string> MessageSeeds() {
  Evaluation evaluation;
  evaluation.shapes = {{.name = "s", .panel = {{"reference", 2}}}};
  evaluation.metrics = {{"elements", 3, ""}};
  evaluation.profile = kernelevolve::testing::SampleProfile();
  wire::Hello hello{.capabilities = {"evaluate"},
                    .sandbox = {{"seccomp", true, ""}}};
  return {DumpJson(wire::ToJson(SeedRequest())), DumpJson(wire::ToJson(hello)),
          DumpJson(wire::EvaluationMessage(1, evaluation)),
          DumpJson(wire::FindingsMessage(1, {{true, "a", "b"}})),
          DumpJson(wire::ErrorMessage(1, Error{}))};
}

std::vector<std::string> FrameSeeds() {
  std::vector<std::string> frames;
  for (const std::string& body : MessageSeeds()) {
    std::string frame;
    for (int i = 0; i < 4; ++i)
      frame += static_cast<char>(body.size() >> (8 * i) & 0xff);
    frames.push_back(frame + body);
  }
  return frames;
}

// Bundles ---------------------------------------------------------------------

wire::Bundle SeedBundle() {
  wire::Bundle bundle;
  bundle.manifest.id = std::string(32, 'a');
  bundle.requests["0001.json"] = SeedRequest();
  return bundle;
}

wire::BundleAnswer SeedAnswer(const wire::Bundle& bundle) {
  const wire::EvaluateRequest& request = bundle.requests.at("0001.json");
  Evaluation evaluation;
  evaluation.candidate_id = request.candidate.Id();
  evaluation.stage = request.stage;
  return {"0001.json", "a device", "a toolchain", ToJson(evaluation)};
}

bool RunBundle(std::string_view input) {
  static const wire::Bundle bundle = SeedBundle();
  bool taken = false;
  for (const bool complete : {false, true}) {
    const wire::AnswerSheet sheet =
        wire::ReadAnswers(std::string(input), "answers", bundle, complete);
    for (const auto& [name, answer] : sheet.answers) {
      CHECK(bundle.requests.contains(name));
      CHECK(EvaluationFromJson(answer.evaluation).has_value());
    }
    for (const std::string& problem : sheet.problems)
      CHECK(DumpJson(problem).find('\xff') == std::string::npos);
    taken = taken || !sheet.answers.empty();
  }
  return taken;
}

std::vector<std::string> BundleSeeds() {
  const wire::Bundle bundle = SeedBundle();
  std::string text = wire::HeaderLine(bundle.manifest);
  text += wire::AnswerLine(SeedAnswer(bundle));
  return {text + wire::EndLine(text, 1), text};
}

}  // namespace

std::vector<Target> WireTargets() {
  return {{"frame", RunFrame, FrameSeeds, 4},
          {"message", RunMessage, MessageSeeds, 5},
          {"bundle", RunBundle, BundleSeeds, 4}};
}

}  // namespace kernelevolve::fuzz
