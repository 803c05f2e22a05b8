#include "cli/profile_text.h"

#include "base/format.h"
#include "core/profile_delta.h"
#include "core/profile_text.h"

namespace kernelevolve::cli {

std::string ProfileText(const Profile& profile) {
  std::string text;
  for (const std::string& line : ProfileLines(profile))
    text += format("  {}\n", line);
  return text;
}

std::string ProfileDeltaText(const Profile& parent, const Profile& child) {
  std::string text;
  for (const std::string& line : DescribeDelta(parent, child))
    text += format("    {}\n", line);
  return text.empty() ? text : "  since its parent\n" + text;
}

}  // namespace kernelevolve::cli
