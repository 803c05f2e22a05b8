#include "llm/make_client.h"

#include <algorithm>

#include "base/check.h"
#include "base/format.h"
#include "llm/budget_client.h"
#include "llm/cached_client.h"
#include "llm/ensemble_client.h"
#include "llm/exec_client.h"
#include "llm/http_chat_client.h"
#include "llm/mailbox_client.h"
#include "llm/prices.h"
#include "llm/recording_client.h"

namespace kernelevolve {
namespace {

using Kind = ModelName::Kind;
using Client = std::unique_ptr<ChatClient>;

Result<Client> MakeServerClient(const ModelName& model, const KeyRing& keys,
                                const ModelOptions& options,
                                const ModelServices& services) {
  HttpChatOptions http;
  http.url = model.target;
  http.model = model.name;
  http.name = model.text;
  ASSIGN_OR_RETURN(http.key, keys.For(model));
  http.key_from = keys.SourceOf(model);
  http.stream = options.stream;
  http.deadlines = options.deadlines;
  auto dialect = model.anthropic() ? MakeAnthropicDialect()
                 : model.kind == Kind::kOpenAi
                     ? MakeOpenAiDialect("max_completion_tokens")
                     : MakeOpenAiDialect();
  return std::make_unique<HttpChatClient>(
      *services.transport, std::move(dialect), std::move(http),
      *services.clock);
}

Result<Client> MakeProvider(const ModelName& model, const KeyRing& keys,
                            const ModelOptions& options,
                            const ModelServices& services) {
  if (model.kind == Kind::kMailbox) {
    MailboxOptions mailbox;
    mailbox.folder = model.target;
    mailbox.name = model.text;
    return std::make_unique<MailboxClient>(std::move(mailbox), *services.clock,
                                           *services.sleeper);
  }
  if (model.kind == Kind::kExec) {
    CHECK(services.runner);
    ExecOptions exec;
    exec.name = model.text;
    exec.timeout = options.deadlines.total;
    ASSIGN_OR_RETURN(exec.argv, SplitCommand(model.target));
    return std::make_unique<ExecClient>(*services.runner, std::move(exec));
  }
  return MakeServerClient(model, keys, options, services);
}

// One model with all that is its own.
Result<Client> MakeMember(const ModelName& model, uint64_t seed,
                          const ModelOptions& options,
                          const ModelServices& services,
                          const ModelStack& stack) {
  ASSIGN_OR_RETURN(Client client,
                   MakeProvider(model, stack.plan.keys, options, services));
  client = std::make_unique<BudgetClient>(
      std::move(client), stack.ledger,
      BudgetClientOptions{stack.plan.prices.at(model.text),
                          options.least_tokens},
      *services.clock);
  // A person is neither hurried nor asked the same thing twice.
  if (model.kind == Kind::kMailbox) return client;
  client = std::make_unique<RateLimitClient>(std::move(client), options.rate,
                                             *services.clock,
                                             *services.sleeper);
  return std::make_unique<RetryClient>(std::move(client), options.retry,
                                       *services.clock, *services.sleeper,
                                       seed);
}

Result<Client> MakeMembers(const ModelOptions& options,
                           const ModelServices& services,
                           const ModelStack& stack) {
  std::vector<Client> members;
  for (const ModelName& model : stack.plan.models) {
    ASSIGN_OR_RETURN(Client member,
                     MakeMember(model, options.seed + members.size(), options,
                                services, stack));
    members.push_back(std::move(member));
  }
  if (members.size() == 1) return std::move(members[0]);
  return std::make_unique<EnsembleClient>(std::move(members), stack.bandit);
}

Result<Client> MakeReplay(const ModelName& model, int64_t nodes,
                          std::shared_ptr<BudgetLedger> ledger) {
  ASSIGN_OR_RETURN(Recording recording, ReadRecording(model.target));
  return std::make_unique<TallyClient>(
      std::make_unique<ReplayClient>(std::move(recording), nodes), std::move(ledger));
}

bool HasReplay(const std::vector<ModelName>& models) {
  return std::any_of(models.begin(), models.end(), [](const ModelName& model) {
    return model.kind == Kind::kReplay;
  });
}

Status FindPrices(const ModelOptions& options, ModelPlan& plan) {
  PriceTable table;
  if (!options.prices.empty()) {
    ASSIGN_OR_RETURN(table, PriceTable::Load(options.prices));
  }
  for (const ModelName& model : plan.models) {
    ASSIGN_OR_RETURN(plan.prices[model.text],
                     table.For(model, options.budget.dollars.has_value()));
  }
  return {};
}

}  // namespace

std::vector<Secret> ModelPlan::Keys() const {
  std::vector<Secret> secrets;
  for (const ModelName& model : models)
    if (const Result<Secret> key = keys.For(model); key && !key->empty())
      secrets.push_back(*key);
  return secrets;
}

Result<ModelPlan> PlanModels(const ModelOptions& options,
                             const EnvironmentReader& environment) {
  ModelPlan plan;
  ASSIGN_OR_RETURN(plan.models, ParseModelNames(options.models));
  if (HasReplay(plan.models) &&
      (plan.models.size() > 1 || !options.record.empty()))
    return BadInput("replay: stands alone, and is not recorded again");
  ASSIGN_OR_RETURN(plan.keys, KeyRing::Load(options.key_file, environment));
  RETURN_IF_ERROR(plan.keys.CheckWays(plan.models));
  RETURN_IF_ERROR(FindPrices(options, plan));
  return plan;
}

Result<ModelStack> MakeModelStack(const ModelOptions& options,
                                  const ModelServices& services) {
  ModelStack stack;
  ASSIGN_OR_RETURN(stack.plan, PlanModels(options, services.environment));
  stack.ledger = std::make_shared<BudgetLedger>(options.budget);
  std::vector<std::string> names;
  for (const ModelName& model : stack.plan.models) names.push_back(model.text);
  stack.bandit = std::make_shared<ModelBandit>(names);
  if (HasReplay(stack.plan.models)) {
    ASSIGN_OR_RETURN(stack.client,
                     MakeReplay(stack.plan.models[0], options.nodes,
                                stack.ledger));
    return stack;
  }
  ASSIGN_OR_RETURN(stack.client, MakeMembers(options, services, stack));
  if (!options.cache.empty())
    stack.client = std::make_unique<CachedClient>(
        std::move(stack.client), options.cache, options.models);
  if (!options.record.empty()) {
    ASSIGN_OR_RETURN(stack.client, RecordingClient::Create(
                                       std::move(stack.client), options.record));
  }
  return stack;
}

}  // namespace kernelevolve
