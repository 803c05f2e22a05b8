// kernelevolve kb search
#include <algorithm>
#include <optional>

#include "base/format.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/kb.h"
#include "knowledge/docs/search.h"

namespace kernelevolve::cli {
namespace {

struct Options {
  std::vector<std::string> words;
  Situation situation;
  std::string error, data;
  std::optional<int64_t> limit;
  bool json = false, explain = false;
};

Flags MakeFlags(Options& options) {
  Flags flags(
      {"kernelevolve kb search", "the documents that fit a situation",
       "[WORD ...] [flags]",
       "kernelevolve kb search masked tail --error OOB --language cpp"});
  Situation& situation = options.situation;
  flags.OptionalPositionals("WORD", options.words,
                            "a message, an operator, whatever is known");
  flags.Text("--platform", "P", situation.platform, "cpu, nvidia, amd, ...");
  flags.Text("--arch", "A", situation.arch, "sm_90, avx512, ...");
  flags.Text("--language", "L", situation.language, "cpp, cuda, triton, ...");
  flags.Text("--bottleneck", "B", situation.bottleneck,
             "memory, compute, latency, occupancy or launch");
  flags.Text("--phase", "P", situation.phase, "draft, repair or optimize");
  flags.Text("--error", "CODE", options.error, "the judge's verdict code");
  flags.Integer("--limit", options.limit, {1, 50}, "documents (default 5)");
  flags.Switch("--explain", options.explain, "what the rank is made of");
  flags.Switch("--json", options.json, "one object per document");
  flags.Text("--data", "DIR", options.data, kDataHelp);
  return flags;
}

Status CheckWord(const char* flag, const std::string& word,
                 const std::vector<std::string>& known) {
  if (word.empty() ||
      std::find(known.begin(), known.end(), word) != known.end())
    return {};
  const std::string near = Nearest(word, known);
  return BadInput(format("{}: found '{}', expected {}", flag, word,
                         near.empty() ? "one of " + Join(known, ", ") : near));
}

Status Complete(const fs::path& data, Options& options) {
  const Vocabulary vocabulary = VocabularyOf(data / "knowledge");
  Situation& situation = options.situation;
  RETURN_IF_ERROR(
      CheckWord("--platform", situation.platform, vocabulary.platforms));
  RETURN_IF_ERROR(
      CheckWord("--language", situation.language, vocabulary.languages));
  RETURN_IF_ERROR(
      CheckWord("--bottleneck", situation.bottleneck, vocabulary.bottlenecks));
  RETURN_IF_ERROR(CheckWord("--phase", situation.phase, vocabulary.phases));
  RETURN_IF_ERROR(CheckWord("--error", options.error, VerdictCodeNames()));
  situation.error = ParseCode(options.error);
  situation.text = Join(options.words, " ");
  return {};
}

std::string PartsText(const FoundDocument& found) {
  std::vector<std::string> parts;
  for (const ScorePart& part : found.parts)
    parts.push_back(format("{} {:+.2f}", part.reason, part.score));
  return format("{:.2f}: {}", found.score, Join(parts, ", "));
}

std::string DocumentLines(const FoundDocument& found, bool explain) {
  const Document& document = *found.document;
  return Sanitize(
      format("  knowledge/{}\n    {}. {}\n{}", document.path, document.title,
             document.summary, explain ? "    " + PartsText(found) + "\n" : ""),
      4000);
}

std::string DocumentJson(const FoundDocument& found, bool explain) {
  Json line;
  line["path"] = found.document->path;
  line["title"] = found.document->title;
  line["summary"] = found.document->summary;
  line["score"] = found.score;
  if (explain)
    for (const ScorePart& part : found.parts)
      line["parts"].push_back({{"reason", part.reason}, {"score", part.score}});
  return DumpJson(line) + "\n";
}

std::string RecipePath(const Recipe& recipe) {
  return "recipes/" + recipe.language + "/" + recipe.name;
}

std::string RecipeJson(const FoundRecipe& found) {
  Json line;
  line["recipe"] = RecipePath(*found.recipe);
  line["summary"] = found.recipe->summary;
  line["score"] = found.score;
  return DumpJson(line) + "\n";
}

void Print(const SearchResults& results, const Options& options,
           Console& console) {
  for (const FoundDocument& found : results.documents)
    console.Out(options.json ? DocumentJson(found, options.explain)
                             : DocumentLines(found, options.explain));
  for (const FoundRecipe& found : results.recipes)
    console.Out(options.json ? RecipeJson(found)
                             : Sanitize(format("  {}\n    {}\n",
                                               RecipePath(*found.recipe),
                                               found.recipe->summary),
                                        2000));
}

}  // namespace

Result<int> RunKbSearch(const Arguments& arguments, Session& session) {
  Options options;
  Flags flags = MakeFlags(options);
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  ASSIGN_OR_RETURN(const fs::path data, KnowledgeDataFolder(options.data));
  RETURN_IF_ERROR(Complete(data, options));
  ASSIGN_OR_RETURN(const auto search, KnowledgeSearch::Load(data));
  KnowledgeSearchOptions wanted;
  wanted.documents = static_cast<size_t>(options.limit.value_or(5));
  ASSIGN_OR_RETURN(const SearchResults results,
                   search->Search(options.situation, wanted));
  Print(results, options, session.console);
  if (!results.documents.empty() || !results.recipes.empty()) return kDone;
  if (!options.json) session.console.Out("Nothing fits.\n");
  return kNothing;
}

}  // namespace kernelevolve::cli
