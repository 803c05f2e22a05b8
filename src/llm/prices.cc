#include "llm/prices.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "base/text.h"
#include "core/toml.h"

namespace kernelevolve {
namespace {

// Dollars per million tokens; above it somebody mistook the unit.
constexpr double kHighest = 1e5;

constexpr std::array<std::string_view, 5> kTables{"openai", "anthropic", "url",
                                                  "exec", "mailbox"};

tl::unexpected<Error> Mistake(const std::string& file, int line,
                              const std::string& what) {
  return BadInput(format("{}:{}: {}", file, line, what));
}

Result<double> Number(const TomlValue& value, const std::string& file) {
  const bool number = value.kind == TomlValue::Kind::kInteger ||
                      value.kind == TomlValue::Kind::kReal;
  if (!number || !(value.real >= 0 && value.real <= kHighest))
    return Mistake(file, value.line,
                   format("found {}, expected dollars per million tokens, from "
                          "0 to {}",
                          value.Describe(), kHighest));
  return value.real;
}

Result<Price> PriceFrom(const TomlValue& table, const std::string& file) {
  Price price;
  std::optional<double> input, cached, output;
  for (const auto& [key, value] : table.members) {
    std::optional<double>* place = key == "input"    ? &input
                                   : key == "cached" ? &cached
                                   : key == "output" ? &output
                                                     : nullptr;
    if (!place)
      return Mistake(file, value.line,
                     format("unknown key {}, expected input, cached or output",
                            Sanitize(key, 64)));
    ASSIGN_OR_RETURN(*place, Number(value, file));
  }
  if (!input || !output)
    return Mistake(file, table.line, "expected input and output");
  return Price{*input, cached.value_or(*input), *output};
}

std::string TableOf(const ModelName& model) {
  switch (model.kind) {
    case ModelName::Kind::kOpenAi: return "openai";
    case ModelName::Kind::kAnthropic: return "anthropic";
    case ModelName::Kind::kExec: return "exec";
    case ModelName::Kind::kMailbox: return "mailbox";
    default: return "url";
  }
}

const std::string& NameOf(const ModelName& model) {
  return model.has_server() ? model.name : model.target;
}

// "-2025-08-07", "-20250514", "-latest", but not "-pro".
bool IsEdition(std::string_view suffix) {
  return suffix == "-latest" ||
         (suffix.size() >= 5 && suffix[0] == '-' &&
          suffix.find_first_not_of("-0123456789") == std::string_view::npos);
}

bool IsFree(const ModelName& model) {
  if (!model.has_server()) return true;
  const Result<Url> url = Url::Parse(model.target);
  return url && url->loopback();
}

}  // namespace

Result<PriceTable> PriceTable::Load(const fs::path& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, 1 << 20));
  return Parse(text, path.string());
}

Result<PriceTable> PriceTable::Parse(std::string_view text,
                                     const std::string& file) {
  const auto toml = ParseToml(text);
  if (!toml) return Mistake(file, toml.error().line, toml.error().message);
  PriceTable table;
  for (const auto& [provider, models] : toml->members) {
    if (std::find(kTables.begin(), kTables.end(), provider) == kTables.end())
      return Mistake(file, models.line,
                     format("unknown table {}, expected openai, anthropic, url, "
                            "exec or mailbox",
                            Sanitize(provider, 64)));
    for (const auto& [name, entry] : models.members) {
      ASSIGN_OR_RETURN(table.prices_[provider + "/" + name],
                       PriceFrom(entry, file));
    }
  }
  return table;
}

const Price* PriceTable::Find(const ModelName& model) const {
  const std::string table = TableOf(model) + "/";
  const std::string wanted = table + NameOf(model);
  const Price* found = nullptr;
  size_t longest = 0;
  for (const auto& [name, price] : prices_) {
    if (!wanted.starts_with(name) || name.size() <= longest) continue;
    const std::string_view rest = std::string_view(wanted).substr(name.size());
    if (!rest.empty() && !IsEdition(rest)) continue;
    found = &price;
    longest = name.size();
  }
  if (found) return found;
  const auto any = prices_.find(table + "*");
  return any == prices_.end() ? nullptr : &any->second;
}

Result<Price> PriceTable::For(const ModelName& model, bool capped) const {
  if (model.kind == ModelName::Kind::kReplay) return Price{};
  if (const Price* price = Find(model)) return *price;
  const bool free = IsFree(model);
  if (free && !capped) return Price{};
  return BadInput(
      format("{}no price is known for {}: add [{}.\"{}\"] with input and output, "
             "in dollars per million tokens{}, to a file and give it with "
             "--prices",
             free ? "--dollars caps nothing, since " : "",
             Sanitize(model.text, 100), TableOf(model),
             Sanitize(NameOf(model), 100),
             free ? " (0 where it costs nothing)" : ""));
}

}  // namespace kernelevolve
