// PriceTable: knowledge/prices.toml, or what --prices names instead.
//
//   [openai."gpt-5-mini"]
//   input = 0.25     # dollars per million tokens
//   cached = 0.025   # input unless given
//   output = 2.0
//
// Tables: openai, anthropic, url (for URL#NAME), exec and mailbox (by command
// and folder). The name "*" stands for all of a table that have no other entry.
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

  // A dated edition ("gpt-5-mini-2025-08-07", "…-latest") costs what its model
  // costs. What runs here and has no entry (a loopback address, exec, mailbox)
  // costs nothing, but with `capped` it must have one: behind it may stand
  // somebody who is paid. A replay is always free. kBadInput where no price is
  // known: a budget in dollars would mean nothing.
  Result<Price> For(const ModelName& model, bool capped = false) const;

 private:
  const Price* Find(const ModelName& model) const;

  std::map<std::string, Price> prices_;  // by "openai/gpt-5-mini"
};

}  // namespace kernelevolve
