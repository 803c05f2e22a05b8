#include "engine/recorded_options.h"

namespace kernelevolve {
namespace {

template <typename T>
void Put(Json& json, const char* key, const std::optional<T>& value) {
  if (value) json[key] = *value;
}

Json ToJson(const RunBudget& budget) {
  Json json = Json::object();
  Put(json, "nodes", budget.nodes);
  Put(json, "minutes", budget.minutes);
  Put(json, "stall_nodes", budget.stall_nodes);
  Put(json, "target_speedup", budget.target_speedup);
  Put(json, "speed_of_light", budget.speed_of_light);
  return json;
}

RunBudget BudgetFromJson(const Json& json) {
  return {GetInteger(json, "nodes"), GetNumber(json, "minutes"),
          GetInteger(json, "stall_nodes"), GetNumber(json, "target_speedup"),
          GetNumber(json, "speed_of_light")};
}

}  // namespace

std::string ToText(const RecordedOptions& options) {
  return DumpJson({{"task", options.task},
                   {"policy", options.policy},
                   {"proposer", options.proposer},
                   // As text: a JSON number does not hold 64 bits.
                   {"seed", std::to_string(options.seed)},
                   {"drafts", options.drafts},
                   {"budget", ToJson(options.budget)},
                   {"seed_kernel", options.seed_kernel},
                   {"device", options.device},
                   {"toolchain", options.toolchain}});
}

Result<RecordedOptions> RecordedOptionsFromText(const std::string& text) {
  ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  RecordedOptions options;
  options.task = GetString(json, "task").value_or("");
  options.policy = GetString(json, "policy").value_or("mcts");
  options.proposer = GetString(json, "proposer").value_or("recipes");
  options.seed =
      std::strtoull(GetString(json, "seed").value_or("1").c_str(), nullptr, 10);
  options.drafts = static_cast<int>(GetInteger(json, "drafts").value_or(10));
  options.budget = BudgetFromJson(GetMember(json, "budget"));
  options.seed_kernel = GetString(json, "seed_kernel").value_or("");
  options.device = GetString(json, "device").value_or("");
  options.toolchain = GetString(json, "toolchain").value_or("");
  return options;
}

RunBudget MergeBudgets(const RunBudget& now, const RunBudget& recorded) {
  RunBudget merged = recorded;
  if (now.nodes) merged.nodes = now.nodes;
  if (now.minutes) merged.minutes = now.minutes;
  if (now.stall_nodes) merged.stall_nodes = now.stall_nodes;
  if (now.target_speedup) merged.target_speedup = now.target_speedup;
  if (now.speed_of_light) merged.speed_of_light = now.speed_of_light;
  return merged;
}

}  // namespace kernelevolve
