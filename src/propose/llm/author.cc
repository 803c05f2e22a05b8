#include "propose/llm/author.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "knowledge/skills/calendar.h"
#include "llm/curl_transport.h"
#include "llm/make_client.h"
#include "llm/price.h"
#include "llm/secret.h"
#include "llm/token_estimate.h"
#include "propose/llm/base_knowledge.h"
#include "propose/llm/language_rules.h"
#include "propose/llm/llm_proposer.h"
#include "propose/llm/recipe_examples.h"
#include "propose/process_command_runner.h"

namespace kernelevolve {
namespace {

ModelOptions StackOptions(const AuthorOptions& options, const fs::path& data) {
  ModelOptions stack;
  stack.models = options.models;
  stack.key_file = options.key_file;
  stack.prices = options.prices.empty() ? data / "knowledge" / "prices.toml"
                                        : options.prices;
  stack.budget = {options.dollars, options.tokens};
  stack.rate.requests_per_minute =
      static_cast<double>(options.requests_per_minute.value_or(0));
  stack.record = options.record;
  stack.nodes = options.nodes;
  stack.cache = options.cache;
  return stack;
}

const char* FromEnvironment(const char* name) { return std::getenv(name); }

// All keys that this process holds: those of the environment, and those that
// its models are asked with.
Redactor RedactorOf(std::vector<Secret> keys) {
  for (const std::string& name : SecretEnvironmentNames())
    if (const char* value = FromEnvironment(name.c_str()))
      keys.emplace_back(value);
  return Redactor(std::move(keys));
}

// In [0, 1]: nothing for a kernel that is wrong, a third for one that is right,
// all for one that is twice as fast as what it was made from.
double WorthOf(const Node& node, const Node* parent) {
  constexpr double kRight = 1.0 / 3;
  if (!node.evaluation.accepted() || node.fitness <= 0) return 0;
  const double before = parent && parent->fitness > 0 ? parent->fitness : 1;
  const double gain = std::log2(node.fitness / before);
  return std::clamp(kRight + (1 - kRight) * gain, 0.0, 1.0);
}

// Owns everything in the order in which it is built.
class Author : public Proposer, public AuthorPrompts {
 public:
  static Result<std::unique_ptr<Author>> Make(const AuthorOptions& options,
                                              const AuthorPlace& place,
                                              const TargetSet& targets) {
    auto author = std::make_unique<Author>();
    ASSIGN_OR_RETURN(author->transport_, CurlTransport::Create(*place.clock));
    ModelServices services;
    services.transport = author->transport_.get();
    services.runner = &author->runner_;
    services.clock = place.clock;
    services.sleeper = &author->sleeper_;
    services.environment = FromEnvironment;
    ASSIGN_OR_RETURN(
        author->stack_,
        MakeModelStack(StackOptions(options, place.data), services));
    author->stack_.ledger->Add(place.earlier);
    ASSIGN_OR_RETURN(author->knowledge_,
                     BaseKnowledge::Load(place.data, options.code,
                                         {DayOf(place.clock->WallSeconds()),
                                          options.trust_skills}));
    author->redactor_ = RedactorOf(author->stack_.plan.Keys());
    author->MakeSubAgents(options);
    for (const std::string& language : targets.Languages())
      RETURN_IF_ERROR(author->AddPen(options, place, language));
    return author;
  }

