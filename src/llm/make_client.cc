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

Client MakeServerClient(const ModelName& model, Secret key,
                        const ModelOptions& options,
                        const ModelServices& services) {
  HttpChatOptions http;
  http.url = model.target;
  http.model = model.name;
  http.name = model.text;
  http.key = std::move(key);
  http.stream = options.stream;
  http.deadlines = options.deadlines;
  http.extra = options.extra;
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
  ASSIGN_OR_RETURN(Secret key, keys.For(model));
  return MakeServerClient(model, std::move(key), options, services);
}

// One model with all that is its own.
class MemberMaker {
 public:
  MemberMaker(const ModelOptions& options, const ModelServices& services,
              KeyRing keys, std::shared_ptr<BudgetLedger> ledger)
      : options_(options),
        services_(services),
        keys_(std::move(keys)),
        ledger_(std::move(ledger)) {}

  // Reads the price file the first time a model needs it.
  Result<Client> Make(const ModelName& model, uint64_t seed) {
    ASSIGN_OR_RETURN(const Price price, PriceFor(model));
    ASSIGN_OR_RETURN(Client client,
                     MakeProvider(model, keys_, options_, services_));
    client = std::make_unique<BudgetClient>(
        std::move(client), ledger_,
        BudgetClientOptions{price, options_.least_tokens});
    // A person is neither hurried nor asked the same thing twice.
    if (model.kind == Kind::kMailbox) return client;
    client = std::make_unique<RateLimitClient>(std::move(client), options_.rate,
                                               *services_.clock,
                                               *services_.sleeper);
    return std::make_unique<RetryClient>(std::move(client), options_.retry,
                                         *services_.clock, *services_.sleeper,
                                         seed);
  }

 private:
  Result<Price> PriceFor(const ModelName& model) {
    if (options_.price && model.has_server()) return *options_.price;
    if (!model.has_server() || options_.prices.empty())
      return PriceTable().For(model);
    if (!prices_) {
      ASSIGN_OR_RETURN(prices_, PriceTable::Load(options_.prices));
    }
    return prices_->For(model);
  }

  const ModelOptions& options_;
  const ModelServices& services_;
  const KeyRing keys_;
  const std::shared_ptr<BudgetLedger> ledger_;
  std::optional<PriceTable> prices_;
};

// A key without a name is for one server: which one, must be plain.
Status CheckBareKey(const KeyRing& keys, const std::vector<ModelName>& models) {
  std::vector<std::string> servers;
  for (const ModelName& model : models)
    if (model.has_server() && std::find(servers.begin(), servers.end(),
                                        model.target) == servers.end())
      servers.push_back(model.target);
  if (!keys.bare() || servers.size() <= 1) return {};
  return BadInput(
      "the key file holds one key, but several servers are asked: write "
      "OPENAI_API_KEY=…, ANTHROPIC_API_KEY=…, KE_API_KEY=… instead");
}

Result<Client> MakeMembers(const std::vector<ModelName>& models,
                           const ModelOptions& options,
                           const ModelServices& services,
                           const ModelStack& stack) {
  ASSIGN_OR_RETURN(KeyRing keys,
                   KeyRing::Load(options.key_file, services.environment));
  RETURN_IF_ERROR(CheckBareKey(keys, models));
  MemberMaker maker(options, services, std::move(keys), stack.ledger);
  std::vector<Client> members;
  for (const ModelName& model : models) {
    ASSIGN_OR_RETURN(Client member,
                     maker.Make(model, options.seed + members.size()));
    members.push_back(std::move(member));
  }
  if (members.size() == 1) return std::move(members[0]);
  return std::make_unique<EnsembleClient>(std::move(members), stack.bandit);
}

Result<Client> MakeReplay(const ModelName& model) {
  ASSIGN_OR_RETURN(Recording recording, ReadRecording(model.target));
  return std::make_unique<ReplayClient>(std::move(recording));
}

}  // namespace

Result<ModelStack> MakeModelStack(const ModelOptions& options,
                                  const ModelServices& services) {
  ASSIGN_OR_RETURN(const std::vector<ModelName> models,
                   ParseModelNames(options.models));
  const bool replay =
      std::any_of(models.begin(), models.end(), [](const ModelName& model) {
        return model.kind == Kind::kReplay;
      });
  if (replay && (models.size() > 1 || !options.record.empty()))
    return BadInput("replay: stands alone, and is not recorded again");
  ModelStack stack;
  stack.ledger = std::make_shared<BudgetLedger>(options.budget);
  std::vector<std::string> names;
  for (const ModelName& model : models) names.push_back(model.text);
  stack.bandit = std::make_shared<ModelBandit>(names);
  if (replay) {
    ASSIGN_OR_RETURN(stack.client, MakeReplay(models[0]));
    return stack;
  }
  ASSIGN_OR_RETURN(stack.client, MakeMembers(models, options, services, stack));
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
