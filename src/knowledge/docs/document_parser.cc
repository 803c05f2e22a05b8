#include "knowledge/docs/document_parser.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/format.h"
#include "base/json.h"
#include "base/text.h"
#include "core/parse/table_reader.h"
#include "knowledge/docs/one_line.h"
#include "knowledge/docs/samples.h"

namespace kernelevolve {
namespace {

using parse::Diagnostics;
using parse::TableReader;

constexpr std::string_view kMark = "+++";
constexpr size_t kMaxWord = 80, kMaxSource = 300;  // characters

constexpr std::array<const char*, 11> kKeys = {
    "title", "summary", "platform", "arch",   "language",    "bottleneck",
    "phase", "errors",  "keywords", "source", "checked_with"};

struct Halves {
  std::string_view front, body;
  int body_line = 1;
};

// Nothing where the two marks do not stand.
std::optional<Halves> SplitAtMarks(std::string_view text) {
  const std::vector<std::string_view> lines = Split(text, '\n');
  if (Trim(lines[0]) != kMark) return std::nullopt;
  for (size_t i = 1; i < lines.size(); ++i) {
    if (Trim(lines[i]) != kMark) continue;
    const auto begin = static_cast<size_t>(lines[1].data() - text.data());
    const auto mark = static_cast<size_t>(lines[i].data() - text.data());
    const size_t after = std::min(mark + lines[i].size() + 1, text.size());
    return Halves{text.substr(begin, mark - begin), text.substr(after),
                  static_cast<int>(i) + 2};
  }
  return std::nullopt;
}

// Reads the keys and reports what is wrong with each.
class FrontMatter {
 public:
  FrontMatter(const TomlValue& root, const Vocabulary& vocabulary,
              Diagnostics& mistakes)
      : root_(root), top_(root, "", mistakes), vocabulary_(vocabulary) {}

  void Read(Document& document) {
    document.title = Line("title", kMaxTitle);
    document.summary = Line("summary", kMaxSummary);
    document.platforms = Words("platform", vocabulary_.platforms);
    document.archs = Lines("arch", kMaxWord);
    document.languages = Words("language", vocabulary_.languages);
    document.bottlenecks = Words("bottleneck", vocabulary_.bottlenecks);
    document.phases = Words("phase", vocabulary_.phases);
    for (const std::string& code : Words("errors", VerdictCodeNames()))
      if (const auto known = ParseCode(code)) document.errors.push_back(*known);
    document.keywords = Lines("keywords", kMaxWord);
    document.sources = Lines("source", kMaxSource);
    document.checked_with = Lines("checked_with", kMaxWord);
    if (top_.mistakes().empty()) CheckFilled(document);
    CheckOrder();
    top_.Finish();
  }

 private:
  std::string Line(const std::string& key, size_t limit) {
    const auto text = top_.RequiredText(key, "a text");
    if (text) CheckOneLine(top_, key, *text, limit);
    return text.value_or("");
  }

  std::vector<std::string> Lines(const std::string& key, size_t limit) {
    if (!root_.Find(key)) top_.Mistake(key, "an array of texts");
    std::vector<std::string> texts = top_.Texts(key);
    for (size_t i = 0; i < texts.size(); ++i) {
      CheckOneLine(top_, key, texts[i], limit);
      if (std::find(texts.begin(), texts.begin() + static_cast<long>(i),
                    texts[i]) != texts.begin() + static_cast<long>(i))
        top_.Mistake(key, format("\"{}\" twice", Sanitize(texts[i], 80)),
                     "each once");
    }
    return texts;
  }

  std::vector<std::string> Words(const std::string& key,
                                 const std::vector<std::string>& known) {
    std::vector<std::string> words = Lines(key, kMaxWord);
    for (const std::string& word : words) {
      if (std::find(known.begin(), known.end(), word) != known.end()) continue;
      const std::string near = Nearest(word, known);
      top_.Mistake(
          key, format("\"{}\"", Sanitize(word, 80)),
          near.empty() ? "some of " + Join(known, ", ") : "\"" + near + "\"");
    }
    return words;
  }

  void CheckFilled(const Document& document) {
    if (document.phases.empty())
      top_.Mistake("phase", "some of draft, repair, optimize");
    if (document.keywords.empty())
      top_.Mistake("keywords", "what one would search for");
    if (document.sources.empty())
      top_.Mistake("source", "where its statements can be checked");
  }

  void CheckOrder() {
    for (size_t i = 1; i < kKeys.size(); ++i) {
      if (!root_.Find(kKeys[i]) || !root_.Find(kKeys[i - 1])) continue;
      if (top_.LineOf(kKeys[i]) >= top_.LineOf(kKeys[i - 1])) continue;
      top_.Mistake(kKeys[i], format("it before {}", kKeys[i - 1]),
                   "the order " + Join({kKeys.begin(), kKeys.end()}, ", "));
    }
  }

  const TomlValue& root_;
  TableReader top_;
  const Vocabulary& vocabulary_;
};

// The parser of task files counts from the front matter's first line.
void Relocate(std::vector<Diagnostic>& diagnostics, const std::string& path) {
  for (Diagnostic& diagnostic : diagnostics) {
    diagnostic.file = path;
    diagnostic.line += 1;
  }
}

ParsedDocument Hopeless(const std::string& path, int line, std::string found,
                        std::string expected) {
  return {{}, {{path, line, "", std::move(found), std::move(expected)}}};
}

}  // namespace

ParsedDocument ParseDocument(std::string_view text, const std::string& path,
                             const Vocabulary& vocabulary) {
  const std::optional<Halves> halves = SplitAtMarks(text);
  if (!halves)
    return Hopeless(path, 1, "no front matter",
                    "TOML between two lines of +++ at the top");
  const auto front = ParseToml(halves->front);
  if (!front)
    return Hopeless(path, front.error().line + 1,
                    "a mistake: " + front.error().message, "TOML");
  ParsedDocument parsed;
  parsed.document.path = path;
  parsed.document.body = halves->body;
  parsed.document.body_line = halves->body_line;
  Diagnostics mistakes;
  FrontMatter(*front, vocabulary, mistakes).Read(parsed.document);
  parsed.diagnostics = mistakes.Take();
  Relocate(parsed.diagnostics, path);
  return parsed;
}

std::string DocumentText(const Document& document) {
  std::vector<std::string> codes;
  for (const Code code : document.errors) codes.emplace_back(CodeName(code));
  std::string text(kMark);
  const auto put = [&text](const char* key, const Json& value) {
    // A JSON string is a TOML string, and so is an array of them.
    text += format("\n{} = {}", key,
                   ReplaceAll(DumpJson(value), "\",\"", "\", \""));
  };
  put("title", document.title);
  put("summary", document.summary);
  put("platform", document.platforms);
  put("arch", document.archs);
  put("language", document.languages);
  put("bottleneck", document.bottlenecks);
  put("phase", document.phases);
  put("errors", codes);
  put("keywords", document.keywords);
  put("source", document.sources);
  put("checked_with", document.checked_with);
  return text + "\n+++\n" + document.body;
}

}  // namespace kernelevolve
