// Where keys come from: the environment or a file, never a flag.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "llm/model_name.h"
#include "llm/secret.h"

namespace kernelevolve {

// The value of a variable, or null.
using EnvironmentReader = std::function<const char*(const char* name)>;

struct ProviderState {
  std::string name;  // "openai"
  bool usable = false;
  std::string why;  // "OPENAI_API_KEY is set"
};

// The keys of one process. Immutable, hence thread-safe.
class KeyRing {
 public:
  // A file holds either one key alone, which then is for the one server that
  // is asked, or lines OPENAI_API_KEY=…, ANTHROPIC_API_KEY=…, KE_API_KEY=…;
  // # begins a comment. It wins over the environment. "" = no file.
  static Result<KeyRing> Load(const fs::path& file,
                              const EnvironmentReader& environment);

  // OpenAI's key goes to OpenAI alone, Anthropic's likewise; any other server
  // gets KE_API_KEY or none. kMissing where a model needs a key that is absent.
  Result<Secret> For(const ModelName& model) const;
  // Where the model's key comes from, or would: a variable's name, or the file.
  std::string SourceOf(const ModelName& model) const;
  // kBadInput where a key would reach a server that it may not be meant for, or
  // travel in the clear: one that carries no provider's name goes to one server
  // alone, and any over http to this machine alone.
  Status CheckWays(const std::vector<ModelName>& models) const;
  // For doctor.
  std::vector<ProviderState> States() const;

 private:
  Status TakeFile(const std::string& contents, const std::string& path);

  std::map<std::string, Secret> keys_;  // by the variable's name
  std::optional<Secret> bare_;
};

}  // namespace kernelevolve
