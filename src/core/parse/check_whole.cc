#include <algorithm>

#include "base/format.h"
#include "core/parse/draft.h"
#include "core/shape_check.h"

namespace kernelevolve::parse {
namespace {

// The line of a path such as "inputs[0].shape[1]", or of the nearest part of
// it that the file has.
int LineAt(const TomlValue& root, std::string_view path) {
  const TomlValue* value = &root;
  int line = 1;
  while (value && !path.empty()) {
    if (value->line > 0) line = value->line;
    if (path[0] == '.') path.remove_prefix(1);
    if (path[0] == '[') {
      const size_t index = std::stoul(std::string(path.substr(1, 9)));
      path.remove_prefix(std::min(path.size(), path.find(']') + 1));
      value = index < value->items.size() ? &value->items[index] : nullptr;
      continue;
    }
    const std::string_view key = path.substr(0, path.find_first_of(".["));
    path.remove_prefix(key.size());
    value = value->Find(key);
  }
  return value && value->line > 0 ? value->line : line;
}

// Joins the parts of a draft; the order of the checks is that of the file.
class WholeCheck {
 public:
  WholeCheck(const TomlValue& root,
             const std::map<std::string, std::string>& files, Draft& draft,
             Diagnostics& mistakes)
      : root_(root),
        files_(files),
        task_(draft.task),
        draft_(draft),
        mistakes_(mistakes) {}

  void Run() {
    CheckTensors(task_.inputs, draft_.inputs_sound, "inputs", true);
    CheckTensors(task_.outputs, draft_.outputs_sound, "outputs", false);
    CheckShapesInDomain();
    CheckCost("cost.flops", task_.flops);
    CheckCost("cost.bytes", task_.bytes);
    CheckFile("reference.cpp", task_.reference_cpp);
    CheckFile("reference.torch", task_.reference_torch);
    for (size_t i = 0; i < task_.baselines.size(); ++i) {
      CheckFile(format("baselines[{}].cpp", i), task_.baselines[i].cpp);
      CheckFile(format("baselines[{}].torch", i), task_.baselines[i].torch);
    }
  }

 private:
  void Add(const std::string& key, std::string found, std::string expected) {
    mistakes_.Add(LineAt(root_, key), key, std::move(found),
                  std::move(expected));
  }

  void CheckTensors(const std::vector<TensorSpec>& tensors,
                    const std::vector<bool>& sound, std::string_view list,
                    bool is_input) {
    for (size_t i = 0; i < tensors.size(); ++i) {
      if (!sound[i]) continue;
      const std::string path = format("{}[{}]", list, i);
      if (CheckAtShapes(tensors[i], path, is_input) && draft_.domain_sound)
        CheckOnDomain(tensors[i], path);
    }
  }

  // One shape's complaint is enough: the others would repeat it.
  bool CheckAtShapes(const TensorSpec& tensor, const std::string& path,
                     bool is_input) {
    for (size_t s = 0; s < task_.shapes.size(); ++s) {
      if (!draft_.shapes_sound[s]) continue;
      const auto problems =
          TensorProblems(tensor, is_input, path, task_.shapes[s]);
      for (const ShapeProblem& problem : problems)
        Add(problem.key, problem.found, problem.expected);
      if (!problems.empty()) return false;
    }
    return true;
  }

  // Held-out shapes are drawn from the domain: each extent must evaluate all
  // over it, and be at least 1 (or 0 where the domain has 0) at its corners.
  void CheckOnDomain(const TensorSpec& tensor, const std::string& path) {
    for (size_t i = 0; i < tensor.shape.size(); ++i) {
      const Expression& entry = tensor.shape[i];
      const std::string key = format("{}.shape[{}]", path, i);
      const auto bounds = entry.Bounds(Box());
      if (!bounds) {
        Add(key,
            format("\"{}\": {} on the domain", entry.text(),
                   bounds.error().message),
            "an expression that evaluates on all of it");
        continue;
      }
      const double least = LeastAtCorners(entry);
      const int allowed = DomainHasZero() ? 0 : 1;
      if (least < allowed)
        Add(key,
            format("\"{}\" = {} at a corner of the domain", entry.text(),
                   least),
            format("at least {} all over it", allowed));
    }
  }

