// Providers of language models.
#include <cstdlib>

#include "cli/doctor_checks.h"
#include "llm/api_key.h"

namespace kernelevolve::cli {

HealthFindings CheckModels() {
  const auto keys =
      KeyRing::Load("", [](const char* name) { return std::getenv(name); });
  if (!keys)
    return {{"models", "keys", false, keys.error().message,
             "correct the variable"}};
  HealthFindings findings;
  for (const ProviderState& state : keys->States())
    findings.push_back({"models", state.name, state.usable, state.why,
                        "docs/models.md says where keys come from"});
  return findings;
}

}  // namespace kernelevolve::cli
