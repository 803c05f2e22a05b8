// bench_skills_effect [SEEDS [NODES]]: what skills do to a search whose author
// believes its prompts: without them, with what an earlier run taught, with a
// wrong one that claims that rejected moves win.
//
// All of it is the program's own way from a finished run to a prompt: distil,
// review, choice, prompt, answer. Model and judge are played: the model is this
// program as `exec:`, a fixed rule over what it is told; the judge is a table of
// moves. So the figures show what passes through that way, and nothing of what
// a real model would make of it.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <set>

#include "base/digest.h"
#include "base/format.h"
#include "base/json.h"
#include "base/random.h"
#include "base/text.h"
#include "engine/distil.h"
#include "engine/testing/toy_run.h"
#include "knowledge/skills/calendar.h"
#include "knowledge/skills/skill_files.h"
#include "knowledge/skills/skill_parser.h"

using namespace kernelevolve;

namespace {

struct Move {
  const char* name;
  double gain;  // 0: rejected
};

// Five that win, six that the judge rejects, the rest cost a little.
constexpr std::array<Move, 24> kMoves = {{
    {"wide_vectors", 1.6},     {"packed_panels", 1.5},
    {"four_accumulators", 1.4}, {"fused_passes", 1.3},
    {"streaming_writes", 1.2}, {"half_sums", 0},
    {"unmasked_tail", 0},      {"cached_answer", 0},
    {"skipped_rows", 0},       {"racing_threads", 0},
    {"aliased_output", 0},     {"deep_unroll", 0.97},
    {"early_prefetch", 0.98},  {"table_lookup", 0.9},
    {"loop_interchange", 0.95}, {"scalar_tail", 0.99},
    {"branchless_max", 0.98},  {"recomputed_scale", 0.96},
    {"transposed_copy", 0.85}, {"small_tiles", 0.93},
    {"large_tiles", 0.94},     {"late_division", 0.99},
    {"split_loops", 0.92},     {"manual_spills", 0.8},
}};

double BestSpeedup() {
  double best = 1;
  for (const Move& move : kMoves) best *= std::max(1.0, move.gain);
  return best;
}

std::string MarkOf(const Move& move) {
  return format("#define MOVE_{} 1\n", move.name);
}

// The judge.
Evaluation MovesLandscape(const EvaluationRequest& request) {
  double speedup = 1;
  for (const Move& move : kMoves) {
    if (request.candidate.source.find(MarkOf(move)) == std::string::npos)
      continue;
    if (move.gain == 0) {
      Evaluation rejected = FakeRejected(Code::kWrongOutput);
      rejected.message = format("elements differ with {}", move.name);
      return rejected;
    }
    speedup *= move.gain;
  }
  return FakeAccepted(speedup);
}

// What the played model reads in its prompt.
struct Told {
  std::set<const Move*> there, failed, praised, blamed;
};

void AddNamed(std::string_view line, std::set<const Move*>& moves) {
  for (const Move& move : kMoves)
    if (line.find(move.name) != std::string_view::npos) moves.insert(&move);
}

Told ReadPrompt(const std::string& prompt) {
  Told told;
  bool failed = false, skill = false;
  for (const std::string_view line : Split(prompt, '\n')) {
    if (line.starts_with("## ")) failed = skill = false;
    failed |= line.starts_with("Tried and failed");
    skill |= line.starts_with("What an earlier run taught");
    if (line.starts_with("#define MOVE_")) AddNamed(line, told.there);
    if (failed && line.starts_with("- node")) AddNamed(line, told.failed);
    if (skill && line.starts_with("- node"))
      AddNamed(line.substr(std::min(line.size(), line.find("described as"))),
               told.praised);
    if (skill && line.starts_with("- WRONG")) AddNamed(line, told.blamed);
  }
  return told;
}

// Its own history before a skill, a skill before chance.
const Move& ChooseMove(const Told& told, Random& random) {
  std::vector<const Move*> praised, open;
  for (const Move& move : kMoves) {
    if (told.there.contains(&move) || told.failed.contains(&move)) continue;
    if (told.praised.contains(&move)) praised.push_back(&move);
    if (!told.blamed.contains(&move)) open.push_back(&move);
  }
  constexpr double kBelief = 0.9;
  const std::vector<const Move*>& from =
      !praised.empty() && random.Uniform() < kBelief ? praised : open;
  if (from.empty()) return kMoves[random.Below(kMoves.size())];
  return *from[random.Below(from.size())];
}

// The model: a request on standard input, an answer on standard output.
int PlayModel() {
  const std::string input{std::istreambuf_iterator<char>(std::cin), {}};
  const auto request = ParseJson(input);
  if (!request) return 1;
  std::string prompt;
  for (const Json& message : GetMember(*request, "messages"))
    prompt += GetString(message, "text").value_or("") + "\n";
  Told told = ReadPrompt(prompt);
  Random random(
      static_cast<uint64_t>(GetInteger(*request, "seed").value_or(1)));
  const Move& chosen = ChooseMove(told, random);
  told.there.insert(&chosen);
  std::string source;
  for (const Move& move : kMoves)
    if (told.there.contains(&move)) source += MarkOf(move);
  std::printf("PLAN: use %s\n```cpp\n%sint ke_run;\n```\n", chosen.name,
              source.c_str());
  return 0;
}

struct Outcome {
  int64_t nodes_to_90 = 0;  // one more than there were, where it never came
  int64_t rejected = 0;
  double best = 0;  // share of what there is to find
  std::string tree;  // digest of all candidates in their order
};

Outcome OutcomeOf(const FinishedRun& run) {
  Outcome outcome;
  outcome.nodes_to_90 = static_cast<int64_t>(run.nodes.size()) + 1;
  for (const Node& node : run.nodes) {
    outcome.tree += node.candidate.Id();
    outcome.rejected += !node.evaluation.accepted();
    outcome.best = std::max(outcome.best, node.fitness / BestSpeedup());
    if (node.fitness >= 0.9 * BestSpeedup())
      outcome.nodes_to_90 = std::min(outcome.nodes_to_90, node.id);
  }
  outcome.tree = HexDigest(outcome.tree);
  return outcome;
}

struct Plan {
  fs::path folder;  // of this run and its knowledge
  std::vector<Skill> skills;
  uint64_t seed = 1;
  int64_t nodes = 80;
};

Result<FinishedRun> RunOnce(const Plan& plan) {
  const fs::path data = plan.folder / "data";
  ASSIGN_OR_RETURN(const fs::path shipped, DataFolder());
  ASSIGN_OR_RETURN(const std::string prices,
                   ReadFile(shipped / "knowledge" / "prices.toml"));
  RETURN_IF_ERROR(MakeFolders(data / "knowledge"));
  RETURN_IF_ERROR(WriteFileAtomic(data / "knowledge" / "prices.toml", prices));
  RETURN_IF_ERROR(WriteSkills(plan.skills, data / "knowledge" / kSkillsFolder));
  OptimizeOptions options = ToyOptions(data, plan.folder / "run");
  options.budget.nodes = plan.nodes;
  options.proposer = "llm";
  options.policy = "greedy";
  options.drafts = 3;
  options.seed = plan.seed;
  std::error_code error;
  options.author.models =
      "exec:" + fs::read_symlink("/proc/self/exe", error).string() + " --model";
  options.author.tools = false;
  FakeEvaluator evaluator(MovesLandscape);
  RecordingObserver observer;
  const SystemClock clock;
  RETURN_IF_ERROR(Optimize(options, ShareEvaluator(evaluator), observer, clock,
                           StopCondition()));
  return ReadRun(plan.folder / "run", data);
}

std::vector<Skill> Reviewed(std::vector<Skill> skills) {
  for (Skill& skill : skills) {
    skill.state = SkillState::kReviewed;
    skill.reviewer = "bench";
    skill.reviewed = skill.created;
  }
  return skills;
}

// Those of what won, which alone can praise a move.
std::vector<Skill> Winning(std::vector<Skill> skills) {
  std::erase_if(skills, [](const Skill& skill) {
    return skill.name().find("_won_") == std::string::npos;
  });
  return skills;
}

// Claims of each winning move what is true of a rejected one, and the other way
// round.
std::vector<Skill> Poisoned(std::vector<Skill> skills) {
  constexpr size_t kWinning = 5;
  for (Skill& skill : skills) {
    std::string& body = skill.document.body;
    for (size_t i = 0; i < kWinning; ++i) {
      body = ReplaceAll(body, kMoves[i].name, "@");
      body = ReplaceAll(body, kMoves[i + kWinning].name, kMoves[i].name);
      body = ReplaceAll(body, "@", kMoves[i + kWinning].name);
    }
  }
  return skills;
}

std::vector<Skill> Expired(std::vector<Skill> skills) {
  for (Skill& skill : skills) {
    skill.created = skill.reviewed = "2020-01-01";
    skill.expires = "2020-03-31";
  }
  return skills;
}

template <typename T>
T Median(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Condition {
  const char* name;
  std::vector<Skill> skills;
};

// One line of the table; the trees, so that they can be compared.
Result<std::vector<std::string>> Measure(const Condition& condition, int seeds,
                                         int64_t nodes) {
  std::vector<int64_t> to_90, rejected;
  std::vector<double> best;
  std::vector<std::string> trees;
  int reached = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    ASSIGN_OR_RETURN(const TempFolder folder, TempFolder::Create("skills"));
    ASSIGN_OR_RETURN(const FinishedRun run,
                     RunOnce({folder.path(), condition.skills,
                              static_cast<uint64_t>(seed), nodes}));
    const Outcome outcome = OutcomeOf(run);
    reached += outcome.nodes_to_90 <= nodes;
    to_90.push_back(outcome.nodes_to_90);
    rejected.push_back(outcome.rejected);
    best.push_back(outcome.best);
    trees.push_back(outcome.tree);
  }
  const int64_t median = Median(to_90);
  std::printf("  %-22s %8s %8d/%d %9lld %9.0f %%\n", condition.name,
              median > nodes ? "never" : std::to_string(median).c_str(),
              reached, seeds, static_cast<long long>(Median(rejected)),
              100 * Median(best));
  std::fflush(stdout);
  return trees;
}

Result<std::vector<Skill>> Learn(int64_t nodes) {
  ASSIGN_OR_RETURN(const TempFolder folder, TempFolder::Create("skills"));
  // Another seed than any that is measured.
  ASSIGN_OR_RETURN(const FinishedRun run,
                   RunOnce({folder.path(), {}, 1'000'003, 4 * nodes}));
  std::vector<Skill> skills =
      Distil(run, DayOf(SystemClock().WallSeconds()));
  std::printf("learnt from a run of %lld nodes:\n",
              static_cast<long long>(4 * nodes));
  for (const Skill& skill : skills)
    std::printf("%s\n", skill.document.body.c_str());
  return skills;
}

Status Compare(int seeds, int64_t nodes) {
  ASSIGN_OR_RETURN(const std::vector<Skill> skills, Learn(nodes));
  const std::vector<Skill> good = Reviewed(skills), wrong = Poisoned(skills);
  std::printf("%lld nodes, %d seeds; medians\n  %-22s %8s %10s %9s %11s\n",
              static_cast<long long>(nodes), seeds, "skills", "to 90 %",
              "reached", "rejected", "best found");
  const Condition conditions[] = {
      {"off", {}},
      {"on", good},
      {"wrong moves praised", Reviewed(Winning(wrong))},
      {"and right ones blamed", Reviewed(wrong)},
      {"both, unreviewed", wrong},
      {"both, expired", Expired(Reviewed(wrong))},
  };
  std::vector<std::vector<std::string>> trees;
  for (const Condition& condition : conditions) {
    ASSIGN_OR_RETURN(trees.emplace_back(), Measure(condition, seeds, nodes));
  }
  const bool same = trees[4] == trees[0] && trees[5] == trees[0];
  std::printf("unreviewed and expired ones change %s\n",
              same ? "nothing: the same trees" : "THE TREE");
  return same ? Status() : Status(Broken("a skill that is not to be used was"));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--model") return PlayModel();
  const int seeds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 11;
  const int64_t nodes = argc > 2 ? std::max(10, std::atoi(argv[2])) : 80;
  const Status done = Compare(seeds, nodes);
  if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return done ? 0 : 1;
}
