#include "engine/distil_failures.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "knowledge/docs/query_words.h"

namespace kernelevolve {
namespace {

constexpr size_t kLeastOften = 3, kWordsOfAMove = 4;
constexpr double kLeastShare = 0.75;

using Nodes = std::vector<const Node*>;

std::vector<std::string> WordsOf(const Node& node) {
  return QueryWords(node.description.empty() ? node.candidate.label
                                             : node.description);
}

// An answer without a kernel was no move.
bool IsMove(const Node& node) {
  return node.candidate.label != "no kernel" &&
         node.evaluation.status != VerdictStatus::kHarnessError &&
         node.evaluation.status != VerdictStatus::kInconclusive;
}

// How many moves of the run each word describes.
std::map<std::string, int> CountWords(const FinishedRun& run) {
  std::map<std::string, int> counts;
  for (const Node& node : run.nodes)
    if (IsMove(node))
      for (const std::string& word : WordsOf(node)) ++counts[word];
  return counts;
}

std::string MostFrequentMessage(const Nodes& nodes) {
  std::map<std::string, int> counts;
  for (const Node* node : nodes) ++counts[node->evaluation.message];
  const Node* best = nodes.front();
  for (const Node* node : nodes)
    if (counts[node->evaluation.message] > counts[best->evaluation.message])
      best = node;
  return best->evaluation.message;
}

// Takes the moves that failed most often out of `nodes`, all with one code.
class MoveFinder {
 public:
  MoveFinder(const std::map<std::string, int>& described, Nodes nodes)
      : described_(described), nodes_(std::move(nodes)) {}

  // False once nothing repeats.
  bool Next(RepeatedFailure& failure) {
    const std::map<std::string, Nodes> by_word = ByWord();
    const auto most = std::max_element(
        by_word.begin(), by_word.end(), [this](const auto& a, const auto& b) {
          // Of words that fail equally often, the one that does little else.
          if (a.second.size() != b.second.size())
            return a.second.size() < b.second.size();
          return described_.at(a.first) > described_.at(b.first);
        });
    if (most == by_word.end()) return false;
    failure.nodes = most->second;
    failure.code = failure.nodes.front()->evaluation.code;
    failure.message = MostFrequentMessage(failure.nodes);
    failure.move = SharedWords(by_word, most->second);
    failure.described = described_.at(most->first);
    const std::set<const Node*> taken(failure.nodes.begin(),
                                      failure.nodes.end());
    std::erase_if(nodes_, [&](const Node* node) { return taken.contains(node); });
    return true;
  }

 private:
  std::map<std::string, Nodes> ByWord() const {
    std::map<std::string, Nodes> by_word;
    for (const Node* node : nodes_)
      for (const std::string& word : WordsOf(*node))
        by_word[word].push_back(node);
    std::erase_if(by_word, [this](const auto& entry) {
      const auto failed = static_cast<double>(entry.second.size());
      return entry.second.size() < kLeastOften ||
             failed < kLeastShare * described_.at(entry.first);
    });
    return by_word;
  }

  // In the order in which the first of the nodes says them.
  static std::string SharedWords(const std::map<std::string, Nodes>& by_word,
                                 const Nodes& nodes) {
    std::vector<std::string> words;
    for (const std::string& word : WordsOf(*nodes.front())) {
      const auto it = by_word.find(word);
      if (words.size() < kWordsOfAMove && it != by_word.end() &&
          it->second == nodes)
        words.push_back(word);
    }
    return Join(words, " ");
  }

  const std::map<std::string, int>& described_;
  Nodes nodes_;
};

}  // namespace

std::vector<RepeatedFailure> FindRepeatedFailures(const FinishedRun& run) {
  std::map<Code, Nodes> by_code;
  for (const Node& node : run.nodes)
    if (IsMove(node) && !node.evaluation.accepted())
      by_code[node.evaluation.code].push_back(&node);
  const std::map<std::string, int> described = CountWords(run);
  std::vector<RepeatedFailure> failures;
  for (const auto& [code, nodes] : by_code) {
    MoveFinder finder(described, nodes);
    for (RepeatedFailure failure; finder.Next(failure);)
      failures.push_back(std::move(failure));
  }
  std::stable_sort(failures.begin(), failures.end(),
                   [](const RepeatedFailure& a, const RepeatedFailure& b) {
                     return a.nodes.size() > b.nodes.size();
                   });
  return failures;
}

}  // namespace kernelevolve
