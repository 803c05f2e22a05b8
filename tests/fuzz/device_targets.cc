// Targets of the worker: device code that candidates bring, and what a recorder
// answers in whose process a candidate's code has run.
#include "base/base64.h"
#include "base/check.h"
#include "core/launch_plan_json.h"
#include "fuzz_target.h"
#include "tiny_cubin.h"
#include "worker/cubin/kernel_facts.h"
#include "worker/gpu/judge/ptx_statements.h"
#include "worker/gpu/judge/shaken_ptx.h"
#include "worker/gpu/launcher/image.h"
#include "worker/record/record_reply.h"

namespace kernelevolve::fuzz {
namespace {

// Images ----------------------------------------------------------------------

bool RunImage(std::string_view input) {
  // The driver is given no more than what was found sound.
  CHECK(!worker::gpu::ImageArchs(input).empty());
  (void)worker::gpu::ImageFault(input);
  bool taken = false;
  for (const int arch : {0, 90}) {
    const auto facts = worker::ReadKernelFacts(input, arch);
    if (!facts) continue;
    taken = true;
    for (const worker::KernelFacts& kernel : *facts) {
      CHECK(kernel.registers >= 0 && kernel.registers <= 255);
      CHECK(kernel.max_threads >= 1 && kernel.max_threads <= 1024);
      uint64_t end = 0;
      for (const worker::KernelParameter& parameter : kernel.parameters) {
        CHECK(parameter.offset >= end && parameter.size > 0);
        end = uint64_t{parameter.offset} + parameter.size;
      }
    }
  }
  return taken;
}

std::vector<std::string> ImageSeeds() { return {TinyFatbin(), TinyCubin()}; }

// PTX -------------------------------------------------------------------------

using worker::gpu::Pauses;

bool RunPtx(std::string_view input) {
  size_t at = 0;
  for (const worker::gpu::PtxPlace& place : worker::gpu::PlacesOf(input)) {
    CHECK(place.at >= at && place.at <= input.size());
    at = place.at;
  }
  (void)worker::gpu::TalksBetweenBlocks(input);
  const auto shake = [&](Pauses pauses) {
    return worker::gpu::ShakePtx(input, {"0c", pauses, {"k"}});
  };
  const auto late = shake(Pauses::kLateBlocks), shaken = shake(Pauses::kEverywhere);
  CHECK(late.pauses == 0 && late.entries == shaken.entries);
  CHECK(shaken.text.size() >= input.size() && late.text.size() >= input.size());
  return shaken.entries > 0;
}

std::vector<std::string> PtxSeeds() {
  return {R"(.version 9.0
.target sm_90a
.global .align 4 .b8 table[4] = {1, 2, 3, 4};
.visible .entry k(.param .u64 k_0) // {
.maxntid 256, 1, 1
{
	.reg .pred %p<2>;
	.loc 1 20 3
	mov.b64 {%r1, %r2}, %rd1;
$L__BB0_4: /* } */
	@!%p1 atom.global.add.u32 %r2, [%rd1], 1;
	{ st.volatile.global.u32 [%rd1], %r1; }
	.pragma "nounroll";
	bar.sync 0;
	ret;
}
)"};
}

// Recordings ------------------------------------------------------------------

bool RunRecord(std::string_view input) {
  const auto json = ParseJson(input);
  if (!json) return false;
  worker::RecordedKernel recorded;
  const auto outcome = worker::ReadRecordReply(*json, &recorded);
  CHECK(outcome.has_value());
  if (*outcome) return false;
  const std::string plan = DumpJson(PlanToJson(recorded.plan));
  const auto again = PlanFromJson(*ParseJson(plan));
  CHECK(again && DumpJson(PlanToJson(*again)) == plan);
  const PlanLimits limits = {.input_bytes = {128},
                             .output_bytes = {128},
                             .most_workspace = 4096,
                             .most_allocated = 4096};
  for (const ShapePlan& shape : recorded.plan.shapes)
    (void)CheckPlan(shape, recorded.plan, limits);
  return true;
}

ShapePlan SeedShape() {
  ShapePlan shape;
  shape.workspace_bytes = 64;
  shape.allocations = {1024};
  shape.tensor_maps.push_back({.base = {{BufferRef::Kind::kInput, 0}, 16},
                               .dtype = 7,
                               .dims = {8, 4},
                               .strides = {32},
                               .box = {8, 4},
                               .element_strides = {1, 1}});
  LaunchOp launch;
  launch.kernel = "k";
  launch.grid = {4, 2, 1};
  launch.parameters.assign(12, 0);
  launch.offsets = {0, 8};
  launch.pointers = {{0, {{BufferRef::Kind::kOutput, 0}, 4}}};
  shape.run = {launch,
               MemsetOp{.to = {{BufferRef::Kind::kAllocation, 0}, 8},
                        .bytes = 16, .value = 7, .width = 4},
               CopyOp{.to = {{BufferRef::Kind::kWorkspace, 0}, 0},
                      .from = {{BufferRef::Kind::kInput, 0}, 0}, .bytes = 8},
               EventOp{.stream = 0, .event = 1, .wait = false},
               EventOp{.stream = 1, .event = 1, .wait = true}};
  shape.variables = {{.module = 0, .name = "v", .bytes = 64}};
  WriteOp write{.to = {{BufferRef::Kind::kVariable, 0}, 8}};
  write.bytes.assign(16, 1);
  write.pointers = {{8, {{BufferRef::Kind::kInput, 0}, 4}}};
  shape.run.push_back(std::move(write));
  shape.run.push_back(CopyOp{.to = {{BufferRef::Kind::kOutput, 0}, 0},
                             .from = {{BufferRef::Kind::kInput, 0}, 4}, .bytes = 4,
                             .rows = 8, .to_pitch = 4, .from_pitch = 8});
  shape.run.push_back(MemsetOp{.to = {{BufferRef::Kind::kAllocation, 0}, 0},
                               .bytes = 2, .width = 2, .rows = 3, .pitch = 4});
  return shape;
}

std::vector<std::string> RecordSeeds() {
  const LaunchPlan plan{.shapes = {SeedShape()}, .modules = {}};
  const Json reply = {{"ok", true},
                      {"plan", PlanToJson(plan)},
                      {"modules", {EncodeBase64(TinyCubin())}},
                      {"log", "a remark"}};
  const Json failure = {{"ok", false}, {"code", "DELEGATION"},
                        {"message", "calls x"}, {"no_plan", true}, {"log", ""}};
  return {DumpJson(reply), DumpJson(failure)};
}

}  // namespace

std::vector<Target> DeviceTargets() {
  return {{"image", RunImage, ImageSeeds, 6},
          {"ptx", RunPtx, PtxSeeds, 2},
          {"record", RunRecord, RecordSeeds, 3}};
}

}  // namespace kernelevolve::fuzz
