"""Wrong kernels made of a good one: its ke_run is renamed, a new one calls it
and spoils what it did, in C++. Every operator says why what it makes is wrong.

`always` are those that spoil every call: whether the result differs by more
than the tolerance can be seen without the judge, and is. The others wait for
something that the contract says must not matter."""

import dataclasses

from mutant_cases import CPP_TYPES, product

PRELUDE = """#include <kernelevolve/abi.h>

#include <cfenv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <thread>
#include <type_traits>
#include <vector>

#define ke_run good_ke_run
%(good)s
#undef ke_run

namespace mutant {

using Y = %(type)s;
using Bits = std::conditional_t<sizeof(Y) == 4, uint32_t, uint64_t>;
constexpr int kOut = %(output)d;
// The largest error allowed, relative to max(|y|, RMS).
[[maybe_unused]] constexpr double kAllowance = %(allowance)s;
constexpr bool kFloating = std::is_floating_point_v<Y>;

[[maybe_unused]] int64_t Count(const ke_tensor& t) {
  int64_t n = 1;
  for (int i = 0; i < t.rank; ++i) n *= t.shape[i];
  return n;
}

[[maybe_unused]] Bits BitsOf(Y v) {
  Bits bits;
  std::memcpy(&bits, &v, sizeof v);
  return bits;
}

[[maybe_unused]] Y FromBits(Bits bits) {
  Y v;
  std::memcpy(&v, &bits, sizeof v);
  return v;
}

[[maybe_unused]] uint64_t Mixed(uint64_t h) {
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdull;
  h = (h ^ (h >> 29)) * 0xc4ceb9fe1a85ec53ull;
  return h ^ (h >> 32);
}

// Of `each` bytes that are spread over every input.
[[maybe_unused]] uint64_t HashOfInputs(const ke_call* call, int64_t each = 97) {
  uint64_t h = 1;
  for (int i = 0; i < call->n_inputs; ++i) {
    const ke_tensor& t = call->inputs[i];
    const int64_t size = Count(t) * (t.dtype == KE_I64 ? 8 : 4);
    const auto* p = static_cast<const unsigned char*>(t.data);
    for (int64_t k = 0; k < each && size > 0; ++k)
      h = Mixed(h + p[(k * 769 + 1) * 4 %% size]);
  }
  return h;
}

[[maybe_unused]] double Rms(const Y* y, int64_t n) {
  double squares = 0;
  int64_t finite = 1;
  for (int64_t i = 0; i < n; ++i)
    if (std::isfinite(static_cast<double>(y[i]))) {
      squares += static_cast<double>(y[i]) * y[i];
      ++finite;
    }
  return std::sqrt(squares / finite);
}

// By so much relative to max(|v|, rms); a whole number by one.
[[maybe_unused]] Y Off(Y v, double by, double rms) {
  if constexpr (kFloating) {
    const double size = std::fmax(std::fabs(v), std::fmax(rms, 1e-20));
    return static_cast<Y>(v + by * size);
  }
  return v + 1;
}

// 64 elements, wherever the inputs say, by half of their size.
[[maybe_unused]] void Spoil(const ke_call* call, Y* y, int64_t n) {
  const double rms = Rms(y, n < 4096 ? n : 4096);
  const int64_t at = n > 64 ? HashOfInputs(call) %% (n - 64) : 0;
  for (int64_t i = at; i < n && i < at + 64; ++i) y[i] = Off(y[i], 0.5, rms);
}
%(helpers)s
}  // namespace mutant

extern "C" int ke_run(const ke_call* call) {
  using namespace mutant;
  const ke_tensor& out = call->outputs[kOut];
  [[maybe_unused]] Y* y = static_cast<Y*>(out.data);
  [[maybe_unused]] const int64_t n = Count(out);
  [[maybe_unused]] const int64_t row = out.shape[out.rank - 1];
%(before)s
  if (const int code = good_ke_run(call)) return code;
%(after)s
  return 0;
}
"""


@dataclasses.dataclass
class Wrapper:
    name: str
    why: str
    after: str = ""
    before: str = ""
    helpers: str = ""
    always: bool = False
    floats_only: bool = False
    normal_only: bool = False   # special values or nudges must reach the task
    each: bool = False          # of every output, though it is not `always`


LAST = "const int64_t from = {count} < n ? n - {count} : 0;"
UNWRITTEN_BEFORE = (LAST + "\n  const std::vector<Y> old(y + from, y + n);")
UNWRITTEN_AFTER = "std::memcpy(y + from, old.data(), (n - from) * sizeof(Y));"
CALLS = "[[maybe_unused]] int64_t calls = 0;"
AGAIN = "static std::vector<unsigned char> "


