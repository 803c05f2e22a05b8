#include "core/parse/value_spec.h"

#include <array>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::parse {
namespace {

using Kind = ValueSpec::Kind;

enum class Fits { kAny, kFloating, kInteger };

struct Generator {
  std::string_view name;
  Kind kind;
  size_t fewest, most;  // arguments
  std::string_view usage;
  Fits fits;
};

constexpr std::array<Generator, 11> kGenerators = {{
    {"uniform", Kind::kUniform, 2, 2, "uniform(a, b)", Fits::kFloating},
    {"normal", Kind::kNormal, 2, 2, "normal(mean, std)", Fits::kFloating},
    {"randint", Kind::kRandint, 2, 2, "randint(a, b)", Fits::kAny},
    {"sorted", Kind::kSorted, 2, 2, "sorted(a, b)", Fits::kAny},
    {"increasing", Kind::kIncreasing, 2, 2, "increasing(a, b)", Fits::kAny},
    {"permutation", Kind::kPermutation, 0, 0, "permutation", Fits::kInteger},
    {"choice", Kind::kChoice, 1, 64, "choice(a, b, …)", Fits::kAny},
    {"jagged_offsets", Kind::kJaggedOffsets, 1, 1, "jagged_offsets(total)",
     Fits::kInteger},
    {"zeros", Kind::kZeros, 0, 0, "zeros", Fits::kAny},
    {"ones", Kind::kOnes, 0, 0, "ones", Fits::kAny},
    {"constant", Kind::kConstant, 1, 1, "constant(c)", Fits::kAny},
}};

const Generator* FindGenerator(std::string_view name) {
  for (const Generator& generator : kGenerators)
    if (generator.name == name) return &generator;
  return nullptr;
}

const Generator& GeneratorOf(Kind kind) {
  return kGenerators[static_cast<size_t>(kind)];
}
static_assert(kGenerators.back().kind == Kind::kConstant &&
              static_cast<size_t>(Kind::kConstant) + 1 == kGenerators.size());

// The parts between commas that no parenthesis encloses.
std::vector<std::string_view> SplitArguments(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (text[i] != ',' || depth != 0) continue;
    parts.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

Result<std::vector<Expression>> ParseArguments(std::string_view inner) {
  std::vector<Expression> arguments;
  if (Trim(inner).empty()) return arguments;
  for (const std::string_view part : SplitArguments(inner)) {
    if (arguments.size() > 64) break;  // more than any generator takes
    Result<Expression> argument = Expression::Parse(Trim(part));
    if (!argument)
      return BadInput("an expression over dims as argument; " +
                      argument.error().message);
    arguments.push_back(*std::move(argument));
  }
  return arguments;
}

std::string AllUsages() {
  std::vector<std::string> usages;
  for (const Generator& generator : kGenerators)
    usages.emplace_back(generator.usage);
  return Join(usages, ", ");
}

}  // namespace

Result<ValueSpec> ParseValueSpec(std::string_view text) {
  const std::string_view trimmed = Trim(text);
  if (trimmed.size() > 4096) return BadInput("at most 4096 bytes");
  const size_t open = trimmed.find('(');
  const std::string_view name = Trim(trimmed.substr(0, open));
  const Generator* generator = FindGenerator(name);
  if (!generator) {
    std::vector<std::string> known;
    for (const Generator& each : kGenerators) known.emplace_back(each.name);
    const std::string nearest = Nearest(name, known);
    return BadInput(nearest.empty()
                        ? "one of " + AllUsages()
                        : std::string(FindGenerator(nearest)->usage));
  }
  std::string_view inner;
  if (open != std::string_view::npos) {
    if (trimmed.back() != ')') return BadInput(std::string(generator->usage));
    inner = trimmed.substr(open + 1, trimmed.size() - open - 2);
  }
  ValueSpec values;
  values.kind = generator->kind;
  values.text = trimmed;
  ASSIGN_OR_RETURN(values.arguments, ParseArguments(inner));
  if (values.arguments.size() < generator->fewest ||
      values.arguments.size() > generator->most)
    return BadInput(std::string(generator->usage));
  return values;
}

std::string WhyUnfit(const ValueSpec& values, DType dtype) {
  const Generator& generator = GeneratorOf(values.kind);
  if (generator.fits == Fits::kFloating && !IsFloating(dtype))
    return format("a generator of whole numbers for {}, such as randint(a, b)",
                  DTypeName(dtype));
  if (generator.fits == Fits::kInteger &&
      (IsFloating(dtype) || dtype == DType::kBool))
    return format("an integer dtype for {}", generator.name);
  return "";
}

}  // namespace kernelevolve::parse
