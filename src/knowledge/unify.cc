#include "knowledge/unify.h"

#include <algorithm>
#include <map>
#include <optional>

namespace kernelevolve {
namespace {

// Partial assignments looked at: far above what real signatures need, and a
// bound for a task with a dozen tensors of one shape.
constexpr int kMaxVisits = 20'000;

struct Dims {
  DType dtype;
  std::vector<DimValue> shape;
};

// A pattern entry that reads symbols without a value yet.
struct Pending {
  const Expression* pattern;
  DimValue value;
};

struct Binding {
  std::map<std::string, DimValue> symbols;
  std::optional<std::vector<DimValue>> leading;
  std::optional<DType> real;  // what "float" stands for
  std::vector<Pending> pending;
};

Expression::Bindings PointOf(const Binding& binding, size_t point) {
  Expression::Bindings bindings;
  for (const auto& [name, value] : binding.symbols)
    bindings[name] = static_cast<double>(value[point]);
  return bindings;
}

std::vector<std::string> Unbound(const Expression& pattern,
                                 const Binding& binding) {
  std::vector<std::string> unbound;
  for (const std::string& name : pattern.names())
    if (!binding.symbols.contains(name)) unbound.push_back(name);
  return unbound;
}

bool HoldsEverywhere(const Expression& pattern, const DimValue& value,
                     const Binding& binding) {
  for (size_t point = 0; point < value.size(); ++point) {
    const auto at = pattern.EvaluateInteger(PointOf(binding, point));
    if (!at || *at != value[point]) return false;
  }
  return true;
}

// Solves pattern(symbol) = value for a pattern that is affine in its one
// unbound symbol ("B + 1", "2 * R"); the caller checks that it was.
std::optional<DimValue> SolveAffine(const Expression& pattern,
                                    const std::string& symbol,
                                    const DimValue& value,
                                    const Binding& binding) {
  DimValue solved;
  for (size_t point = 0; point < value.size(); ++point) {
    Expression::Bindings bindings = PointOf(binding, point);
    bindings[symbol] = 0;
    const auto at_0 = pattern.EvaluateInteger(bindings);
    bindings[symbol] = 1;
    const auto at_1 = pattern.EvaluateInteger(bindings);
    if (!at_0 || !at_1 || *at_1 == *at_0) return std::nullopt;
    const int64_t slope = *at_1 - *at_0;
    if ((value[point] - *at_0) % slope != 0) return std::nullopt;
    solved.push_back((value[point] - *at_0) / slope);
  }
  return solved;
}

// A bare symbol binds at once; anything else waits until all shapes are seen.
bool UnifyEntry(const Expression& pattern, const DimValue& value,
                Binding& binding) {
  if (pattern.names().size() == 1 &&
      *pattern.names().begin() == pattern.text()) {
    const auto [it, fresh] = binding.symbols.try_emplace(pattern.text(), value);
    return fresh || it->second == value;
  }
  if (Unbound(pattern, binding).empty())
    return HoldsEverywhere(pattern, value, binding);
  binding.pending.push_back({&pattern, value});
  return true;
}

bool UnifyDType(const std::optional<DType>& pattern, DType dtype,
                Binding& binding) {
  if (pattern) return *pattern == dtype;
  if (dtype != DType::kF32 && dtype != DType::kF16 && dtype != DType::kBF16)
    return false;
  if (!binding.real) binding.real = dtype;
  return *binding.real == dtype;
}

bool UnifyTensor(const RecipeTensor& pattern, const Dims& tensor,
                 Binding& binding) {
  if (!UnifyDType(pattern.dtype, tensor.dtype, binding)) return false;
  if (tensor.shape.size() < pattern.shape.size()) return false;
  const size_t extra = tensor.shape.size() - pattern.shape.size();
  if (!pattern.leading && extra > 0) return false;
  if (pattern.leading) {
    std::vector<DimValue> leading(
        tensor.shape.begin(),
        tensor.shape.begin() + static_cast<ptrdiff_t>(extra));
    if (binding.leading && *binding.leading != leading) return false;
    binding.leading = std::move(leading);
  }
  for (size_t i = 0; i < pattern.shape.size(); ++i)
    if (!UnifyEntry(pattern.shape[i], tensor.shape[extra + i], binding))
      return false;
  return true;
}

bool ResolvePending(Binding binding) {
  for (size_t rounds = binding.pending.size(); rounds > 0; --rounds) {
    for (const Pending& entry : binding.pending) {
      const auto unbound = Unbound(*entry.pattern, binding);
      if (unbound.size() != 1) continue;
      auto solved =
          SolveAffine(*entry.pattern, unbound[0], entry.value, binding);
      if (!solved) return false;
      binding.symbols[unbound[0]] = std::move(*solved);
    }
  }
  for (const Pending& entry : binding.pending)
    if (!Unbound(*entry.pattern, binding).empty() ||
        !HoldsEverywhere(*entry.pattern, entry.value, binding))
      return false;
  return true;
}

bool HasTag(const TensorSpec& input, RecipeTag tag) {
  using Kind = ValueSpec::Kind;
  const Kind kind = input.values.kind;
  switch (tag) {
    case RecipeTag::kConstant:
      return input.constant;
    case RecipeTag::kSorted:
      return kind == Kind::kSorted || kind == Kind::kIncreasing ||
             kind == Kind::kJaggedOffsets;
    case RecipeTag::kIncreasing:
      return kind == Kind::kIncreasing;
    case RecipeTag::kOffsets:
      return kind == Kind::kJaggedOffsets;
    case RecipeTag::kPermutation:
      return kind == Kind::kPermutation;
  }
  return false;
}

bool HasTags(const TensorSpec& input, const RecipeTensor& pattern) {
  return std::all_of(pattern.tags.begin(), pattern.tags.end(),
                     [&](RecipeTag tag) { return HasTag(input, tag); });
}

// Depth-first over the recipe's tensors, inputs then outputs, each tried with
// the task's tensors in declared order: so the declared order comes first.
class Unifier {
 public:
  Unifier(const Recipe& recipe, const Task& task, const DimSamples& samples)
      : recipe_(recipe), task_(task) {
    for (const TensorSpec& tensor : task.inputs)
      inputs_.push_back(Measure(tensor, samples));
    for (const TensorSpec& tensor : task.outputs)
      outputs_.push_back(Measure(tensor, samples));
  }