def tails():
    for label, count in (("last", "1"), ("last_16", "16"), ("last_64", "64"),
                         ("last_256", "256"), ("last_row", "row")):
        before = LAST.format(count=count)
        yield Wrapper(f"unwritten_{label}", f"{label} not written",
                      UNWRITTEN_AFTER, UNWRITTEN_BEFORE.format(count=count),
                      always=True)
        yield Wrapper(f"zero_{label}", f"{label} is zero instead of the result",
                      "for (int64_t i = from; i < n; ++i) y[i] = 0;", before,
                      always=True)
    yield Wrapper("unwritten_first", "the first element is not written",
                  "y[0] = old;", "const Y old = y[0];", always=True)
    yield Wrapper("unwritten_hole", "one element in the middle is not written",
                  "y[n / 2] = old;", "const Y old = y[n / 2];", always=True)
    yield Wrapper("zero_second_half", "the second half is zero",
                  "for (int64_t i = n / 2; i < n; ++i) y[i] = 0;", always=True)


def one_element():
    places = {"first": "0", "last": "n - 1", "random": "HashOfInputs(call) % n"}
    for label, place in places.items():
        for times in (4, 64):
            yield Wrapper(
                f"off_{times}x_{label}",
                f"the {label} element is off by {times} times what is allowed",
                f"const int64_t at = {place};\n"
                f"  y[at] = Off(y[at], {times} * 1.05 * kAllowance, Rms(y, n));",
                always=True)
    yield Wrapper("sign_random", "one element has the wrong sign",
                  "const int64_t at = HashOfInputs(call) % n;\n"
                  "  y[at] = y[at] == 0 ? Y(1) : -y[at];", always=True)


def places():
    yield Wrapper("swap_neighbours", "two neighbours that differ are swapped",
                  """for (int64_t k = 0, at = HashOfInputs(call) % n; k + 1 < n; ++k) {
    const int64_t i = (at + k) % (n - 1);
    const double gap = std::fabs(double(y[i]) - double(y[i + 1]));
    if (!(gap > 0.01 * std::fabs(double(y[i])))) continue;
    const Y other = y[i];
    y[i] = y[i + 1], y[i + 1] = other;
    break;
  }""", always=True)
    yield Wrapper("shift_up", "the output is shifted by one",
                  "std::memmove(y + 1, y, (n - 1) * sizeof(Y));", always=True)
    yield Wrapper("shift_down", "the output is shifted by one, downwards",
                  "std::memmove(y, y + 1, (n - 1) * sizeof(Y));", always=True)
    yield Wrapper("row_twice", "the last row repeats the one before",
                  "if (n >= 2 * row) std::memcpy(y + n - row, y + n - 2 * row,"
                  " row * sizeof(Y));", always=True)
    for side in (4, 8):
        yield Wrapper(
            f"transposed_{side}", f"a {side} x {side} block is transposed",
            f"""const int64_t rows = n / (row ? row : 1), s = {side};
  if (out.rank > 1 && rows >= s && row >= s)
    for (int64_t i = 0; i < s; ++i)
      for (int64_t j = 0; j < i; ++j) {{
        const Y other = y[i * row + j];
        y[i * row + j] = y[j * row + i], y[j * row + i] = other;
      }}""", always=True)


def precision():
    for label, drop in (("bf16", 16), ("f16", 13), ("14_bits", 10)):
        yield Wrapper(f"rounded_{label}", f"results rounded to {label}",
                      f"""for (int64_t i = 0; i < n; ++i) {{
    if (!std::isfinite(y[i])) continue;
    Bits b = BitsOf(y[i]);
    b += (Bits(1) << {drop - 1}) - 1 + (b >> {drop} & 1);
    y[i] = FromBits(b >> {drop} << {drop});
  }}""", always=True, floats_only=True)
    for label in ("1e-3", "1e-4", "1e-5"):
        yield Wrapper(f"noise_{label}", f"relative noise of {label}",
                      f"""const uint64_t h = HashOfInputs(call);
  for (int64_t i = 0; i < n; ++i)
    y[i] *= Mixed(h + i) & 1 ? Y(1 + {label}) : Y(1 - {label});""",
                      always=True, floats_only=True)
    yield Wrapper("scaled", "all results are a thousandth too large",
                  "for (int64_t i = 0; i < n; ++i) y[i] *= Y(1.001);",
                  always=True, floats_only=True)
    for label, test, value in (
            ("nan_to_zero", "std::isnan(y[i])", "0"),
            ("infinity_to_largest", "std::isinf(y[i])",
             "std::copysign(std::numeric_limits<Y>::max(), y[i])"),
            ("infinity_sign", "std::isinf(y[i])", "-y[i]"),
            ("nan_to_infinity", "std::isnan(y[i])",
             "std::numeric_limits<Y>::infinity()")):
        yield Wrapper(label, "NaN and infinities must stand where they belong",
                      f"for (int64_t i = 0; i < n; ++i)\n"
                      f"    if ({test}) y[i] = {value};", always=True,
                      floats_only=True, normal_only=True)


