#include "worker/gpu/judge/shaken_ptx.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "worker/gpu/judge/ptx_statements.h"

namespace kernelevolve::worker::gpu {
namespace {

// Registers of a whole entry: a number that is the warp's own, and how often it may
// pause yet. $ becomes a tag.
constexpr const char* kRegisters = R"(
	.reg .b32 %$warp, %$left;
)";

// A quarter of the blocks are late here, by 2 to 2 + # nanoseconds, a power of two less
// one, or, as the device likes, twice that.
constexpr const char* kLate = R"(	{
	.reg .pred %$late;
	.reg .b32 %$a, %$b;
	mov.u32 %$warp, %ctaid.x;
	mov.u32 %$a, %ctaid.y;
	mad.lo.u32 %$warp, %$a, 40503, %$warp;
	mov.u32 %$a, %ctaid.z;
	mad.lo.u32 %$warp, %$a, 60493, %$warp;
	mov.u32 %$a, %globaltimer_lo;
	shr.u32 %$a, %$a, 14;
	add.u32 %$a, %$a, %$warp;
	mul.lo.u32 %$a, %$a, 2654435761;
	shr.u32 %$b, %$a, 15;
	xor.b32 %$a, %$a, %$b;
	mul.lo.u32 %$a, %$a, 2246822519;
	shr.u32 %$b, %$a, 30;
	setp.eq.u32 %$late, %$b, 0;
	shr.u32 %$a, %$a, 8;
	and.b32 %$a, %$a, #;
	add.u32 %$a, %$a, 2000;
	@%$late nanosleep.u32 %$a;
	}
)";
constexpr const char* kLateBy = "32767";
constexpr const char* kLateByMuch = "262143";

// Once the block's number is in the first register.
constexpr const char* kNumberWarps = R"(	{
	.reg .b32 %$a, %$b;
	mov.u32 %$a, %tid.z;
	mov.u32 %$b, %ntid.y;
	mul.lo.u32 %$a, %$a, %$b;
	mov.u32 %$b, %tid.y;
	add.u32 %$a, %$a, %$b;
	mov.u32 %$b, %ntid.x;
	mul.lo.u32 %$a, %$a, %$b;
	mov.u32 %$b, %tid.x;
	add.u32 %$a, %$a, %$b;
	shr.u32 %$a, %$a, 5;
	mad.lo.u32 %$warp, %$a, 97, %$warp;
	mov.u32 %$left, 6;
	}
)";

// One warp in eight pauses here, by 1 to 17 microseconds or twice that. # becomes the
// place's number.
constexpr const char* kPause = R"(	{
	.reg .pred %$now;
	.reg .b32 %$a, %$b;
	mov.u32 %$a, %clock;
	xor.b32 %$a, %$a, %$warp;
	mad.lo.u32 %$a, %$a, 2654435761, #;
	shr.u32 %$b, %$a, 15;
	xor.b32 %$a, %$a, %$b;
	mul.lo.u32 %$a, %$a, 2246822519;
	shr.u32 %$b, %$a, 29;
	setp.eq.u32 %$now, %$b, 0;
	setp.gt.and.s32 %$now, %$left, 0, %$now;
	shr.u32 %$a, %$a, 8;
	and.b32 %$a, %$a, 16383;
	add.u32 %$a, %$a, 1000;
	@%$now nanosleep.u32 %$a;
	@%$now sub.s32 %$left, %$left, 1;
	}
)";

// Of an entry.
constexpr int kMostPauses = 2000;
// With more there are no more pauses.
constexpr size_t kMostText = 32 << 20;

bool Has(std::string_view opcode, std::string_view part) {
  return opcode.find(part) != opcode.npos;
}

bool StartsWithAny(std::string_view opcode,
                   std::initializer_list<std::string_view> starts) {
  return std::ranges::any_of(starts, [&](std::string_view start) {
    return opcode.starts_with(start);
  });
}

bool IsNear(std::string_view opcode) {  // to memory that other blocks do not see
  return (Has(opcode, ".shared") && !Has(opcode, ".shared::cluster")) || Has(opcode, ".local") || Has(opcode, ".param");
}

