// oneDNN's batched matmul, the first with bias and exact GELU fused behind it;
// the two norms are plain loops.
#include <kernelevolve/abi.h>
#include <omp.h>

#include <cmath>
#include <cstdint>
#include <oneapi/dnnl/dnnl.hpp>

namespace {

using dnnl::memory;

memory::desc Batch(int64_t b, int64_t rows, int64_t columns) {
  return {{b, rows, columns}, memory::data_type::f32, memory::format_tag::abc};
}

// The bias differs by sample, which matmul's own bias does not allow.
dnnl::primitive_attr BiasGelu(const memory::desc& bias) {
  dnnl::post_ops steps;
  steps.append_binary(dnnl::algorithm::binary_add, bias);
  steps.append_eltwise(1, dnnl::algorithm::eltwise_gelu_erf, 0, 0);
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(steps);
  return attributes;
}

struct State {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  memory x, w1, b1, w2, hidden, y;
  dnnl::matmul first, second;

  State(int64_t b, int64_t n, int64_t d, int64_t k)
      : x(Batch(b, n, d), engine, nullptr),
        w1(Batch(b, d, k), engine, nullptr),
        b1(Batch(b, 1, k), engine, nullptr),
        w2(Batch(b, k, d), engine, nullptr),
        hidden(Batch(b, n, k), engine),
        y(Batch(b, n, d), engine, nullptr),
        first(dnnl::matmul::primitive_desc(
            {x.get_desc(), w1.get_desc(), hidden.get_desc()},
            BiasGelu(b1.get_desc()), engine)),
        second(dnnl::matmul::primitive_desc(
            {hidden.get_desc(), w2.get_desc(), y.get_desc()}, engine)) {}
};

// Scales every row to a root mean square of one.
void Normalize(float* data, int64_t rows, int64_t count, float eps) {
  for (float* row = data; row < data + rows * count; row += count) {
    float squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int64_t i = 0; i < count; ++i) squares += row[i] * row[i];
    const float scale = 1 / std::sqrt(squares / count + eps);
#pragma omp simd
    for (int64_t i = 0; i < count; ++i) row[i] *= scale;
  }
}

}  // namespace

extern "C" int ke_setup(const ke_call* call, void** state) {
  omp_set_num_threads(1);
  const int64_t* x = call->inputs[0].shape;
  *state = new State(x[0], x[1], x[2], call->inputs[1].shape[2]);
  return 0;
}

extern "C" void ke_teardown(void* state) { delete static_cast<State*>(state); }

extern "C" int ke_run(const ke_call* call) {
  State& s = *static_cast<State*>(call->state);
  const int64_t rows = call->inputs[0].shape[0] * call->inputs[0].shape[1];
  const float eps = static_cast<float>(call->attributes[0]);
  s.x.set_data_handle(call->inputs[0].data);
  s.w1.set_data_handle(call->inputs[1].data);
  s.b1.set_data_handle(call->inputs[2].data);
  s.w2.set_data_handle(call->inputs[3].data);
  s.y.set_data_handle(call->outputs[0].data);
  s.first.execute(s.stream,
                  {{DNNL_ARG_SRC, s.x},
                   {DNNL_ARG_WEIGHTS, s.w1},
                   {DNNL_ARG_DST, s.hidden},
                   {DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, s.b1}});
  s.stream.wait();
  Normalize(static_cast<float*>(s.hidden.get_data_handle()), rows,
            call->inputs[1].shape[2], eps);
  s.second.execute(s.stream, {{DNNL_ARG_SRC, s.hidden},
                              {DNNL_ARG_WEIGHTS, s.w2},
                              {DNNL_ARG_DST, s.y}});
  s.stream.wait();
  Normalize(static_cast<float*>(call->outputs[0].data), rows,
            call->inputs[0].shape[2], eps);
  return 0;
}
