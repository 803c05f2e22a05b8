// A Profile with something in every field, for tests.
#pragma once

#include "core/profile.h"

namespace kernelevolve::testing {

inline HotLoop SampleLoop() {
  HotLoop loop;
  loop.function = "ke_run";
  loop.offset = 0x40;
  loop.lines = {12, 13, 15, 40};
  loop.depth = 2;
  loop.share = 0.75;
  loop.mix = {.instructions = 24,
              .vector128 = 1,
              .vector256 = 12,
              .vector512 = 2,
              .scalar_fp = 3,
              .fma = 4,
              .divides = 1,
              .loads = 6,
              .stores = 2,
              .streams = 1,
              .gathers = 5,
              .shuffles = 7,
              .calls = 1,
              .spills = 8};
  loop.callees = {"expf"};
  return loop;
}

inline Profile SampleProfile() {
  Profile profile;
  profile.full = true;
  profile.bound = BoundClass::kMemory;
  profile.roofs = {.bytes_per_s = 12e9, .flops_per_s = 90e9, .cold = false};
  profile.shapes = {{.name = "square",
                     .weight = 2,
                     .memory = 0.58,
                     .compute = 0.04,
                     .bound = BoundClass::kMemory,
                     .why = "58 % of the memory roof"},
                    {.name = "odd",
                     .weight = 1,
                     .memory = 0.28,
                     .compute = 0.01,
                     .bound = BoundClass::kLatency,
                     .why = "far from both roofs"}};
  profile.loops = {SampleLoop()};
  profile.library_share = 0.125;
  profile.remarks = {"kernel.cc:12: loop vectorized using 32 byte vectors"};
  profile.counters = {{"cycles", 2e6}, {"instructions", 3e6}};
  profile.lost = {"dTLB misses: not offered"};
  return profile;
}

}  // namespace kernelevolve::testing
