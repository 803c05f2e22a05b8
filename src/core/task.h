// Task: what to make fast. A plain value, read from task.toml by
// core/task_parser.h and checked there; whoever holds one may rely on every
// promise stated here. docs/task-format.md is the format's description.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/dtype.h"
#include "core/expression.h"

namespace kernelevolve {

// How the judge draws the declared values of an input.
struct ValueSpec {
  enum class Kind {
    kUniform,        // uniform(a, b)
    kNormal,         // normal(mean, std)
    kRandint,        // randint(a, b), both ends included
    kSorted,         // sorted(a, b): non-decreasing draws
    kIncreasing,     // increasing(a, b): strictly
    kPermutation,    // permutation of 0 … n - 1
    kChoice,         // choice(a, b, …)
    kJaggedOffsets,  // jagged_offsets(total): n + 1 integers from 0 to total
    kZeros,
    kOnes,
    kConstant,       // constant(c)
  };
  Kind kind = Kind::kNormal;
  std::vector<Expression> arguments;  // over dims
  std::string text;                   // as written
};

enum class NonFinite { kPropagate, kUnspecified };

struct TensorSpec {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<Expression> shape;  // over dims
  ValueSpec values;               // inputs only
  bool constant = false;          // inputs only: a weight
  NonFinite nonfinite = NonFinite::kPropagate;  // outputs only
};

struct ShapeCase {
  std::string name;
  std::map<std::string, int64_t> dims;  // binds every dim of the task
  double weight = 1;                    // share in the geometric mean
  std::vector<std::string> devices;     // "cpu", "gpu", a chip; empty = all
  std::map<std::string, double> attributes;  // overrides of the defaults
};

struct DimRange {
  int64_t low = 1, high = 1;  // both included
};

struct AttributeSpec {
  std::string name;
  double default_value = 0;
  std::optional<DimRange> range;  // of a whole number: any of these may be given
};

struct BaselineSpec {
  std::string name;
  std::string cpp;    // path within the task, or
  std::string torch;  // path within the task
  std::vector<std::string> link;  // libraries; absent ones leave it out
};

struct Objective {
  bool cold_cache = true;
  int cores = 1;
  bool deterministic = false;
  std::string precision;  // "" = the dtype's own; "tf32", …
};

struct ToleranceOverride {
  std::string output;  // "" = all
  double rtol = 0, atol = 0;
  std::string reason;
};

struct Task {
  std::string name;
  std::string summary;
  std::string operator_family;  // key `operator`
  std::vector<std::string> dims;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  std::vector<AttributeSpec> attributes;
  std::vector<ShapeCase> shapes;  // without those that `only_shapes` leaves out
  // Names of the shapes that alone are judged, as in the file; empty = all.
  std::vector<std::string> only_shapes;
  int shapes_left_out = 0;
  std::map<std::string, DimRange> domain;  // one entry per dim
  std::optional<Expression> flops, bytes;  // [cost]
  std::string reference_cpp;    // path within the task; at least one of
  std::string reference_torch;  // the two is set
  std::vector<BaselineSpec> baselines;
  Objective objective;
  std::vector<ToleranceOverride> tolerances;

  // Every file the task needs, by path within its folder, task.toml included.
  // A task is complete without its folder, so it can travel in a message.
  std::map<std::string, std::string> files;

  // SHA-256 over `files`: changes whenever anything that is judged changes.
  std::string Digest() const;
  // The shapes meant for a kind of device ("cpu", "gpu", a chip's name).
  std::vector<ShapeCase> ShapesFor(const std::string& device_kind) const;
  const ShapeCase* FindShape(const std::string& shape_name) const;
  // Attribute values of a shape, in the order of `attributes`.
  std::vector<double> AttributeValues(const ShapeCase& shape) const;
};

Expression::Bindings BindDims(const ShapeCase& shape);
// Extents of a tensor at a shape; the parser proved that they evaluate.
std::vector<int64_t> Extents(const TensorSpec& tensor, const ShapeCase& shape);
int64_t ElementCount(const TensorSpec& tensor, const ShapeCase& shape);

}  // namespace kernelevolve