  std::vector<RecipeMatch> Run() {
    Visit(Binding{});
    return std::move(matches_);
  }

 private:
  static Dims Measure(const TensorSpec& tensor, const DimSamples& samples) {
    Dims dims{tensor.dtype, {}};
    for (const Expression& entry : tensor.shape)
      dims.shape.push_back(samples.Evaluate(entry));
    return dims;
  }

  void Visit(const Binding& binding) {
    if (static_cast<int>(matches_.size()) >= kMaxMatches ||
        ++visits_ > kMaxVisits)
      return;
    const bool input = match_.inputs.size() < recipe_.inputs.size();
    if (!input && match_.outputs.size() == recipe_.outputs.size()) {
      if (ResolvePending(binding)) matches_.push_back(match_);
      return;
    }
    Try(input, binding);
  }

  void Try(bool input, const Binding& binding) {
    std::vector<int>& chosen = input ? match_.inputs : match_.outputs;
    const auto& tensors = input ? inputs_ : outputs_;
    const RecipeTensor& pattern =
        (input ? recipe_.inputs : recipe_.outputs)[chosen.size()];
    for (int i = 0; i < static_cast<int>(tensors.size()); ++i) {
      if (std::find(chosen.begin(), chosen.end(), i) != chosen.end()) continue;
      const auto index = static_cast<size_t>(i);
      if (input && !HasTags(task_.inputs[index], pattern)) continue;
      Binding next = binding;
      if (!UnifyTensor(pattern, tensors[index], next)) continue;
      chosen.push_back(i);
      Visit(next);
      chosen.pop_back();
    }
  }

  const Recipe& recipe_;
  const Task& task_;
  std::vector<Dims> inputs_, outputs_;
  RecipeMatch match_;
  std::vector<RecipeMatch> matches_;
  int visits_ = 0;
};

// By name where the task has that name, the rest in declared order.
std::vector<int> MatchAttributes(const Recipe& recipe, const Task& task) {
  std::vector<int> matched(recipe.attributes.size(), -1);
  std::vector<bool> used(task.attributes.size(), false);
  for (size_t i = 0; i < matched.size(); ++i)
    for (size_t j = 0; j < used.size(); ++j)
      if (task.attributes[j].name == recipe.attributes[i] && !used[j]) {
        matched[i] = static_cast<int>(j);
        used[j] = true;
      }
  for (int& index : matched) {
    if (index >= 0) continue;
    const auto free = std::find(used.begin(), used.end(), false);
    index = static_cast<int>(free - used.begin());
    *free = true;
  }
  return matched;
}

bool FloatsAreF32(const std::vector<TensorSpec>& tensors) {
  return std::all_of(tensors.begin(), tensors.end(), [](const TensorSpec& t) {
    return !IsFloating(t.dtype) || t.dtype == DType::kF32;
  });
}

}  // namespace

std::vector<RecipeMatch> Unify(const Recipe& recipe, const Task& task,
                               const DimSamples& samples) {
  if (recipe.any_signature) {
    if (task.reference_cpp.empty() || !FloatsAreF32(task.inputs) ||
        !FloatsAreF32(task.outputs))
      return {};
    return {RecipeMatch{}};
  }
  if (recipe.inputs.size() != task.inputs.size() ||
      recipe.outputs.size() != task.outputs.size() ||
      recipe.attributes.size() != task.attributes.size())
    return {};
  std::vector<RecipeMatch> matches = Unifier(recipe, task, samples).Run();
  for (RecipeMatch& match : matches)
    match.attributes = MatchAttributes(recipe, task);
  return matches;
}

}  // namespace kernelevolve
