#include "cli/recording_flags.h"

#include <charconv>

#include "base/format.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/units.h"
#include "engine/recorded_run.h"

namespace kernelevolve::cli {
namespace {

constexpr std::string_view kReplay = "replay:";
constexpr size_t kWordBytes = 100;

// Compares flags with a header and takes what is missing from it.
class Adopter {
 public:
  Adopter(const Json& header, std::vector<std::string>& contradictions)
      : header_(header), contradictions_(contradictions) {}

  // A word whose default cannot be told from a word that was given.
  void Word(const char* key, const char* flag, std::string& value,
            const std::string& usual) {
    const auto recorded = GetString(header_, key);
    if (!recorded || value == *recorded) return;
    if (value.empty() || value == usual)
      value = *recorded;
    else
      Contradicts(flag, value, *recorded);
  }
  void Number(const char* key, const char* flag, std::optional<int64_t>& value) {
    const auto recorded = NumberOf(key);
    if (!recorded || value == recorded) return;
    if (!value)
      value = recorded;
    else
      Contradicts(flag, std::to_string(*value), std::to_string(*recorded));
  }
  // Fewer are the beginning of the same run.
  void AtMost(const char* key, const char* flag, std::optional<int64_t>& value) {
    const auto recorded = NumberOf(key);
    if (!value || !recorded || *value >= *recorded) Number(key, flag, value);
  }
  void Words(const char* key, const char* flag,
             std::vector<std::string>& values) {
    std::vector<std::string> recorded;
    for (const Json& word : GetMember(header_, key))
      if (word.is_string()) recorded.push_back(word.get<std::string>());
    if (recorded.empty() || values == recorded) return;
    if (values.empty())
      values = std::move(recorded);
    else
      Contradicts(flag, Join(values, ", "), Join(recorded, ", "));
  }
  // A switch that takes something away.
  void Without(const char* key, const char* flag, bool& value) {
    const auto recorded = GetBool(header_, key);
    if (!recorded || value == !*recorded) return;
    if (*recorded)
      Contradicts(flag, "given", "not given");
    else
      value = true;
  }
  void Contradicts(const std::string& flag, const std::string& given,
                   const std::string& recorded) {
    contradictions_.push_back(format("{}: {}, recorded with {}", flag,
                                     Sanitize(given, kWordBytes),
                                     Sanitize(recorded, kWordBytes)));
  }

 private:
  std::optional<int64_t> NumberOf(const char* key) const {
    if (const auto number = GetInteger(header_, key)) return number;
    const std::string text = GetString(header_, key).value_or("");
    int64_t number = 0;
    const auto end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end)
      return std::nullopt;
    return number;
  }

  const Json& header_;
  std::vector<std::string>& contradictions_;
};

// The recording that a flag names; "" where none does.
fs::path RecordingOf(const ReplayFlags& flags) {
  for (const std::string* text : {&flags.proposer, &flags.model.models})
    if (text->starts_with(kReplay)) return text->substr(kReplay.size());
  return {};
}

void AdoptPrompt(ModelFlags& model, Adopter& adopter) {
  adopter.Number("window", "--window", model.window);
  adopter.Number("answer", "--answer", model.answer);
  adopter.Word("memory", "--memory", model.memory, "both");
  adopter.Word("context", "--context", model.context, "rules");
  adopter.Word("search", "--search", model.search, "rules");
  adopter.Without("tools", "--no-tools", model.no_tools);
  adopter.Without("diagnostics", "--withhold-diagnostics", model.withhold);
}

}  // namespace

Status AdoptHeader(const std::string& program, const fs::path& recording,
                   const Json& header, ReplayFlags& flags) {
  const auto proposer = GetString(header, "proposer");
  if (!proposer) return {};
  std::vector<std::string> contradictions;
  Adopter adopter(header, contradictions);
  if (flags.proposer.starts_with(kReplay)) flags.proposer.clear();
  flags.model.models = format("{}{}", kReplay, recording.string());
  adopter.Word("proposer", "--proposer", flags.proposer, "");
  adopter.Word("target", "--target", flags.target, kDefaultTarget);
  adopter.Word("policy", "--policy", flags.policy, "mcts");
  adopter.Number("seed", "--seed", flags.seed);
  adopter.AtMost("nodes", "--nodes", flags.nodes);
  if (const auto kernel = GetString(header, "seed_kernel");
      kernel && flags.seed_kernel.empty())
    adopter.Contradicts("--seed-kernel", "not given", *kernel);
  adopter.Words("shapes", "--shape", flags.shapes);
  AdoptPrompt(flags.model, adopter);
  if (contradictions.empty()) return {};
  return BadInput(format(
      "{} was recorded otherwise: {}. This plays it: {}", recording.string(),
      Join(contradictions, "; "),
      ShellCommand({program, "optimize", flags.task,
                    "--proposer", format("{}{}", kReplay, recording.string())})));
}

Status AdoptRecording(const std::string& program, ReplayFlags flags) {
  const fs::path path = RecordingOf(flags);
  const bool twice = flags.proposer.starts_with(kReplay) &&
                     !flags.model.models.empty();
  if (path.empty() || twice) return {};
  ASSIGN_OR_RETURN(const Recording recording, ReadRecording(path));
  Json header = recording.header;
  // As the run was told last.
  for (const Recording::Part& part : recording.parts)
    if (const auto nodes = GetInteger(part.line, "nodes"))
      header["nodes"] = *nodes;
  return AdoptHeader(program, path, header, flags);
}

}  // namespace kernelevolve::cli