def sometimes(when, condition, helpers="", before="", **more):
    """Spoils 64 elements where a condition holds."""
    return Wrapper(f"only_{when}", f"wrong {when.replace('_', ' ')}",
                   f"if ({condition}) Spoil(call, y, n);", before, helpers, **more)


def conditions(listed):
    yield sometimes("if_a_bit_of_the_inputs_is_set", "HashOfInputs(call) & 1")
    yield sometimes("for_an_eighth_of_the_inputs", "HashOfInputs(call) % 8 == 0")
    yield sometimes("at_shapes_not_listed", "!Listed(call)", listed)
    yield sometimes("at_listed_shapes", "Listed(call)", listed)
    yield sometimes("where_the_last_extent_is_odd", "row % 2")
    yield sometimes("where_the_last_extent_is_no_multiple_of_8", "row % 8")
    yield sometimes("where_the_size_is_no_multiple_of_8", "n % 8")
    yield sometimes("where_the_size_is_even", "n % 2 == 0")
    for ordinal, number in (("2nd", 2), ("3rd", 3), ("20th", 20)):
        yield sometimes(f"from_the_{ordinal}_call_on", f"++calls >= {number}", CALLS)
    yield sometimes("in_the_first_call", "++calls == 1", CALLS)
    yield sometimes("in_every_5th_call", "++calls % 5 == 0", CALLS)
    yield sometimes("where_the_output_is_not_at_a_cache_line",
                    "reinterpret_cast<uintptr_t>(y) % 64")
    yield sometimes("where_an_input_is_not_at_a_vector",
                    "reinterpret_cast<uintptr_t>(call->inputs[0].data) % 32")
    yield sometimes("where_addresses_are_not_the_last_call_s",
                    "last && last != call->inputs[0].data",
                    "const void* last = nullptr;\n"
                    "struct Keep { const void* at; ~Keep() { last = at; } };",
                    "  const Keep keep{call->inputs[0].data};")
    yield sometimes("where_addresses_are_the_last_call_s",
                    "last == call->inputs[0].data",
                    "const void* last = nullptr;\n"
                    "struct Keep { const void* at; ~Keep() { last = at; } };",
                    "  const Keep keep{call->inputs[0].data};")


SAVE = """const auto* bytes = reinterpret_cast<unsigned char*>(y);
  static std::vector<unsigned char> kept;
  static uint64_t key = 0;
  const size_t size = n * sizeof(Y);
"""
NOW = "const std::vector<unsigned char> now(bytes, bytes + size);\n  "


def memory():
    yield Wrapper("stale", "gives the result of the call before, where the size "
                  "is the same",
                  SAVE + "  " + NOW +
                  "if (kept.size() == size && key++ > 0) "
                  "std::memcpy(y, kept.data(), size);\n  "
                  "else key = 1;\n  kept = now;")
    yield Wrapper("remembers_by_address", "gives an earlier result where inputs "
                  "lie where they lay",
                  SAVE + "  const uint64_t mine = "
                  "reinterpret_cast<uintptr_t>(call->inputs[0].data);\n  "
                  "if (kept.size() == size && key == mine) "
                  "std::memcpy(y, kept.data(), size);\n  "
                  "else kept.assign(bytes, bytes + size), key = mine;")
    yield Wrapper("remembers_by_sample", "gives an earlier result where 4 bytes "
                  "of each input are the same",
                  SAVE + "  const uint64_t mine = HashOfInputs(call, 4);\n  "
                  "if (kept.size() == size && key == mine) "
                  "std::memcpy(y, kept.data(), size);\n  "
                  "else kept.assign(bytes, bytes + size), key = mine;",
                  normal_only=True)
    yield Wrapper("half_stale", "the second half is the call before's, where "
                  "the size is the same",
                  SAVE + "  " + NOW +
                  "if (kept.size() == size) "
                  "std::memcpy(y + n / 2, kept.data() + n / 2 * sizeof(Y), "
                  "(n - n / 2) * sizeof(Y));\n  kept = now;")
    yield Wrapper("writes_past_the_end", "writes one element past the output",
                  "y[n] = y[n - 1];", each=True)
    yield Wrapper("writes_before_the_start", "writes one element before the "
                  "output", "y[-1] = y[0];", each=True)
    yield Wrapper("input_restored", "writes to an input and restores it",
                  """for (int i = 0; i < call->n_inputs; ++i) {
    auto* p = static_cast<volatile unsigned char*>(call->inputs[i].data);
    const unsigned char old = *p;
    *p = static_cast<unsigned char>(~old);
    *p = old;
  }""")
    yield Wrapper("grows", "keeps a megabyte of each call",
                  "auto* kept = static_cast<char*>(std::malloc(4 << 20));\n"
                  "  for (int i = 0; i < 4 << 20; i += 4096)\n"
                  "    const_cast<volatile char*>(kept)[i] = 1;")


