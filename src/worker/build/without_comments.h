// Comments taken out of a source, where there is no doubt what a comment is.
#pragma once

#include <optional>
#include <string>

namespace kernelevolve::worker {

// The source with each comment replaced by one blank, as a compiler does it, so that
// lines which a comment joins are one. Nothing where a compiler might see another
// text than this: with raw strings, spliced lines, trigraphs, control characters,
// quotes that are no plain literals, unusual names of headers or directives.
// Who hides code as a comment, or the other way round, gets nothing by it.
std::optional<std::string> WithoutComments(const std::string& source);

}  // namespace kernelevolve::worker
