// A document to begin with: its place, its front matter and what to write
// where.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "knowledge/docs/document.h"
#include "knowledge/docs/vocabulary.h"

namespace kernelevolve {

// "Stream stores past the cache" → "stream_stores_past_the_cache".
std::string SnakeCase(std::string_view title);

// Fills in what `document` leaves open: its path from `folder` and its title,
// platform and language from `folder`, texts that lint refuses until they are
// written. kBadInput for a folder where no document stands, or no title.
Status CompleteNewDocument(const std::string& folder,
                           const Vocabulary& vocabulary, Document& document);

}  // namespace kernelevolve
