// oneDNN's convolution on the tensors as they are (layout ncw), with weights in
// the layout that it asks for, reordered once.
#include <kernelevolve/abi.h>
#include <omp.h>

#include <oneapi/dnnl/dnnl.hpp>

namespace {

using dnnl::memory;
constexpr auto kFloat = memory::data_type::f32;

memory::desc Tensor(const ke_tensor& tensor, memory::format_tag layout) {
  return {{tensor.shape, tensor.shape + tensor.rank}, kFloat, layout};
}

dnnl::convolution_forward::primitive_desc Describe(const ke_call& call,
                                                   const dnnl::engine& engine) {
  const auto ncw = memory::format_tag::ncw;
  return {{dnnl::prop_kind::forward_inference,
           dnnl::algorithm::convolution_direct,
           Tensor(call.inputs[0], ncw),
           Tensor(call.inputs[1], memory::format_tag::any),
           Tensor(call.inputs[2], memory::format_tag::x),
           Tensor(call.outputs[0], ncw),
           {1},
           {1},
           {1}},
          engine};
}

struct State {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  dnnl::convolution_forward::primitive_desc description;
  memory x, weight, bias, y;
  dnnl::convolution_forward convolution;

  explicit State(const ke_call& call)
      : description(Describe(call, engine)),
        x(description.src_desc(), engine, nullptr),
        weight(description.weights_desc(), engine),
        bias(description.bias_desc(), engine, call.inputs[2].data),
        y(description.dst_desc(), engine, nullptr),
        convolution(description) {
    memory plain(Tensor(call.inputs[1], memory::format_tag::oiw), engine,
                 call.inputs[1].data);
    dnnl::reorder(plain, weight).execute(stream, plain, weight);
    stream.wait();
  }
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
  s.x.set_data_handle(call->inputs[0].data);
  s.y.set_data_handle(call->outputs[0].data);
  s.convolution.execute(s.stream, {{DNNL_ARG_SRC, s.x},
                                   {DNNL_ARG_WEIGHTS, s.weight},
                                   {DNNL_ARG_BIAS, s.bias},
                                   {DNNL_ARG_DST, s.y}});
  s.stream.wait();
  return 0;
}
