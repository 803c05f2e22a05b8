#include "cli/model_flags.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "propose/proposers.h"

namespace kernelevolve::cli {
namespace {

// Proposers that are a model of that name as well.
bool NamesModel(const std::string& proposer) {
  for (const char* prefix : {"mailbox:", "replay:", "exec:"})
    if (proposer.starts_with(prefix)) return true;
  return false;
}

// Tokens: whoever answers a mailbox has files as long as they like.
constexpr int64_t kLetter = 32 << 10;

// Whether a sub-agent is a model, from `rules` or `model`.
Result<bool> ByModel(const std::string& flag, const std::string& word) {
  if (word != "rules" && word != "model")
    return BadInput(format("{}: found '{}', expected rules or model", flag,
                           Sanitize(word, 60)));
  return word == "model";
}

Status Fill(const ModelFlags& flags, AuthorOptions& model) {
  model.prices = flags.prices;
  model.key_file = flags.key_file;
  model.record = flags.record;
  model.cache = flags.cache;
  model.code = flags.code;
  model.temperature = flags.temperature;
  if (flags.window) model.window_tokens = *flags.window;
  if (model.models.starts_with("mailbox:")) model.answer_tokens = kLetter;
  if (flags.answer) model.answer_tokens = *flags.answer;
  model.requests_per_minute = flags.requests_per_minute;
  model.diagnostics = !flags.withhold;
  model.tools = !flags.no_tools;
  model.trust_skills = flags.trust_skills;
  const auto memory = ParseMemory(flags.memory);
  if (!memory)
    return BadInput(format("--memory: found '{}', expected parent, siblings, "
                           "both or none",
                           Sanitize(flags.memory, 60)));
  model.memory = *memory;
  ASSIGN_OR_RETURN(model.model_context, ByModel("--context", flags.context));
  ASSIGN_OR_RETURN(model.model_search, ByModel("--search", flags.search));
  return {};
}

void AddPromptFlags(Flags& flags, ModelFlags& model) {
  flags.Section("prompt", "flags of what a model is told",
                "kernelevolve optimize softmax --model openai:gpt-5-mini "
                "--code src");
  flags.Text("--memory", "M", model.memory,
             "what a prompt tells: parent, siblings, both (default), none");
  flags.Text("--context", "BY", model.context,
             "who reports what limits a kernel: rules (default), model");
  flags.Text("--search", "BY", model.search,
             "who picks the documents to quote: rules (default), model");
  flags.Text("--code", "DIR", model.code,
             "a source tree of yours that prompts may quote from");
  flags.Switch("--trust-skills", model.trust_skills,
               "use skills that nobody has reviewed");
  flags.Text("--write-skills", "DIR", model.write_skills,
             "write what the run taught; DIR default: to the knowledge base");
  flags.Switch("--withhold-diagnostics", model.withhold,
               "tell the model nothing but right or wrong");
}

}  // namespace

void AddModelFlags(Flags& flags, ModelFlags& model, RunBudget& budget) {
  flags.Section("model", "flags of a run with a language model",
                "kernelevolve optimize softmax --model openai:gpt-5-mini "
                "--dollars 2",
                Flags::Shown::kFirst);
  flags.Text("--model", "M", model.models,
             "openai:NAME, anthropic:NAME, URL#NAME, exec:CMD; several with ,");
  flags.Positive("--dollars", budget.dollars, "spend so much at most");
  flags.Integer("--tokens", budget.tokens, {1, INT64_MAX},
                "use so many at most, prompts and answers");
  flags.Text("--key-file", "FILE", model.key_file,
             "holds the API key (default: from the environment)");
  flags.Text("--prices", "FILE", model.prices,
             "dollars per million tokens, as in knowledge/prices.toml");
  flags.Text("--record", "FILE", model.record,
             "keep answers and verdicts, for --proposer replay:FILE");
  flags.Text("--cache", "DIR", model.cache,
             "answer a request that was made before from DIR");
  flags.Positive("--temperature", model.temperature, "of the model's sampling");
  flags.Integer("--window", model.window, {kLeastWindowTokens, 4 << 20},
                "the model's context in tokens (default 65536)");
  flags.Integer("--answer", model.answer, {256, 1 << 20},
                "tokens of an answer at most (default 8192; mailbox: 32768)");
  flags.Integer("--rate", model.requests_per_minute, {1, 100'000},
                "requests per minute at most");
  flags.Switch("--no-tools", model.no_tools,
               "one answer a kernel; the model calls no tools");
  AddPromptFlags(flags, model);
}

Result<std::string> ProposerOf(const std::string& proposer,
                               const ModelFlags& flags, AuthorOptions& model) {
  model.models = NamesModel(proposer) ? proposer : flags.models;
  RETURN_IF_ERROR(Fill(flags, model));
  if (NamesModel(proposer)) {
    if (!flags.models.empty())
      return BadInput(format("--proposer {} is a model already; leave --model "
                             "out",
                             Sanitize(proposer, 200)));
    return std::string("llm");
  }
  if (proposer.empty())
    return std::string(flags.models.empty() ? "recipes" : "llm");
  if (proposer == "recipes" && !flags.models.empty())
    return BadInput("--proposer recipes uses no model; leave --model out, or "
                    "take --proposer llm or mixed");
  const std::vector<std::string> known = ProposerNames();
  const bool is_known =
      std::find(known.begin(), known.end(), proposer) != known.end();
  if (is_known && proposer != "recipes" && flags.models.empty())
    return BadInput(format(
        "--proposer {} needs --model: openai:NAME, anthropic:NAME, URL#NAME, "
        "exec:CMD, mailbox:DIR or replay:FILE",
        Sanitize(proposer, 60)));
  return proposer;
}

}  // namespace kernelevolve::cli
