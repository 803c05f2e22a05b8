// Stacks clients as the command line asks, outermost first:
//
//   record ( cache ( ensemble ( retry ( rate limit ( budget ( provider ))))))
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "llm/api_key.h"
#include "llm/bandit.h"
#include "llm/budget.h"
#include "llm/chat_client.h"
#include "llm/command_runner.h"
#include "llm/http.h"
#include "llm/model_name.h"
#include "llm/price.h"
#include "llm/rate_limit_client.h"
#include "llm/retry_client.h"
#include "llm/sleeper.h"

namespace kernelevolve {

struct ModelOptions {
  std::string models;   // --model, see llm/model_name.h
  fs::path key_file;    // --key-file; "" = the environment alone
  fs::path prices;      // prices.toml
  BudgetLimits budget;
  int64_t least_tokens = 1024;  // of an answer that the budget cuts short
  RateLimits rate;              // per model
  RetryOptions retry;
  HttpDeadlines deadlines;
  bool stream = true;
  fs::path record;  // "" = no recording
  fs::path cache;   // "" = no cache
  int64_t nodes = 0;  // of the run by now, where a recording is played
  uint64_t seed = 0;  // of the jitter
};

// What the clients stand on; all of it outlives them. `runner` may be null
// where no exec: is asked for.
struct ModelServices {
  HttpTransport* transport = nullptr;
  CommandRunner* runner = nullptr;
  const Clock* clock = nullptr;
  Sleeper* sleeper = nullptr;
  EnvironmentReader environment;
};

// What the options say of models, keys and prices, found to go together.
struct ModelPlan {
  std::vector<ModelName> models;
  KeyRing keys;
  std::map<std::string, Price> prices;  // by ModelName::text

  // The keys of these models.
  std::vector<Secret> Keys() const;
};
// Makes and opens nothing. kBadInput: an unknown form, a model without a price,
// a key on its way to the wrong server. kMissing: no key.
Result<ModelPlan> PlanModels(const ModelOptions& options,
                             const EnvironmentReader& environment);

struct ModelStack {
  ModelPlan plan;
  std::unique_ptr<ChatClient> client;
  std::shared_ptr<BudgetLedger> ledger;
  // Tell it what answers were worth, by ChatReply::model. With one model, or a
  // replay, that changes nothing.
  std::shared_ptr<ModelBandit> bandit;
};

Result<ModelStack> MakeModelStack(const ModelOptions& options,
                                  const ModelServices& services);

}  // namespace kernelevolve
