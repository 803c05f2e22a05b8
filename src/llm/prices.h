// PriceTable: knowledge/prices.toml, or what --prices names instead.
//
//   [openai."gpt-5-mini"]
//   input = 0.25     # dollars per million tokens
//   cached = 0.025   # input unless given
//   output = 2.0
//
// Tables: openai, anthropic, url (for URL#NAME).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "llm/model_name.h"
#include "llm/price.h"

namespace kernelevolve {

class PriceTable {
 public:
  // kBadInput names the line; unknown keys are mistakes.
  static Result<PriceTable> Load(const fs::path& path);
  static Result<PriceTable> Parse(std::string_view text, const std::string& file);

  // 0 for what runs here and has no entry: a loopback address, exec, mailbox,
  // replay. A dated
  // edition ("gpt-5-mini-2025-08-07", "…-latest") costs what its model costs.
  // kBadInput where no price is known: a budget in dollars would mean nothing.
  Result<Price> For(const ModelName& model) const;

 private:
  std::map<std::string, Price> prices_;  // by "openai/gpt-5-mini"
};

// "INPUT,OUTPUT" or "INPUT,CACHED,OUTPUT".
Result<Price> ParsePrice(std::string_view text);

}  // namespace kernelevolve
