// oneDNN's convolution in the layouts that it likes best: x is reordered into
// them and y back out of them at every call, the weights once.
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
  const auto any = memory::format_tag::any;
  return {{dnnl::prop_kind::forward_inference,
           dnnl::algorithm::convolution_direct,
           Tensor(call.inputs[0], any),
           Tensor(call.inputs[1], any),
           Tensor(call.inputs[2], memory::format_tag::x),
           Tensor(call.outputs[0], any),
           {1},
           {1},
           {1}},
          engine};
}

struct State {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  dnnl::convolution_forward::primitive_desc description;
  memory x, y;  // the caller's
  memory blocked_x, weight, bias, blocked_y;
  dnnl::reorder pack, unpack;
  dnnl::convolution_forward convolution;

  explicit State(const ke_call& call)
      : description(Describe(call, engine)),
        x(Tensor(call.inputs[0], memory::format_tag::ncw), engine, nullptr),
        y(Tensor(call.outputs[0], memory::format_tag::ncw), engine, nullptr),
        blocked_x(description.src_desc(), engine),
        weight(description.weights_desc(), engine),
        bias(description.bias_desc(), engine, call.inputs[2].data),
        blocked_y(description.dst_desc(), engine),
        pack(x, blocked_x),
        unpack(blocked_y, y),
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
  s.pack.execute(s.stream, s.x, s.blocked_x);
  s.convolution.execute(s.stream, {{DNNL_ARG_SRC, s.blocked_x},
                                   {DNNL_ARG_WEIGHTS, s.weight},
                                   {DNNL_ARG_BIAS, s.bias},
                                   {DNNL_ARG_DST, s.blocked_y}});
  s.unpack.execute(s.stream, s.blocked_y, s.y);
  s.stream.wait();
  return 0;
}
