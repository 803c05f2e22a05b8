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
  Put(json, "dollars", budget.dollars);
  Put(json, "tokens", budget.tokens);
  return json;
}

RunBudget BudgetFromJson(const Json& json) {
  return {GetInteger(json, "nodes"), GetNumber(json, "minutes"),
          GetInteger(json, "stall_nodes"), GetNumber(json, "target_speedup"),
          GetNumber(json, "speed_of_light"), GetNumber(json, "dollars"),
          GetInteger(json, "tokens")};
}

Json ToJson(const AuthorOptions& author) {
  Json json = {{"models", author.models},
               {"prices", author.prices.string()},
               {"key_file", author.key_file.string()},  // where, never what
               {"record", author.record.string()},
               {"cache", author.cache.string()},
               {"code", author.code.string()},
               {"memory", MemoryName(author.memory)},
               {"window_tokens", author.window_tokens},
               {"answer_tokens", author.answer_tokens},
               {"diagnostics", author.diagnostics},
               {"tools", author.tools},
               {"model_context", author.model_context},
               {"model_search", author.model_search},
               {"trust_skills", author.trust_skills}};
  Put(json, "requests_per_minute", author.requests_per_minute);
  Put(json, "temperature", author.temperature);
  return json;
}

AuthorOptions AuthorFromJson(const Json& json) {
  AuthorOptions author;
  const auto text = [&](const char* key) {
    return GetString(json, key).value_or("");
  };
  author.models = text("models");
  author.prices = text("prices");
  author.key_file = text("key_file");
  author.record = text("record");
  author.cache = text("cache");
  author.code = text("code");
  author.memory = ParseMemory(text("memory")).value_or(Memory::kBoth);
  author.window_tokens =
      GetInteger(json, "window_tokens").value_or(author.window_tokens);
  author.answer_tokens =
      GetInteger(json, "answer_tokens").value_or(author.answer_tokens);
  author.diagnostics = GetBool(json, "diagnostics").value_or(true);
  author.tools = GetBool(json, "tools").value_or(true);
  author.model_context = GetBool(json, "model_context").value_or(false);
  author.model_search = GetBool(json, "model_search").value_or(false);
  author.trust_skills = GetBool(json, "trust_skills").value_or(false);
  author.requests_per_minute = GetInteger(json, "requests_per_minute");
  author.temperature = GetNumber(json, "temperature");
  return author;
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
                   {"toolchain", options.toolchain},
                   {"author", ToJson(options.author)}});
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
  options.author = AuthorFromJson(GetMember(json, "author"));
  return options;
}

RunBudget MergeBudgets(const RunBudget& now, const RunBudget& recorded) {
  RunBudget merged = recorded;
  if (now.nodes) merged.nodes = now.nodes;
  if (now.minutes) merged.minutes = now.minutes;
  if (now.stall_nodes) merged.stall_nodes = now.stall_nodes;
  if (now.target_speedup) merged.target_speedup = now.target_speedup;
  if (now.speed_of_light) merged.speed_of_light = now.speed_of_light;
  if (now.dollars) merged.dollars = now.dollars;
  if (now.tokens) merged.tokens = now.tokens;
  return merged;
}

}  // namespace kernelevolve