  bool DomainHasZero() const {
    return std::any_of(task_.domain.begin(), task_.domain.end(),
                       [](const auto& entry) { return entry.second.low == 0; });
  }

  // The domain, stretched to hold the shapes meant for other devices.
  Expression::Ranges Box() const {
    Expression::Ranges box;
    for (const auto& [dim, range] : task_.domain)
      box[dim] = {static_cast<double>(range.low),
                  static_cast<double>(range.high)};
    for (size_t s = 0; s < task_.shapes.size(); ++s) {
      if (!draft_.shapes_sound[s]) continue;
      for (const auto& [dim, extent] : task_.shapes[s].dims) {
        auto& [low, high] = box[dim];
        low = std::min(low, static_cast<double>(extent));
        high = std::max(high, static_cast<double>(extent));
      }
    }
    return box;
  }

  double LeastAtCorners(const Expression& entry) const {
    const std::vector<std::string> names(entry.names().begin(),
                                         entry.names().end());
    constexpr size_t kMaxNames = 10;  // 1,024 corners
    const size_t free = std::min(names.size(), kMaxNames);
    double least = 1;
    for (size_t corner = 0; corner < size_t{1} << free; ++corner) {
      Expression::Bindings bindings;
      for (size_t n = 0; n < names.size(); ++n) {
        const DimRange& range = task_.domain.at(names[n]);
        bindings[names[n]] = static_cast<double>(
            (n < free && (corner >> n & 1)) ? range.high : range.low);
      }
      if (const auto value = entry.Evaluate(bindings))
        least = std::min(least, *value);
    }
    return least;
  }

  void CheckShapesInDomain() {
    if (!draft_.domain_sound) return;
    for (size_t s = 0; s < task_.shapes.size(); ++s) {
      const ShapeCase& shape = task_.shapes[s];
      const bool for_cpu = shape.devices.empty() ||
                           std::find(shape.devices.begin(), shape.devices.end(),
                                     "cpu") != shape.devices.end();
      if (!draft_.shapes_sound[s] || !for_cpu) continue;
      for (const auto& [dim, extent] : shape.dims) {
        const DimRange& range = task_.domain.at(dim);
        if (extent < range.low || extent > range.high)
          Add(format("shapes[{}].{}", s, dim), format("{}", extent),
              format("a value within the domain, {} to {}", range.low,
                     range.high));
      }
    }
  }

  void CheckCost(const std::string& key,
                 const std::optional<Expression>& cost) {
    if (!cost || !draft_.dims_sound) return;
    for (size_t s = 0; s < task_.shapes.size(); ++s) {
      if (!draft_.shapes_sound[s]) continue;
      const ShapeCase& shape = task_.shapes[s];
      const Result<double> value = cost->Evaluate(BindDims(shape));
      if (value && *value >= 0) continue;
      Add(key,
          format("{} at shape \"{}\"",
                 value ? format("{}", *value) : value.error().message,
                 shape.name),
          "a number of 0 or more");
      return;
    }
  }

  void CheckFile(const std::string& key, const std::string& path) {
    if (path.empty() || files_.contains(path)) return;
    Add(key, format("\"{}\", which does not exist", path),
        "a file in the task's folder");
  }

  const TomlValue& root_;
  const std::map<std::string, std::string>& files_;
  const Task& task_;
  const Draft& draft_;
  Diagnostics& mistakes_;
};

}  // namespace

void CheckWhole(const TomlValue& root,
                const std::map<std::string, std::string>& files, Draft& draft,
                Diagnostics& mistakes) {
  WholeCheck(root, files, draft, mistakes).Run();
}

}  // namespace kernelevolve::parse
