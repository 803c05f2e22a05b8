// bench_kb_retrieval [data] [-v]: does the knowledge base answer with the
// documents that an expert would open? Recall among the first three, of our
// search and of plain BM25, on bench/kb_situations.toml; and what a query
// costs.
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/format.h"
#include "core/toml.h"
#include "knowledge/docs/search.h"

namespace kernelevolve {
namespace {

struct Case {
  std::string name;
  Situation situation;
  std::vector<std::string> expected;  // paths
};

struct Row {
  const char* name;
  Ranking ranking;
};
constexpr std::array<Row, 4> kRows = {{
    {"ours", Ranking::kFused},
    {"rules alone", Ranking::kRules},
    {"BM25, weighted columns", Ranking::kText},
    {"BM25, plain", Ranking::kPlainText},
}};

std::string Text(const TomlValue& table, std::string_view key) {
  const TomlValue* value = table.Find(key);
  return value ? value->text : "";
}

Result<Case> ReadCase(const TomlValue& table, const DocumentIndex& index) {
  Case read;
  read.name = Text(table, "name");
  Situation& situation = read.situation;
  situation.platform = Text(table, "platform");
  situation.arch = Text(table, "arch");
  situation.language = Text(table, "language");
  situation.bottleneck = Text(table, "bottleneck");
  situation.phase = Text(table, "phase");
  situation.text = Text(table, "text");
  const std::string error = Text(table, "error");
  situation.error = ParseCode(error);
  if (!error.empty() && !situation.error)
    return BadInput(format("{}: no verdict code {}", read.name, error));
  const TomlValue* expected = table.Find("expected");
  if (!expected || expected->items.empty())
    return BadInput(format("{}: expected names no document", read.name));
  for (const TomlValue& item : expected->items) {
    if (!index.Find(item.text))
      return BadInput(format("{}: no document {}", read.name, item.text));
    read.expected.push_back(item.text);
  }
  return read;
}

Result<TomlValue> ReadSituations(const fs::path& file) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  auto root = ParseToml(text);
  if (!root)
    return BadInput(format("{}:{}: {}", file.string(), root.error().line,
                           root.error().message));
  return *std::move(root);
}

Result<std::vector<Case>> ReadCases(const TomlValue& root,
                                    const std::string& part,
                                    const DocumentIndex& index) {
  std::vector<Case> cases;
  const TomlValue* list = root.Find(part);
  if (!list || list->items.empty())
    return BadInput(format("no situations [[{}]]", part));
  for (const TomlValue& table : list->items) {
    ASSIGN_OR_RETURN(Case read, ReadCase(table, index));
    cases.push_back(std::move(read));
  }
  return cases;
}

// The share of the expected documents among the first three; where more than
// three are expected, of three.
double RecallAt3(const Case& each, const std::vector<FoundDocument>& found) {
  const auto hits = std::count_if(
      each.expected.begin(), each.expected.end(), [&](const std::string& path) {
        return std::any_of(found.begin(),
                           found.begin() + std::min<long>(3, std::ssize(found)),
                           [&](const FoundDocument& document) {
                             return document.document->path == path;
                           });
      });
  return static_cast<double>(hits) /
         static_cast<double>(std::min<size_t>(each.expected.size(), 3));
}

void PrintMiss(const Case& each, const std::vector<FoundDocument>& found) {
  std::string text = format("  {}\n", each.name);
  for (const std::string& path : each.expected)
    text += format("    expected {}\n", path);
  for (const FoundDocument& document : found)
    text += format("    {:5.2f} {}\n", document.score, document.document->path);
  std::fputs(text.c_str(), stdout);
}

struct Timed {
  SearchResults results;
  double ms = 0;  // the best of five: the machine may be busy
};

Result<Timed> SearchTimed(const KnowledgeSearch& search, const Case& each,
                          Ranking ranking) {
  const SystemClock clock;
  Timed timed;
  for (int i = 0; i < 5; ++i) {
    const auto start = clock.Now();
    ASSIGN_OR_RETURN(timed.results,
                     search.Search(each.situation, {5, 3, ranking}));
    const double ms = MillisecondsSince(clock, start);
    timed.ms = i == 0 ? ms : std::min(timed.ms, ms);
  }
  return timed;
}

Status Measure(const KnowledgeSearch& search, const std::vector<Case>& cases,
               const Row& row, bool verbose) {
  double recall = 0, slowest_ms = 0, sum_ms = 0;
  int complete = 0;
  for (const Case& each : cases) {
    ASSIGN_OR_RETURN(const Timed timed, SearchTimed(search, each, row.ranking));
    slowest_ms = std::max(slowest_ms, timed.ms);
    sum_ms += timed.ms;
    const double share = RecallAt3(each, timed.results.documents);
    recall += share;
    complete += share == 1;
    if (share < 1 && verbose) PrintMiss(each, timed.results.documents);
  }
  const auto count = static_cast<double>(cases.size());
  std::fputs(format("  {:<24} recall@3 {:.3f}   all found {:>2} of {}   mean "
                    "{:.2f} ms   slowest {:.2f} ms\n",
                    row.name, recall / count, complete, cases.size(),
                    sum_ms / count, slowest_ms)
                 .c_str(),
             stdout);
  return {};
}

Status Run(const fs::path& data, bool verbose) {
  ASSIGN_OR_RETURN(const auto search, KnowledgeSearch::Load(data));
  ASSIGN_OR_RETURN(const TomlValue root,
                   ReadSituations(data / "bench" / "kb_situations.toml"));
  for (const char* part : {"situations", "held_out"}) {
    ASSIGN_OR_RETURN(const std::vector<Case> cases,
                     ReadCases(root, part, search->index()));
    std::fputs(format("{}: {}, of {} documents\n", part, cases.size(),
                      search->index().documents().size())
                   .c_str(),
               stdout);
    for (const Row& row : kRows)
      RETURN_IF_ERROR(Measure(*search, cases, row,
                              verbose && row.ranking == Ranking::kFused));
  }
  return {};
}

}  // namespace
}  // namespace kernelevolve

int main(int argc, char** argv) {
  using namespace kernelevolve;
  bool verbose = false;
  std::string data;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "-v")
      verbose = true;
    else
      data = argv[i];
  }
  const Result<fs::path> shipped = DataFolder();
  const Status status =
      Run(data.empty() && shipped ? *shipped : fs::path(data), verbose);
  if (!status) std::fputs((status.error().message + "\n").c_str(), stderr);
  return status ? 0 : 2;
}
