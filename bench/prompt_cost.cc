// bench_prompt_cost [DATA]: what it costs to build a node's prompt late in a
// long run: 10,000 nodes of a shipped task, 200 deep, 50 children each, half of
// them judged wrong, with all that an author is told.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/format.h"
#include "base/random.h"
#include "core/task_parser.h"
#include "core/testing/sample_profile.h"
#include "engine/node_archive.h"
#include "knowledge/instantiate.h"
#include "knowledge/recipe_index.h"
#include "propose/llm/author.h"

namespace kernelevolve {
namespace {

constexpr int kDepth = 200, kChildren = 50, kPlaces = 1000;
constexpr double kGoalMs = 10;

// A kernel of the library that fits the task, made another by a line.
Result<std::string> SourceFor(const Task& task, const fs::path& data) {
  ASSIGN_OR_RETURN(const RecipeIndex index, RecipeIndex::Load(data, "cpp"));
  const std::vector<RankedMatch> ways = index.Matches(task);
  if (ways.empty()) return BadInput("no recipe fits " + task.name);
  const RankedMatch& best = ways.front();
  return Instantiate(*best.recipe, best.match, DefaultOptions(*best.recipe),
                     task);
}

Evaluation Rejected(Random& random) {
  constexpr Code kCodes[] = {Code::kBuildFailed, Code::kOob, Code::kPrecision,
                             Code::kWrongOutput};
  Evaluation evaluation;
  evaluation.status = VerdictStatus::kReject;
  evaluation.code = kCodes[random.Below(4)];
  evaluation.failed_check = "outputs";
  evaluation.message =
      format("y[{}] differs: 0.{} instead of 0.{}", random.Below(100'000),
             random.Below(1'000'000), random.Below(1'000'000));
  for (int i = 0; i < 80; ++i)
    evaluation.log += format(
        "candidate.cc:{}:12: error: cannot convert '__m256' to 'float'\n", i);
  return evaluation;
}

Evaluation Accepted(const Task& task, const Target& target, double speedup) {
  Evaluation evaluation;
  evaluation.status = VerdictStatus::kAccept;
  evaluation.code = Code::kOk;
  evaluation.speedup = speedup;
  for (const ShapeCase& shape : task.ShapesFor(target.device_kind)) {
    ShapeResult result;
    result.name = shape.name;
    result.time_us = 1000 / speedup;
    result.speedup = speedup;
    result.speed_of_light = 0.4;
    evaluation.shapes.push_back(std::move(result));
  }
  evaluation.profile = testing::SampleProfile();
  return evaluation;
}

struct Run {
  Task task;
  Target target;
  NodeArchive archive;
};

void AddNode(NodeId parent, bool accept, const std::string& source, Run& run,
             Random& random) {
  Node node;
  node.id = run.archive.next_id();
  if (parent > 0) node.parents = {parent};
  node.kind = parent > 0 ? NodeKind::kExpand : NodeKind::kDraft;
  node.candidate.language = "cpp";
  node.candidate.source = format("// way {}\n{}", node.id, source);
  node.description = format(
      "tile the rows by {} and keep the partial sums in registers", node.id);
  node.evaluation = accept
                        ? Accepted(run.task, run.target, 1 + random.Uniform())
                        : Rejected(random);
  node.fitness = node.evaluation.speedup;
  run.archive.Add(std::move(node));
}

// A spine of accepted kernels; the other children hang on it.
void Grow(const std::string& source, Run& run) {
  Random random(1);
  NodeId spine = 0;
  for (int depth = 0; depth < kDepth; ++depth) {
    const NodeId parent = spine;
    spine = run.archive.next_id();
    AddNode(parent, true, source, run, random);
    for (int i = 1; i < kChildren; ++i)
      AddNode(spine, i % 2 == 0, source, run, random);
  }
}

ProposalRequest RequestAt(const Run& run, NodeId id) {
  ProposalRequest request;
  request.task = &run.task;
  request.target = &run.target;
  request.kind = NodeKind::kExpand;
  request.parent = &run.archive[id];
  request.ancestors = run.archive.PathTo(id);
  request.siblings = run.archive.ChildrenOf(id);
  return request;
}

ProposalRequest DraftOf(const Run& run, int index) {
  ProposalRequest request;
  request.task = &run.task;
  request.target = &run.target;
  request.draft_index = index;
  return request;
}

template <typename MakeRequest>
double Measure(const char* what, const AuthorPrompts& prompts, int count,
               const MakeRequest& make_request) {
  const SystemClock clock;
  std::vector<double> ms;
  size_t bytes = 0;
  for (int i = 0; i < count; ++i) {
    const Clock::TimePoint start = clock.Now();
    const std::vector<Message> prompt = prompts.For(make_request(i));
    ms.push_back(MillisecondsSince(clock, start));
    bytes = std::max(bytes, prompt.back().text.size());
  }
  std::sort(ms.begin(), ms.end());
  const double median = ms[ms.size() / 2];
  std::fputs(format("  {:<22} median {:6.2f} ms   p99 {:6.2f} ms   longest {} "
                    "KB\n",
                    what, median, ms[ms.size() * 99 / 100], bytes >> 10)
                 .c_str(),
             stdout);
  return median;
}

Result<bool> Bench(const fs::path& data) {
  Run run;
  ASSIGN_OR_RETURN(run.task, FindTask("softmax", data));
  ASSIGN_OR_RETURN(run.target, FindTarget("cpp@native", data));
  ASSIGN_OR_RETURN(const std::string source, SourceFor(run.task, data));
  Grow(source, run);
  const SystemClock clock;
  AuthorPlace place;
  place.data = data;
  place.clock = &clock;
  ASSIGN_OR_RETURN(const auto prompts,
                   MakeAuthorPrompts({}, place, run.target));
  std::fputs(format("{} nodes, sources of {} bytes\n",
                    run.archive.nodes().size(), source.size())
                 .c_str(),
             stdout);
  Random random(2);
  // Every place of the spine, then any node.
  const double spine =
      Measure("with 50 children", *prompts, kDepth,
              [&](int i) { return RequestAt(run, NodeId{i} * kChildren + 1); });
  const double any = Measure("anywhere", *prompts, kPlaces, [&](int) {
    return RequestAt(
        run, 1 + static_cast<NodeId>(random.Below(run.archive.nodes().size())));
  });
  const double drafts = Measure("drafts", *prompts, kPlaces / 10,
                                [&](int i) { return DraftOf(run, i); });
  return std::max({spine, any, drafts}) <= kGoalMs;
}

}  // namespace
}  // namespace kernelevolve

int main(int argc, char** argv) {
  using namespace kernelevolve;
  const Result<fs::path> shipped = DataFolder();
  const fs::path data = argc > 1  ? fs::path(argv[1])
                        : shipped ? *shipped
                                  : fs::path(".");
  const Result<bool> good = Bench(data);
  if (!good) std::fputs((good.error().message + "\n").c_str(), stderr);
  return !good ? 2 : *good ? 0 : 1;
}
