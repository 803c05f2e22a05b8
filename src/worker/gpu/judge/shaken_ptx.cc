#include "worker/gpu/judge/shaken_ptx.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::worker::gpu {
namespace {

// Registers of a whole entry: a number that is the warp's own, and how often it may
// pause yet. A quarter of the blocks begin late, by up to 35 microseconds.
constexpr std::string_view kAtStart = R"(
	.reg .b32 %ke_warp, %ke_left;
	{
	.reg .pred %ke_late;
	.reg .b32 %ke_a, %ke_b;
	mov.u32 %ke_warp, %ctaid.x;
	mov.u32 %ke_a, %ctaid.y;
	mad.lo.u32 %ke_warp, %ke_a, 40503, %ke_warp;
	mov.u32 %ke_a, %ctaid.z;
	mad.lo.u32 %ke_warp, %ke_a, 60493, %ke_warp;
	mov.u32 %ke_a, %globaltimer_lo;
	shr.u32 %ke_a, %ke_a, 14;
	add.u32 %ke_a, %ke_a, %ke_warp;
	mul.lo.u32 %ke_a, %ke_a, 2654435761;
	shr.u32 %ke_b, %ke_a, 15;
	xor.b32 %ke_a, %ke_a, %ke_b;
	mul.lo.u32 %ke_a, %ke_a, 2246822519;
	shr.u32 %ke_b, %ke_a, 30;
	setp.eq.u32 %ke_late, %ke_b, 0;
	shr.u32 %ke_a, %ke_a, 8;
	and.b32 %ke_a, %ke_a, 32767;
	add.u32 %ke_a, %ke_a, 2000;
	@%ke_late nanosleep.u32 %ke_a;
	mov.u32 %ke_a, %tid.z;
	mov.u32 %ke_b, %ntid.y;
	mul.lo.u32 %ke_a, %ke_a, %ke_b;
	mov.u32 %ke_b, %tid.y;
	add.u32 %ke_a, %ke_a, %ke_b;
	mov.u32 %ke_b, %ntid.x;
	mul.lo.u32 %ke_a, %ke_a, %ke_b;
	mov.u32 %ke_b, %tid.x;
	add.u32 %ke_a, %ke_a, %ke_b;
	shr.u32 %ke_a, %ke_a, 5;
	mad.lo.u32 %ke_warp, %ke_a, 97, %ke_warp;
	mov.u32 %ke_left, 6;
	}
)";

// One warp in eight pauses here, by 1 to 17 microseconds. {} is the place's number.
constexpr const char* kPause = R"(	{{
	.reg .pred %ke_now;
	.reg .b32 %ke_a, %ke_b;
	mov.u32 %ke_a, %clock;
	xor.b32 %ke_a, %ke_a, %ke_warp;
	mad.lo.u32 %ke_a, %ke_a, 2654435761, {};
	shr.u32 %ke_b, %ke_a, 15;
	xor.b32 %ke_a, %ke_a, %ke_b;
	mul.lo.u32 %ke_a, %ke_a, 2246822519;
	shr.u32 %ke_b, %ke_a, 29;
	setp.eq.u32 %ke_now, %ke_b, 0;
	setp.gt.and.s32 %ke_now, %ke_left, 0, %ke_now;
	shr.u32 %ke_a, %ke_a, 8;
	and.b32 %ke_a, %ke_a, 16383;
	add.u32 %ke_a, %ke_a, 1000;
	@%ke_now nanosleep.u32 %ke_a;
	@%ke_now sub.s32 %ke_left, %ke_left, 1;
	}}
)";

constexpr int kMostPauses = 2000;

std::string_view SkipBlanks(std::string_view text) {
  const size_t at = text.find_first_not_of(" \t\r");
  return at == text.npos ? std::string_view() : text.substr(at);
}

// The instruction that a line begins with, without its predicate; "" if it begins with
// something else.
std::string_view Opcode(std::string_view line) {
  line = SkipBlanks(line);
  if (line.starts_with("@")) {
    const size_t blank = line.find_first_of(" \t");
    line = blank == line.npos ? "" : SkipBlanks(line.substr(blank));
  }
  const size_t end = line.find_first_of(" \t;,(");
  return line.substr(0, end);
}

