// A candidate in Triton and the request to record it, for tests.
#pragma once

#include "base/json.h"

namespace kernelevolve::worker::testing {

// To be followed by the body of run.
inline constexpr const char* kMoveKernel = R"py(
import os, torch, triton, triton.language as tl
@triton.jit
def move(x, y, n, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(y + at, tl.load(x + at, mask=at < n), mask=at < n)

def run(x, *, outputs, workspace):
)py";
inline constexpr const char* kMoveLaunch =
    "    move[(8,)](x, outputs[0], x.numel(), BLOCK=128)\n";

// One input and one output of 1000 floats, on an H100; no source.
inline Json MoveRequest() {
  const auto tensor = [](const char* name, const char* role) {
    return Json{{"name", name}, {"role", role}, {"dtype", "f32"},
                {"shape", {1000}}, {"constant", false}};
  };
  return {{"parameters", Json::object()},
          {"arch", 90},
          {"device",
           {{"multiprocessors", 132}, {"shared_per_block_optin", 232448},
            {"shared_per_multiprocessor", 233472},
            {"registers_per_multiprocessor", 65536},
            {"max_threads_per_multiprocessor", 2048}, {"warp", 32},
            {"l2_bytes", 52428800}, {"global_bytes", 85000000000},
            {"name", "H100"}}},
          {"shapes",
           {{{"tensors", {tensor("x", "input"), tensor("y", "output")}},
             {"attributes", Json::array()}}}}};
}

}  // namespace kernelevolve::worker::testing