  Result<std::optional<Proposal>> Propose(const ProposalRequest& request,
                                          const StopCondition& stop) override {
    return PenFor(request.target->language).proposer->Propose(request, stop);
  }
  void Remember(const Candidate& candidate) override {
    PenFor(candidate.language).proposer->Remember(candidate);
  }
  std::optional<ModelBook> Book() const override {
    return stack_.ledger->totals();
  }
  // One budget stands behind all of them.
  std::string OutOfBudget() const override {
    return pens_.begin()->second.proposer->OutOfBudget();
  }
  void OnJudged(const Node& node, const Node* parent,
                const std::vector<PromptRecord>& prompts) override {
    if (stack_.bandit && !prompts.empty())
      stack_.bandit->Reward(prompts.back().model, WorthOf(node, parent));
  }
  std::optional<CallForecast> Forecast(
      const ProposalRequest& request) const override {
    const LlmProposer& proposer = *PenFor(request.target->language).proposer;
    const ChatRequest chat = proposer.FirstRequest(request);
    CallForecast forecast{EstimatePromptTokens(chat), chat.max_tokens, 0,
                          proposer.MostCalls(request),
                          proposer.MostPromptTokens(request)};
    for (const auto& [model, price] : stack_.plan.prices)
      forecast.most_dollars = std::max(
          forecast.most_dollars,
          Dollars(CostOf({forecast.input_tokens, 0,
                          forecast.most_output_tokens, false}, price)));
    return forecast;
  }
  Status CheckWindow(const ProposalRequest& draft) const override {
    return PenFor(draft.target->language).proposer->CheckWindow(draft);
  }
  std::vector<Message> For(const ProposalRequest& request) const override {
    return PenFor(request.target->language).proposer->FirstRequest(request).messages;
  }

 private:
  // What it takes to write one language.
  struct Pen {
    std::unique_ptr<RecipeExamples> examples;
    std::unique_ptr<LlmProposer> proposer;
  };

  void MakeSubAgents(const AuthorOptions& options) {
    if (options.model_context)
      context_ = std::make_unique<ModelContextMemory>(options.window_tokens);
    if (options.model_search)
      search_ = std::make_unique<ModelDeepSearch>(*knowledge_);
  }

  const Pen& PenFor(const std::string& language) const {
    const auto pen = pens_.find(language);
    return pen == pens_.end() ? pens_.begin()->second : pen->second;
  }

  Status AddPen(const AuthorOptions& options, const AuthorPlace& place,
                const std::string& language) {
    ASSIGN_OR_RETURN(RecipeIndex recipes,
                     RecipeIndex::Load(place.data, language));
    Pen& pen = pens_[language];
    pen.examples = std::make_unique<RecipeExamples>(std::move(recipes));
    LlmProposerOptions how;
    how.device_facts = place.device_facts;
    how.abi = LanguageRules(place.data, language);
    how.diagnostics = options.diagnostics;
    how.tools = options.tools;
    how.window_tokens = options.window_tokens;
    how.answer_tokens = options.answer_tokens;
    how.temperature = options.temperature;
    LlmProposerParts with{
        *stack_.client, knowledge_.get(), *place.clock};
    with.context = context_.get();
    with.search = search_.get();
    with.examples = pen.examples.get();
    with.redactor = redactor_;
    pen.proposer =
        std::make_unique<LlmProposer>(std::move(how), std::move(with));
    return {};
  }

  std::unique_ptr<CurlTransport> transport_;
  ProcessCommandRunner runner_;
  SystemSleeper sleeper_;
  ModelStack stack_;
  std::unique_ptr<BaseKnowledge> knowledge_;
  Redactor redactor_;
  std::unique_ptr<ContextMemory> context_;  // null: by rules
  std::unique_ptr<DeepSearch> search_;      // null: by rules
  std::map<std::string, Pen> pens_;         // by language; last: uses the rest
};

}  // namespace

Status CheckAuthor(const AuthorOptions& options, const fs::path& data) {
  RETURN_IF_ERROR(PlanModels(StackOptions(options, data), FromEnvironment));
  return {};
}

Result<std::unique_ptr<Proposer>> MakeAuthor(const AuthorOptions& options,
                                             const AuthorPlace& place,
                                             const TargetSet& targets) {
  ASSIGN_OR_RETURN(std::unique_ptr<Author> author,
                   Author::Make(options, place, targets));
  return author;
}

Result<std::unique_ptr<AuthorPrompts>> MakeAuthorPrompts(
    const AuthorOptions& options, const AuthorPlace& place,
    const TargetSet& targets) {
  AuthorOptions silent = options;
  silent.models = "exec:false";  // never asked
  ASSIGN_OR_RETURN(std::unique_ptr<Author> author,
                   Author::Make(silent, place, targets));
  return author;
}

}  // namespace kernelevolve
