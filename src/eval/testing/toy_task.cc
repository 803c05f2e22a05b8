#include "eval/testing/toy_task.h"

#include "base/check.h"
#include "core/task_parser.h"

namespace kernelevolve {

Task ToyTask() {
  ParsedTask parsed =
      ParseTask({{"task.toml", R"~(
name     = "twice"
summary  = "y = 2 x"
operator = "map"
dims     = ["n"]

[[inputs]]
name = "x"
dtype = "f32"
shape = ["n"]
values = "normal(0, 1)"

[[outputs]]
name = "y"
dtype = "f32"
shape = ["n"]

[[shapes]]
name = "only"
n = 1000

[domain]
n = [1, 2000]

[cost]
flops = "n"
bytes = "8 * n"

[reference]
cpp = "reference.cc"
)~"},
                 {"reference.cc", R"~(#include <kernelevolve/reference.h>
template <typename real>
void twice(const ke_call& call) {
  const real* x = ke::input<real>(call, 0);
  real* y = ke::output<real>(call, 0);
  for (int64_t i = 0; i < ke::size(call.inputs[0]); ++i) y[i] = 2 * x[i];
}
KE_REFERENCE(twice)
)~"}});
  for (const Diagnostic& diagnostic : parsed.diagnostics)
    CheckFailed(diagnostic.ToString().c_str(), __FILE__, __LINE__);
  return parsed.task;
}

Target ToyTarget() {
  Target target;
  target.language = "cpp";
  target.device = "native";
  target.device_kind = "cpu";
  target.compile.argv = {"g++", "-shared", "-o", "{output}", "{source}"};
  target.compile.extension = ".cc";
  return target;
}

}  // namespace kernelevolve
