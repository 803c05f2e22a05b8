#include "store/testing/sample_nodes.h"

#include "base/digest.h"
#include "base/format.h"

namespace kernelevolve {
namespace {

// As long as a real kernel, and different for each structure.
std::string SampleSource(NodeId structure) {
  std::string source = "// ke:tune UNROLL = 4 in {1, 2, 4, 8}\n";
  for (int line = 0; line < 120; ++line)
    source += format("  acc{} += x[i + {}] * w[{}];\n", line % 8,
                     line * structure % 997, line);
  return source;
}

ShapeResult SampleShape(const std::string& name, double time_us) {
  ShapeResult shape;
  shape.name = name;
  shape.time_us = time_us;
  shape.ci_us = {time_us * 0.99, time_us * 1.01};
  shape.speedup = 100 / time_us;
  shape.speedup_ci = {99 / time_us, 101 / time_us};
  shape.bound_us = 5;
  shape.speed_of_light = 5 / time_us;
  shape.weight = 1;
  shape.panel = {{"reference", 100}, {"onednn", 150}};
  return shape;
}

Node SampleBase(NodeId id) {
  Node node;
  node.id = id;
  const NodeId structure = (id + 4) / 5;
  if (id > 1) node.parents = {id - 1};
  node.kind = id == 1       ? NodeKind::kDraft
              : id % 5 == 1 ? NodeKind::kExpand
                            : NodeKind::kTune;
  node.candidate.language = "cpp";
  node.candidate.source = SampleSource(structure);
  node.candidate.parameters = {{"UNROLL", format("{}", 1 << (id % 4))},
                               {"ID", format("{}", id)}};
  node.candidate.label = "softmax_two_pass";
  node.origin = format("recipe softmax_two_pass ROWS={}", structure);
  node.description = format("structure {}", structure);
  node.draft_index = id == 1 ? 3 : 0;
  node.created_wall_s = 1700000000.25 + static_cast<double>(id);
  node.evaluation.candidate_id = node.candidate.Id();
  return node;
}

}  // namespace

RunRecord SampleRun() {
  RunRecord run;
  run.id = "softmax-1";
  run.task_name = "softmax";
  run.task_digest = HexDigest("task");
  run.operator_family = "softmax";
  run.target = "cpp@native";
  run.options_json = "{\"policy\":\"mcts\"}";
  run.search_secret = HexDigest("secret");
  run.state = "running";
  run.created_wall_s = 1700000000.5;
  return run;
}

Node SampleNode(NodeId id) {
  Node node = SampleBase(id);
  Evaluation& evaluation = node.evaluation;
  evaluation.status = VerdictStatus::kAccept;
  evaluation.code = Code::kOk;
  evaluation.message = "right and honestly timed";
  evaluation.baseline = "reference";
  evaluation.speedup = 1.5 + static_cast<double>(id % 7);
  evaluation.speedup_ci = {evaluation.speedup * 0.98,
                           evaluation.speedup * 1.02};
  evaluation.shapes = {SampleShape("square", 20), SampleShape("tall", 35),
                       SampleShape("wide", 55.5)};
  evaluation.phases.build = 430.5;
  evaluation.phases.timing = 210.25;
  evaluation.metrics = {{"elements_compared", 1e7, "count"},
                        {"max_error_ratio", 0.125, ""}};
  evaluation.notes = {"onednn is not installed: left out"};
  evaluation.process_log_ratios = {0.5, 0.25, 0.375};
  node.fitness = evaluation.speedup;
  return node;
}

Node SampleFailure(NodeId id) {
  Node node = SampleBase(id);
  node.evaluation.status = VerdictStatus::kReject;
  node.evaluation.code = Code::kBuildFailed;
  node.evaluation.failed_check = "build";
  node.evaluation.message = "the compiler said no";
  node.evaluation.log = format("candidate.cc:{}: error: expected ';'\n", id);
  return node;
}

EvaluationKey SampleKey(const Node& node) {
  EvaluationKey key;
  key.candidate_id = node.candidate.Id();
  key.task_digest = HexDigest("task");
  key.target = "cpp@native";
  key.toolchain = "g++ 12.2.0";
  key.device = "AMD EPYC (2 cores)";
  key.stage = node.evaluation.stage;
  return key;
}

}  // namespace kernelevolve
