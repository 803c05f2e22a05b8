// oneDNN's matmul, softmax, matmul, head by head, so that the scores of a head
// stay in the cache.
#include <kernelevolve/abi.h>
#include <omp.h>

#include <cmath>
#include <cstdint>
#include <oneapi/dnnl/dnnl.hpp>

namespace {

using dnnl::memory;
using Tag = memory::format_tag;

memory::desc Matrix(int64_t rows, int64_t columns, Tag layout = Tag::ab) {
  return {{rows, columns}, memory::data_type::f32, layout};
}

dnnl::primitive_attr ScaledBy(float factor) {
  dnnl::primitive_attr attributes;
  attributes.set_output_scales(0, {factor});
  return attributes;
}

struct State {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  memory q, k, v, scores, out;
  dnnl::matmul first, second;
  dnnl::softmax_forward softmax;

  State(int64_t s, int64_t d)
      : q(Matrix(s, d), engine, nullptr),
        k(Matrix(d, s, Tag::ba), engine, nullptr),
        v(Matrix(s, d), engine, nullptr),
        scores(Matrix(s, s), engine),
        out(Matrix(s, d), engine, nullptr),
        first(dnnl::matmul::primitive_desc(
            {q.get_desc(), k.get_desc(), scores.get_desc()},
            ScaledBy(1 / std::sqrt(static_cast<float>(d))), engine)),
        second(dnnl::matmul::primitive_desc(
            {scores.get_desc(), v.get_desc(), out.get_desc()}, engine)),
        softmax(dnnl::softmax_forward::primitive_desc(
            {dnnl::prop_kind::forward_inference, scores.get_desc(), 1},
            engine)) {}
};

}  // namespace

extern "C" int ke_setup(const ke_call* call, void** state) {
  omp_set_num_threads(1);
  *state = new State(call->inputs[0].shape[2], call->inputs[0].shape[3]);
  return 0;
}

extern "C" void ke_teardown(void* state) { delete static_cast<State*>(state); }

extern "C" int ke_run(const ke_call* call) {
  State& s = *static_cast<State*>(call->state);
  const int64_t* extent = call->inputs[0].shape;
  const int64_t stride = extent[2] * extent[3];
  for (int64_t head = 0; head < extent[0] * extent[1]; ++head) {
    const auto at = [head, stride](const ke_tensor& tensor) {
      return static_cast<float*>(tensor.data) + head * stride;
    };
    s.q.set_data_handle(at(call->inputs[0]));
    s.k.set_data_handle(at(call->inputs[1]));
    s.v.set_data_handle(at(call->inputs[2]));
    s.out.set_data_handle(at(call->outputs[0]));
    s.first.execute(s.stream, {{DNNL_ARG_SRC, s.q},
                               {DNNL_ARG_WEIGHTS, s.k},
                               {DNNL_ARG_DST, s.scores}});
    s.softmax.execute(s.stream,
                      {{DNNL_ARG_SRC, s.scores}, {DNNL_ARG_DST, s.scores}});
    s.second.execute(s.stream, {{DNNL_ARG_SRC, s.scores},
                                {DNNL_ARG_WEIGHTS, s.v},
                                {DNNL_ARG_DST, s.out}});
  }
  s.stream.wait();
  return 0;
}
