#include "knowledge/fit.h"

#include <cctype>

#include "base/text.h"

namespace kernelevolve {
namespace {

// Between recipes that agree about half of the calls and those that do not.
constexpr double kGenericFit = 0.4;
constexpr double kFamilyBonus = 0.1;
// Half a call's worth of doubt, so that one name more or less is no verdict.
constexpr double kDoubt = 0.5;

// min and max clip extents in every other loop: they say little of the
// operator.
double Weight(const std::string& name) {
  return name == "min" || name == "max" ? 0.3 : 1;
}

bool IsWordChar(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

std::string WithoutComments(std::string_view source) {
  std::string code;
  for (std::string_view line : Split(source, '\n')) {
    code += line.substr(0, line.find("//"));
    code += '\n';
  }
  return code;
}

}  // namespace

std::set<std::string> CalledNames(std::string_view source) {
  const std::string code = WithoutComments(source);
  std::set<std::string> names;
  for (size_t i = 0; i < code.size();) {
    if (!IsWordChar(code[i])) {
      ++i;
      continue;
    }
    const size_t begin = i;
    while (i < code.size() && IsWordChar(code[i])) ++i;
    const size_t next = code.find_first_not_of(" \t\n", i);
    if (next != std::string::npos && code[next] == '(')
      names.insert(code.substr(begin, i - begin));
  }
  return names;
}

double Fit(const Recipe& recipe, const Task& task,
           const std::set<std::string>& called,
           const std::set<std::string>& vocabulary) {
  if (recipe.any_signature) return kGenericFit;
  const std::set<std::string> expected(recipe.calls.begin(),
                                       recipe.calls.end());
  double both = 0, either = 0;
  for (const std::string& name : vocabulary) {
    const bool wanted = expected.contains(name), there = called.contains(name);
    if (wanted && there) both += Weight(name);
    if (wanted || there) either += Weight(name);
  }
  const double overlap = (both + kDoubt) / (either + kDoubt);
  const bool family =
      !task.operator_family.empty() &&
      recipe.name.find(task.operator_family) != std::string::npos;
  return overlap + (family ? kFamilyBonus : 0);
}

}  // namespace kernelevolve
