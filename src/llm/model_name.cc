#include "llm/model_name.h"

#include <array>
#include <utility>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

using Kind = ModelName::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 9> kPrefixes{{
    {"openai:", Kind::kOpenAi},
    {"anthropic:", Kind::kAnthropic},
    {"anthropic+http://", Kind::kAnthropicUrl},
    {"anthropic+https://", Kind::kAnthropicUrl},
    {"http://", Kind::kUrl},
    {"https://", Kind::kUrl},
    {"exec:", Kind::kExec},
    {"mailbox:", Kind::kMailbox},
    {"replay:", Kind::kReplay},
}};

constexpr std::string_view kForms =
    "openai:NAME, anthropic:NAME, URL#NAME, anthropic+URL#NAME, exec:COMMAND, "
    "mailbox:FOLDER, replay:FILE";

const std::pair<std::string_view, Kind>* PrefixOf(std::string_view text) {
  for (const auto& prefix : kPrefixes)
    if (text.starts_with(prefix.first)) return &prefix;
  return nullptr;
}

std::vector<std::string_view> SplitNames(std::string_view text) {
  std::vector<std::string_view> names;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ',' || !PrefixOf(Trim(text.substr(i + 1)))) continue;
    names.push_back(Trim(text.substr(begin, i - begin)));
    begin = i + 1;
  }
  names.push_back(Trim(text.substr(begin)));
  return names;
}

// The route below a server's base address, which people write with "/v1",
// without, or with the route itself.
std::string Route(Url url, const std::string& version, const std::string& route) {
  while (url.path.ends_with('/')) url.path.pop_back();
  if (url.path.ends_with(route)) return url.ToString();
  if (url.path.empty()) url.path = version;
  url.path += route;
  return url.ToString();
}

std::string RouteOf(const Url& url, bool anthropic) {
  return anthropic ? Route(url, "/v1", "/messages")
                   : Route(url, "/v1", "/chat/completions");
}

Result<ModelName> ParseUrlName(std::string_view text, Kind kind) {
  const bool anthropic = kind == Kind::kAnthropicUrl;
  const std::string_view address =
      text.substr(anthropic ? std::string_view("anthropic+").size() : 0);
  const size_t hash = address.find('#');
  if (hash == std::string_view::npos || hash + 1 == address.size())
    return BadInput(format("{}: expected URL#NAME, with the model's name after #",
                           Sanitize(text, 200)));
  const Result<Url> url = Url::Parse(address.substr(0, hash));
  // What may hold a password is not quoted.
  if (!url && address.substr(0, hash).find('@') != std::string_view::npos)
    return Fail(url.error());
  if (!url)
    return BadInput(
        format("{}: {}", Sanitize(text, 200), url.error().message));
  return ModelName{kind, std::string(text),
                   std::string(address.substr(hash + 1)),
                   RouteOf(*url, anthropic)};
}

Result<ModelName> ParseOne(std::string_view text) {
  const auto* prefix = PrefixOf(text);
  if (!prefix)
    return BadInput(format("unknown model \"{}\"; known forms: {}",
                           Sanitize(text, 100), kForms));
  const Kind kind = prefix->second;
  if (kind == Kind::kUrl || kind == Kind::kAnthropicUrl)
    return ParseUrlName(text, kind);
  const std::string rest(Trim(text.substr(prefix->first.size())));
  if (rest.empty())
    return BadInput(format("\"{}\" names nothing; known forms: {}",
                           Sanitize(text, 100), kForms));
  ModelName model{kind, std::string(text), "", rest};
  if (kind == Kind::kOpenAi || kind == Kind::kAnthropic) {
    model.name = rest;
    model.target = kind == Kind::kOpenAi
                       ? "https://api.openai.com/v1/chat/completions"
                       : "https://api.anthropic.com/v1/messages";
  }
  return model;
}

}  // namespace

Result<std::vector<ModelName>> ParseModelNames(std::string_view text) {
  std::vector<ModelName> models;
  for (const std::string_view name : SplitNames(text)) {
    ASSIGN_OR_RETURN(ModelName model, ParseOne(name));
    for (const ModelName& other : models)
      if (other.text == model.text)
        return BadInput(format("\"{}\" twice", Sanitize(name, 100)));
    models.push_back(std::move(model));
  }
  return models;
}

}  // namespace kernelevolve
