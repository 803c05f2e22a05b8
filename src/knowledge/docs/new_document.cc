#include "knowledge/docs/new_document.h"

#include <string_view>

#include "base/format.h"
#include "base/text.h"
#include "knowledge/docs/lint.h"

namespace kernelevolve {
namespace {

// @ stands for kToBeWritten.
constexpr std::string_view kBody = R"TEXT(
## When it applies

@: the symptoms, in the judge's or the profile's words.

## What to do

@: the step, with numbers and where they come from.

```text
a sample; tag it cpp, cuda or python and it is compiled by the tests
```

## What it costs, and when not to

@.
)TEXT";

void FillFromFolder(const std::string& folder, Document& document) {
  const std::vector<std::string_view> parts = Split(folder, '/');
  if (parts.size() < 2) return;
  if (parts[0] == "hardware" && document.platforms.empty())
    document.platforms.emplace_back(parts[1]);
  if (parts[0] == "languages" && document.languages.empty())
    document.languages.emplace_back(parts[1]);
}

void FillWithPlaceholders(Document& document) {
  if (document.summary.empty())
    document.summary = format("{}: one sentence", kToBeWritten);
  if (document.phases.empty()) document.phases = {"optimize"};
  if (document.keywords.empty())
    document.keywords = {
        ReplaceAll(fs::path(document.path).stem().string(), "_", " ")};
  if (document.sources.empty())
    document.sources = {format("{}: where it can be checked", kToBeWritten)};
  if (document.body.empty())
    document.body = ReplaceAll(kBody, "@", kToBeWritten);
}

}  // namespace

std::string SnakeCase(std::string_view title) {
  constexpr size_t kMaxName = 60;
  std::string name;
  for (const char c : title) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool kept = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (kept)
      name += upper ? static_cast<char>(c - 'A' + 'a') : c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
    if (name.size() == kMaxName) break;
  }
  while (name.ends_with('_')) name.pop_back();
  return name;
}

Status CompleteNewDocument(const std::string& folder,
                           const Vocabulary& vocabulary, Document& document) {
  if (!IsDocumentFolder(folder, vocabulary))
    return BadInput(format("--under: found '{}', expected one of {}", folder,
                           DocumentFolders(vocabulary)));
  const std::string name = SnakeCase(document.title);
  if (name.empty())
    return BadInput(format("title: found '{}', expected letters or digits",
                           document.title));
  document.path = folder + "/" + name + ".md";
  FillFromFolder(folder, document);
  FillWithPlaceholders(document);
  return {};
}

}  // namespace kernelevolve
