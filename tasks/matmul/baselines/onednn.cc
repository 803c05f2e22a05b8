// c = a b by oneDNN's matmul on plain row-major matrices.
#include <kernelevolve/abi.h>
#include <omp.h>

#include <oneapi/dnnl/dnnl.hpp>

namespace {

using dnnl::memory;

memory::desc Matrix(const ke_tensor& tensor) {
  return {{tensor.shape[0], tensor.shape[1]},
          memory::data_type::f32,
          memory::format_tag::ab};
}

struct State {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  memory a, b, c;
  dnnl::matmul matmul;

  explicit State(const ke_call& call)
      : a(Matrix(call.inputs[0]), engine, nullptr),
        b(Matrix(call.inputs[1]), engine, nullptr),
        c(Matrix(call.outputs[0]), engine, nullptr),
        matmul(dnnl::matmul::primitive_desc(
            {a.get_desc(), b.get_desc(), c.get_desc()}, engine)) {}
};

}  // namespace

extern "C" int ke_setup(const ke_call* call, void** state) {
  omp_set_num_threads(1);
  *state = new State(*call);
  return 0;
}

extern "C" void ke_teardown(void* state) { delete static_cast<State*>(state); }

extern "C" int ke_run(const ke_call* call) {
  State& s = *static_cast<State*>(call->state);
  s.a.set_data_handle(call->inputs[0].data);
  s.b.set_data_handle(call->inputs[1].data);
  s.c.set_data_handle(call->outputs[0].data);
  s.matmul.execute(
      s.stream,
      {{DNNL_ARG_SRC, s.a}, {DNNL_ARG_WEIGHTS, s.b}, {DNNL_ARG_DST, s.c}});
  s.stream.wait();
  return 0;
}