bool IsOrdered(std::string_view opcode) {
  return Has(opcode, ".volatile") || Has(opcode, ".acquire") ||
         Has(opcode, ".release") || Has(opcode, ".relaxed") || Has(opcode, ".cv.");
}

// Of global memory, by whichever engine.
bool IsAtomic(std::string_view opcode) {
  if (StartsWithAny(opcode, {"cp.reduce.async.bulk", "multimem."})) return true;
  return StartsWithAny(opcode, {"atom.", "red."}) && !IsNear(opcode);
}

bool IsPlaceToPause(std::string_view opcode) {
  if (IsAtomic(opcode)) return true;
  if (opcode.starts_with("st.")) return !IsNear(opcode);
  if (opcode.starts_with("ld.")) return !IsNear(opcode) && IsOrdered(opcode);
  return StartsWithAny(opcode, {"bar.", "barrier.", "mbarrier.", "membar.", "fence.",
                                "griddepcontrol.", "cp.async.bulk", "cp.async.wait"});
}

// Behind its semicolon; none of a statement with a comment in it, or without one.
std::optional<size_t> EndOf(std::string_view ptx, size_t statement) {
  const size_t end = ptx.find_first_of(";/{}", statement);
  if (end == ptx.npos || ptx[end] != ';') return std::nullopt;
  return end + 1;
}

bool LetsNextBegin(std::string_view opcode) {
  return opcode == "griddepcontrol.launch_dependents";
}

}  // namespace

ShakenPtx ShakePtx(std::string_view ptx, const Shaking& how) {
  const std::string prefix = "ke_" + how.tag + "_";
  const bool late_blocks = how.pauses == Pauses::kLateBlocks;
  const std::string late =
      ReplaceAll(ReplaceAll(kLate, "$", prefix), "#", late_blocks ? kLateByMuch : kLateBy);
  const std::string start = ReplaceAll(kRegisters, "$", prefix) + late +
                            ReplaceAll(kNumberWarps, "$", prefix);
  const std::string pause = ReplaceAll(kPause, "$", prefix);
  ShakenPtx shaken;
  size_t copied = 0;
  int left = 0;
  bool wanted = false;  // the entry we are in
  const auto insert = [&](size_t at, const std::string& text) {
    shaken.text.append(ptx.substr(copied, at - copied)).append(text);
    copied = at;
  };
  for (const PtxPlace& place : PlacesOf(ptx)) switch (place.kind) {
      // A kernel that its source keeps to itself must be found by its name.
      case PtxPlace::Kind::kEntry: insert(place.at, ".visible "); break;
      case PtxPlace::Kind::kBody:
        left = 0;
        wanted = how.entries.contains(place.name);
        if (!wanted) break;
        insert(place.at, start);
        ++shaken.entries;
        if (!late_blocks) left = kMostPauses;
        break;
      case PtxPlace::Kind::kStatement:
        if (wanted && late_blocks && LetsNextBegin(place.opcode))
          if (const auto end = EndOf(ptx, place.at)) insert(*end, "\n" + late);
        if (left == 0 || shaken.text.size() > kMostText ||
            !IsPlaceToPause(place.opcode))
          break;
        --left;
        insert(place.at, ReplaceAll(pause, "#", std::to_string(++shaken.pauses)));
    }
  insert(ptx.size(), "");
  return shaken;
}

bool TalksBetweenBlocks(std::string_view ptx) {
  return std::ranges::any_of(OpcodesOf(ptx), [](std::string_view opcode) {
    const bool access = opcode.starts_with("ld.") || opcode.starts_with("st.");
    return StartsWithAny(opcode, {"griddepcontrol.", "barrier.cluster.", "mapa."}) ||
           IsAtomic(opcode) ||
           (access && !IsNear(opcode) &&
            (IsOrdered(opcode) || Has(opcode, ".shared::cluster")));
  });
}

}  // namespace kernelevolve::worker::gpu
