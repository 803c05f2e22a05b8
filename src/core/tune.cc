#include "core/tune.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/format.h"
#include "base/text.h"
#include "core/expression_tree.h"

namespace kernelevolve {
namespace {

constexpr size_t kMaxParameters = 32;
constexpr size_t kMaxValues = 64;
constexpr std::string_view kMarker = "ke:tune";

// The number a value stands for in constraints, or nullopt if it is none.
std::optional<double> NumberOf(std::string_view value) {
  if (value == "true") return 1;
  if (value == "false") return 0;
  std::string_view digits = value;
  if (!digits.empty() && digits[0] == '-') digits.remove_prefix(1);
  // Only plain forms: the text becomes a macro in the candidate's language.
  if (digits.empty() || digits.size() > 32 || digits.front() == '.' ||
      digits.back() == '.' ||
      std::count(digits.begin(), digits.end(), '.') > 1 ||
      digits.find_first_not_of("0123456789.") != std::string_view::npos)
    return std::nullopt;
  double number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

bool IsBoolean(std::string_view value) {
  return value == "true" || value == "false";
}

// The listed spelling of a value, so that "064" and "64" are one; or null.
const std::string* FindValue(const TuneParameter& parameter,
                             std::string_view value) {
  const std::optional<double> number = NumberOf(value);
  for (const std::string& listed : parameter.values) {
    if (listed == value) return &listed;
    if (number && IsBoolean(listed) == IsBoolean(value) &&
        NumberOf(listed) == number)
      return &listed;
  }
  return nullptr;
}

Expression::Bindings Bind(const ParameterValues& values) {
  Expression::Bindings bindings;
  for (const auto& [name, value] : values)
    if (const auto number = NumberOf(value)) bindings[name] = *number;
  return bindings;
}

bool Holds(const TuneParameter& parameter,
           const Expression::Bindings& bindings) {
  if (!parameter.constraint) return true;
  const Result<double> value = parameter.constraint->Evaluate(bindings);
  return value && *value != 0;
}

// What follows the marker, or nullopt where the line declares nothing. A
// declaration stands on a comment line of its own.
Result<std::optional<std::string_view>> DeclarationIn(std::string_view line) {
  const size_t at = line.find(kMarker);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view after = line.substr(at + kMarker.size());
  const std::string_view before = Trim(line.substr(0, at));
  if (!after.empty() && after[0] != ' ' && after[0] != '\t')
    return std::nullopt;
  if (before == "//" || before == "#") return Trim(after);
  if (before.ends_with("//") || before.ends_with("#"))
    return BadInput("ke:tune must stand on a line of its own");
  return std::nullopt;
}

// In quotes, unless it brings its own.
std::string Quoted(const std::string& text) {
  return text.find('"') == text.npos ? format("\"{}\"", text) : text;
}

Result<std::vector<std::string>> ParseValues(std::string_view list) {
  std::vector<std::string> values;
  for (std::string_view part : Split(list, ',')) {
    part = Trim(part);
    if (!NumberOf(part))
      return BadInput(
          format("found value {}, expected an integer, a decimal, true or false",
                 Quoted(Sanitize(part, 64))));
    if (std::find(values.begin(), values.end(), part) != values.end())
      return BadInput(format("value {} is listed twice", part));
    values.emplace_back(part);
    if (values.size() > kMaxValues)
      return BadInput(format("more than {} values", kMaxValues));
  }
  return values;
}

// Cuts `text` at the first `separator` and returns what stood before it.
std::optional<std::string_view> TakeUntil(std::string_view& text,
                                          std::string_view separator) {
  const size_t at = text.find(separator);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view before = Trim(text.substr(0, at));
  text = Trim(text.substr(at + separator.size()));
  return before;
}

Result<TuneParameter> ParseDeclaration(std::string_view text) {
  const auto malformed = [&] {
    return BadInput(
        format("found \"{}\", expected NAME = DEFAULT in {{VALUE, …}} [when "
               "CONDITION]",
               Sanitize(text, 200)));
  };
  std::string_view rest = text;
  const auto name = TakeUntil(rest, "=");
  if (!name) return malformed();
  if (!expression::IsIdentifier(*name) || expression::IsReservedWord(*name))
    return BadInput(
        format("\"{}\" cannot name a parameter", Sanitize(*name, 64)));
  auto head = TakeUntil(rest, "{");
  if (!head || head->size() < 3 || !head->ends_with("in")) return malformed();
  head->remove_suffix(2);
  if (head->back() != ' ' && head->back() != '\t') return malformed();
  const auto list = TakeUntil(rest, "}");
  if (!list) return malformed();

  TuneParameter parameter;
  parameter.name = *name;
  ASSIGN_OR_RETURN(parameter.values, ParseValues(*list));
  const std::string* listed = FindValue(parameter, Trim(*head));
  if (!listed)
    return BadInput(format("default {} of {} is not among its values",
                           Sanitize(Trim(*head), 64), *name));
  parameter.default_value = *listed;
  if (rest.empty()) return parameter;
  if (!rest.starts_with("when ")) return malformed();
  Result<Expression> constraint =
      Expression::Parse(Trim(rest.substr(5)), /*allow_logic=*/true);
  if (!constraint)
    return BadInput("condition of " + parameter.name + ": " +
                    constraint.error().message);
  parameter.constraint = *std::move(constraint);
  return parameter;
}

// Conditions may read parameters declared later, so they are checked last.
Status CheckConstraints(const TuneSpace& space) {
  const ParameterValues defaults = space.Defaults();
  const Expression::Bindings bindings = Bind(defaults);
  for (const TuneParameter& parameter : space.parameters) {
    if (!parameter.constraint) continue;
    for (const std::string& name : parameter.constraint->names())
      if (!defaults.contains(name))
        return BadInput(
            format("ke:tune: the condition of {} reads {}, which no "
                   "ke:tune line declares",
                   parameter.name, name));
    if (!Holds(parameter, bindings))
      return BadInput(
          format("ke:tune: the defaults violate the condition of {}: {}",
                 parameter.name, parameter.constraint->text()));
  }
  return {};
}

}  // namespace

ParameterValues TuneSpace::Defaults() const {
  ParameterValues values;
  for (const TuneParameter& parameter : parameters)
    values[parameter.name] = parameter.default_value;
  return values;
}

Result<ParameterValues> TuneSpace::Complete(
    const ParameterValues& chosen) const {
  ParameterValues values = Defaults();
  for (const auto& [name, value] : chosen) {
    const auto parameter = std::find_if(
        parameters.begin(), parameters.end(),
        [&wanted = name](const TuneParameter& p) { return p.name == wanted; });
    if (parameter == parameters.end()) {
      std::vector<std::string> known;
      for (const TuneParameter& p : parameters) known.push_back(p.name);
      return BadInput(
          format("no parameter is named \"{}\"; {}", Sanitize(name, 64),
                 known.empty() ? "the kernel declares none"
                               : "the kernel declares " + Join(known, ", ")));
    }
    const std::string* listed = FindValue(*parameter, value);
    if (!listed)
      return BadInput(format("{} = {}: expected one of {}", name,
                             Sanitize(value, 64),
                             Join(parameter->values, ", ")));
    values[name] = *listed;
  }
  const Expression::Bindings bindings = Bind(values);
  for (const TuneParameter& parameter : parameters)
    if (!Holds(parameter, bindings))
      return BadInput(format("the values violate the condition of {}: {}",
                             parameter.name, parameter.constraint->text()));
  return values;
}

bool TuneSpace::Admits(const ParameterValues& complete) const {
  const Expression::Bindings bindings = Bind(complete);
  return complete.size() == parameters.size() &&
         std::all_of(parameters.begin(), parameters.end(),
                     [&](const TuneParameter& parameter) {
                       const auto it = complete.find(parameter.name);
                       return it != complete.end() &&
                              FindValue(parameter, it->second) &&
                              Holds(parameter, bindings);
                     });
}

uint64_t TuneSpace::Size() const {
  uint64_t size = 1;
  for (const TuneParameter& parameter : parameters)
    if (__builtin_mul_overflow(size, parameter.values.size(), &size))
      return std::numeric_limits<uint64_t>::max();
  return size;
}

Result<TuneSpace> ParseTuneSpace(std::string_view source) {
  TuneSpace space;
  int line_number = 0;
  for (const std::string_view line : Split(source, '\n')) {
    ++line_number;
    const auto at_line = [&](const Error& error) {
      return BadInput(
          format("line {}: ke:tune: {}", line_number, error.message));
    };
    const auto declaration = DeclarationIn(line);
    if (!declaration) return at_line(declaration.error());
    if (!*declaration) continue;
    Result<TuneParameter> parameter = ParseDeclaration(**declaration);
    if (!parameter) return at_line(parameter.error());
    for (const TuneParameter& earlier : space.parameters)
      if (earlier.name == parameter->name)
        return at_line({.message = parameter->name + " is declared twice"});
    space.parameters.push_back(*std::move(parameter));
    if (space.parameters.size() > kMaxParameters)
      return at_line(
          {.message = format("more than {} parameters", kMaxParameters)});
  }
  RETURN_IF_ERROR(CheckConstraints(space));
  return space;
}

}  // namespace kernelevolve
