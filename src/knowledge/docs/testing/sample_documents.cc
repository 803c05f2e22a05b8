#include "knowledge/docs/testing/sample_documents.h"

#include "base/check.h"
#include "knowledge/docs/document_index.h"
#include "knowledge/docs/document_parser.h"
#include "knowledge/docs/index_page.h"

namespace kernelevolve {

Document SampleDocument(const std::string& path, const std::string& title) {
  Document document;
  document.path = path;
  document.title = title;
  document.summary = "What " + title + " is for.";
  document.phases = {"optimize"};
  document.keywords = {"sample"};
  document.sources = {"A manual, section 1"};
  for (int line = 1; line <= 15; ++line) document.body += "\nA line.";
  document.body += "\n";
  return document;
}

void WriteDocuments(const std::vector<Document>& documents,
                    const fs::path& knowledge) {
  for (const Document& document : documents) {
    const fs::path file = knowledge / document.path;
    CHECK(MakeFolders(file.parent_path()).has_value());
    CHECK(WriteFileAtomic(file, DocumentText(document)).has_value());
  }
  const auto index = DocumentIndex::Load(knowledge);
  CHECK(index.has_value());
  CHECK(WriteFileAtomic(knowledge / kIndexPage, IndexPage(index->documents()))
            .has_value());
}

}  // namespace kernelevolve
