// What a run is told about the language model that writes its kernels.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/file.h"
#include "propose/proposer.h"

namespace kernelevolve {

// Of a model's context, with which any task may be tried.
inline constexpr int64_t kLeastWindowTokens = 4 << 10;

struct AuthorOptions {
  // One or several, separated by commas: llm/model_name.h.
  std::string models;
  fs::path prices;    // "" = knowledge/prices.toml
  fs::path key_file;  // "" = from the environment
  fs::path record;    // "" = none
  fs::path cache;     // "" = none
  fs::path code;      // a source tree to quote from; "" = none
  Memory memory = Memory::kBoth;
  std::optional<double> dollars;
  std::optional<int64_t> tokens;
  std::optional<int64_t> requests_per_minute;
  std::optional<double> temperature;
  int64_t window_tokens = 64 << 10;
  int64_t answer_tokens = 8 << 10;
  bool diagnostics = true;
  bool tools = true;
  bool model_context = false;  // the bottleneck report is a model's
  bool model_search = false;   // a model chooses what a prompt quotes
  bool trust_skills = false;
  int64_t nodes = 0;  // of the run by now, where a recording is played
};

}  // namespace kernelevolve