bool Has(std::string_view opcode, std::string_view part) {
  return opcode.find(part) != opcode.npos;
}

bool IsNear(std::string_view opcode) {  // to memory that other blocks do not see
  return Has(opcode, ".shared") || Has(opcode, ".local") || Has(opcode, ".param");
}

bool IsOrdered(std::string_view opcode) {
  return Has(opcode, ".volatile") || Has(opcode, ".acquire") ||
         Has(opcode, ".release") || Has(opcode, ".relaxed");
}

bool IsAtomic(std::string_view opcode) {
  return (opcode.starts_with("atom.") || opcode.starts_with("red.")) &&
         !IsNear(opcode);
}

bool IsPlaceToPause(std::string_view opcode) {
  if (IsAtomic(opcode)) return true;
  if (opcode.starts_with("st.")) return !IsNear(opcode);
  if (opcode.starts_with("ld.")) return !IsNear(opcode) && IsOrdered(opcode);
  constexpr std::string_view kWaits[] = {"bar.", "barrier.", "membar.", "fence.",
                                         "griddepcontrol."};
  return std::ranges::any_of(kWaits, [&](std::string_view wait) {
    return opcode.starts_with(wait);
  });
}

bool BeginsEntry(std::string_view line) {
  line = SkipBlanks(line);
  for (const std::string_view linkage : {".visible", ".weak"})
    if (line.starts_with(linkage)) line = SkipBlanks(line.substr(linkage.size()));
  return line.starts_with(".entry");
}

// Follows a text line by line: how deep in braces, and whether in an entry's body.
class Follower {
 public:
  // True where `line` is the brace that opens an entry's body.
  bool Opens(std::string_view line) {
    if (depth_ == 0 && BeginsEntry(line)) entry_ = true;
    const bool outside = depth_ == 0;
    Count(line);
    const bool opens = entry_ && outside && depth_ > 0;
    if (depth_ == 0 && !outside) entry_ = false;
    return opens;
  }
  bool inside() const { return entry_ && depth_ > 0; }

 private:
  // Braces outside of comments and of strings.
  void Count(std::string_view line) {
    bool quoted = false;
    for (size_t i = 0; i < line.size(); ++i) {
      const std::string_view rest = line.substr(i);
      if (comment_) {
        if (rest.starts_with("*/")) comment_ = false;
      } else if (quoted) {
        quoted = line[i] != '"';
      } else if (rest.starts_with("//")) {
        return;
      } else if (rest.starts_with("/*")) {
        comment_ = true;
      } else {
        quoted = line[i] == '"';
        depth_ += (line[i] == '{') - (line[i] == '}');
      }
    }
  }

  int depth_ = 0;
  bool entry_ = false, comment_ = false;
};

}  // namespace

ShakenPtx ShakePtx(std::string_view ptx) {
  ShakenPtx shaken;
  Follower follower;
  bool found = false;
  for (const std::string_view line : Split(ptx, '\n')) {
    const bool was_inside = follower.inside();
    if (was_inside && shaken.pauses < kMostPauses && IsPlaceToPause(Opcode(line)))
      shaken.text += format(kPause, ++shaken.pauses);
    // A kernel that its source keeps to itself must be found by its name.
    if (!was_inside && line.starts_with(".entry")) shaken.text += ".visible ";
    shaken.text.append(line).append("\n");
    if (!follower.Opens(line)) continue;
    shaken.text.append(kAtStart);
    found = true;
  }
  if (!found) shaken.text.clear();
  return shaken;
}

bool TalksBetweenBlocks(std::string_view ptx) {
  for (const std::string_view line : Split(ptx, '\n')) {
    const std::string_view opcode = Opcode(line);
    if (opcode.starts_with("griddepcontrol.") || IsAtomic(opcode)) return true;
    const bool access = opcode.starts_with("ld.") || opcode.starts_with("st.");
    if (access && !IsNear(opcode) && IsOrdered(opcode)) return true;
  }
  return false;
}

}  // namespace kernelevolve::worker::gpu
