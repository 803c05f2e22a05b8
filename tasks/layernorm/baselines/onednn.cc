// oneDNN's layer normalization with scale and shift.
#include <kernelevolve/abi.h>
#include <omp.h>

#include <oneapi/dnnl/dnnl.hpp>

namespace {

using dnnl::memory;
using dnnl::normalization_flags;

struct State {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  memory x, weight, bias, y;
  dnnl::layer_normalization_forward norm;

  State(const memory::desc& matrix, const memory::desc& row, float eps)
      : x(matrix, engine, nullptr),
        weight(row, engine, nullptr),
        bias(row, engine, nullptr),
        y(matrix, engine, nullptr),
        norm(dnnl::layer_normalization_forward::primitive_desc(
            {dnnl::prop_kind::forward_inference, matrix, eps,
             normalization_flags::use_scale | normalization_flags::use_shift},
            engine)) {}
};

}  // namespace

extern "C" int ke_setup(const ke_call* call, void** state) {
  omp_set_num_threads(1);
  const int64_t* extent = call->inputs[0].shape;
  const auto type = memory::data_type::f32;
  *state = new State({{extent[0], extent[1]}, type, memory::format_tag::ab},
                     {{extent[1]}, type, memory::format_tag::a},
                     static_cast<float>(call->attributes[0]));
  return 0;
}

extern "C" void ke_teardown(void* state) { delete static_cast<State*>(state); }

extern "C" int ke_run(const ke_call* call) {
  State& s = *static_cast<State*>(call->state);
  s.x.set_data_handle(call->inputs[0].data);
  s.weight.set_data_handle(call->inputs[1].data);
  s.bias.set_data_handle(call->inputs[2].data);
  s.y.set_data_handle(call->outputs[0].data);
  s.norm.execute(s.stream, {{DNNL_ARG_SRC, s.x},
                            {DNNL_ARG_SCALE, s.weight},
                            {DNNL_ARG_SHIFT, s.bias},
                            {DNNL_ARG_DST, s.y}});
  s.stream.wait();
  return 0;
}
