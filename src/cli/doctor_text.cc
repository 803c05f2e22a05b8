#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "cli/doctor_checks.h"

namespace kernelevolve::cli {

HealthFindings SandboxFindings(const Json& answer) {
  const Json& layers = GetMember(answer, "layers");
  HealthFindings findings;
  if (!layers.is_array()) return findings;
  for (const Json& layer : layers) {
    const bool working = GetBool(layer, "working").value_or(false);
    std::string detail = GetString(layer, "detail").value_or("");
    findings.push_back({"sandbox", GetString(layer, "name").value_or("?"),
                        working, Sanitize(detail, 500),
                        working ? "" : "docs/judge.md, section on the sandbox",
                        true});
  }
  return findings;
}

HealthFindings WithWorkingLayersAsOne(const HealthFindings& findings) {
  HealthFindings shorter;
  int64_t working = 0;
  for (const HealthFinding& finding : findings) {
    if (finding.group == "sandbox" && finding.present)
      ++working;
    else
      shorter.push_back(finding);
  }
  if (working > 0)
    shorter.push_back({"sandbox", "layers and probes", true,
                       format("{} hold; kernelevolve-worker self-test lists "
                              "them", working)});
  return shorter;
}

std::string HealthText(const HealthFindings& findings) {
  size_t width = 0;
  for (const HealthFinding& finding : findings)
    width = std::max(width, finding.name.size());
  std::string text, group;
  for (const HealthFinding& finding : findings) {
    if (finding.group != group) text += finding.group + "\n";
    group = finding.group;
    text += format("  {:<7}  {:<{}}  {}\n",
                   finding.present    ? "present"
                   : finding.required ? "MISSING"
                                      : "missing",
                   finding.name, width, finding.detail);
    if (!finding.present && !finding.fix.empty())
      text += format("  {:>7}  {:<{}}  get it: {}\n", "", "", width, finding.fix);
  }
  return text;
}

Json HealthJson(const HealthFinding& finding) {
  Json json;
  json["group"] = finding.group;
  json["name"] = finding.name;
  json["present"] = finding.present;
  json["required"] = finding.required;
  json["detail"] = finding.detail;
  json["fix"] = finding.fix;
  return json;
}

bool CanRun(const HealthFindings& findings) {
  return std::all_of(findings.begin(), findings.end(), [](const auto& finding) {
    return finding.present || !finding.required;
  });
}

}  // namespace kernelevolve::cli
