#include "llm/api_key.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

constexpr uint64_t kLargestFile = 64 << 10;

const char* VariableFor(ModelName::Kind kind) {
  switch (kind) {
    case ModelName::Kind::kOpenAi: return "OPENAI_API_KEY";
    case ModelName::Kind::kAnthropic: return "ANTHROPIC_API_KEY";
    default: return "KE_API_KEY";
  }
}

bool IsKnown(std::string_view name) {
  const std::vector<std::string> names = SecretEnvironmentNames();
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A line end inside a key would end the header it travels in.
Result<Secret> Checked(std::string_view text, const std::string& where) {
  const std::string_view key = Trim(text);
  const bool plain = std::all_of(key.begin(), key.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 &&
           static_cast<unsigned char>(c) < 0x7f;
  });
  if (!plain)
    return BadInput(where + ": a key holds no blanks and only ASCII characters");
  return Secret(std::string(key));
}

}  // namespace

Status KeyRing::TakeFile(const std::string& contents, const std::string& path) {
  int number = 0;
  for (std::string_view line : Split(contents, '\n')) {
    ++number;
    line = Trim(line);
    if (line.empty() || line.starts_with('#')) continue;
    const size_t equals = line.find('=');
    const std::string name(Trim(line.substr(0, equals)));
    const std::string where = format("{}:{}", path, number);
    // Keys may end in "=": what stands before decides.
    if (equals != std::string_view::npos && IsKnown(name)) {
      ASSIGN_OR_RETURN(keys_[name], Checked(line.substr(equals + 1), where));
    } else if (!bare_) {
      ASSIGN_OR_RETURN(bare_, Checked(line, where));
    } else {
      return BadInput(where + ": expected one key, or lines of " +
                      Join(SecretEnvironmentNames(), "=…, ") + "=…");
    }
  }
  return {};
}

Result<KeyRing> KeyRing::Load(const fs::path& file,
                              const EnvironmentReader& environment) {
  KeyRing ring;
  for (const std::string& name : SecretEnvironmentNames())
    if (const char* value = environment(name.c_str()); value && *value) {
      ASSIGN_OR_RETURN(ring.keys_[name], Checked(value, name));
    }
  if (file.empty()) return ring;
  ASSIGN_OR_RETURN(const std::string contents, ReadFile(file, kLargestFile));
  RETURN_IF_ERROR(ring.TakeFile(contents, file.string()));
  return ring;
}

Result<Secret> KeyRing::For(const ModelName& model) const {
  if (!model.has_server()) return Secret();
  if (bare_) return *bare_;
  const char* variable = VariableFor(model.kind);
  const auto found = keys_.find(variable);
  if (found != keys_.end()) return found->second;
  const bool needs_one = model.kind == ModelName::Kind::kOpenAi ||
                         model.kind == ModelName::Kind::kAnthropic;
  if (!needs_one) return Secret();
  return Missing(format("{} needs a key: set {} or give --key-file FILE",
                        model.text, variable));
}

std::string KeyRing::SourceOf(const ModelName& model) const {
  return bare_ ? "the key file" : VariableFor(model.kind);
}

Status KeyRing::CheckWays(const std::vector<ModelName>& models) const {
  std::vector<Url> servers;  // that a key without a provider's name goes to
  for (const ModelName& model : models) {
    if (!model.has_server()) continue;
    ASSIGN_OR_RETURN(const Secret key, For(model));
    if (key.empty()) continue;
    ASSIGN_OR_RETURN(const Url url, Url::Parse(model.target));
    if (url.scheme == "http" && !url.loopback())
      return BadInput(
          format("{}: {} would travel over http, for anyone to read; ask the "
                 "server by https, or without a key",
                 Sanitize(model.text, 200), SourceOf(model)));
    const bool named = !bare_ && (model.kind == ModelName::Kind::kOpenAi ||
                                  model.kind == ModelName::Kind::kAnthropic);
    if (named) continue;
    if (!servers.empty() && !servers.front().SameOrigin(url))
      return BadInput(format(
          "{} is one key, but several servers are asked ({} and {}) and each "
          "would get it: {}",
          bare_ ? "that in the key file" : "KE_API_KEY", servers.front().host,
          url.host,
          bare_ ? "write OPENAI_API_KEY=…, ANTHROPIC_API_KEY=…, KE_API_KEY=… "
                  "into the file instead"
                : "ask one, or unset it"));
    servers.push_back(url);
  }
  return {};
}

std::vector<ProviderState> KeyRing::States() const {
  std::vector<ProviderState> states;
  const auto add = [&](const std::string& name, const std::string& variable) {
    const bool usable = keys_.count(variable) > 0;
    states.push_back(
        {name, usable, variable + (usable ? " is set" : " is not set")});
  };
  add("openai", "OPENAI_API_KEY");
  add("anthropic", "ANTHROPIC_API_KEY");
  const bool key = keys_.count("KE_API_KEY") > 0;
  states.push_back({"URL#NAME", true,
                    key ? "with KE_API_KEY" : "without a key: KE_API_KEY is not set"});
  states.push_back({"exec, mailbox, replay", true, "need no key"});
  return states;
}

}  // namespace kernelevolve