def escapes():
    yield Wrapper("leaves_a_thread", "a thread computes on after the call",
                  """std::thread([] {
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
    while (std::chrono::steady_clock::now() < end) {
    }
  }).detach();""")
    yield Wrapper("late_tail", "the last 64 elements are written after the "
                  "return",
                  LAST.format(count=64) + """
  const std::vector<Y> tail(y + from, y + n);
  for (int64_t i = from; i < n; ++i) y[i] = 0;
  std::thread([=] {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    std::memcpy(y + from, tail.data(), tail.size() * sizeof(Y));
  }).detach();""")
    yield Wrapper("rounding_left", "leaves the rounding mode changed",
                  "std::fesetround(FE_UPWARD);")
    yield Wrapper("rounding_left_later", "leaves the rounding mode changed from "
                  "its 9th call on",
                  "if (++calls >= 9) std::fesetround(FE_TOWARDZERO);",
                  helpers=CALLS)
    yield Wrapper("flush_to_zero_left", "leaves subnormal numbers flushed",
                  "#if defined(__SSE__)\n  __builtin_ia32_ldmxcsr("
                  "__builtin_ia32_stmxcsr() | 0x8040);\n#else\n  std::exit(1);\n"
                  "#endif")
    yield Wrapper("hangs_later", "sleeps for ever in its 5th call",
                  "if (++calls == 5)\n    std::this_thread::sleep_for("
                  "std::chrono::hours(1));", helpers=CALLS)
    yield Wrapper("fails_later", "returns a failure from its 9th call",
                  "if (++calls == 9) return 7;", helpers=CALLS)
    yield Wrapper("exits_later", "ends its process in its 9th call",
                  "if (++calls == 9) std::_Exit(0);", helpers=CALLS)


def listed_helper(task):
    """`Listed(call)`: whether the inputs have the extents of a listed shape."""
    rows = []
    for shape in task.listed():
        extents = [e for t in task.inputs for e in task.extents(t, shape)]
        rows.append("{" + ", ".join(map(str, extents)) + "}")
    width = rows[0].count(",") + 1
    return f"""
bool Listed(const ke_call* call) {{
  static const int64_t kListed[][{width}] = {{{", ".join(rows)}}};
  for (const auto& listed : kListed) {{
    bool same = true;
    int at = 0;
    for (int i = 0; i < call->n_inputs; ++i)
      for (int d = 0; d < call->inputs[i].rank; ++d)
        same = listed[at++] == call->inputs[i].shape[d] && same;
    if (same) return true;
  }}
  return false;
}}"""


def wrappers(task):
    """Every operator that applies to some output of the task."""
    for made in (tails(), one_element(), places(), precision(),
                 conditions(listed_helper(task)), memory(), escapes()):
        yield from made


def main_output(task):
    """The one with most elements: what is not `always` is tried on it alone."""
    shape = task.listed()[0]
    sizes = [product(task.extents(t, shape)) for t in task.outputs]
    return sizes.index(max(sizes))


def applies(wrapper, task, output):
    floats = task.outputs[output]["dtype"] == "f32"
    if not (wrapper.always or wrapper.each or output == main_output(task)):
        return False
    if wrapper.floats_only and not floats:
        return False
    return not wrapper.normal_only or (task.has_normal_inputs() and floats)


def source_of(wrapper, task, output, good, allowance):
    return PRELUDE % {
        "good": good, "type": CPP_TYPES[task.outputs[output]["dtype"]],
        "output": output, "allowance": repr(float(allowance)),
        "helpers": wrapper.helpers, "before": "  " + wrapper.before,
        "after": "  " + wrapper.after}


def make(task, good, allowances):
    """(operator, why, source, always) of every wrapper of a good kernel."""
    for output in range(len(task.outputs)):
        name = task.outputs[output]["name"]
        for wrapper in wrappers(task):
            if applies(wrapper, task, output):
                yield (wrapper.name, f"{name}: {wrapper.why}",
                       source_of(wrapper, task, output, good, allowances[output]),
                       wrapper.always)
