"""Changes of a kernel's text, one at a place, by rules. What comes out may be
no C++ or behave as before: the caller finds out."""

import random
import re

# Comments, strings, preprocessor lines: nothing is changed there.
QUIET = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
                   r"|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.DOTALL | re.MULTILINE)

# Floats that went through 8 bits of mantissa; all else stays.
TRUNCATE = """#include <cstdint>
#include <cstring>
#include <type_traits>
template <class T>
inline void TruncatedTo8Bits(T& v) {
  if constexpr (std::is_same_v<std::remove_cv_t<T>, float>) {
    uint32_t bits;
    std::memcpy(&bits, &v, 4);
    bits &= 0xffff0000u;
    std::memcpy(&v, &bits, 4);
  } else if constexpr (!std::is_arithmetic_v<T> && sizeof(T) % 16 == 0) {
    for (unsigned i = 0; i < sizeof(T) / 4; ++i) {
      float f = v[i];
      TruncatedTo8Bits(f);
      v[i] = f;
    }
  }
}
"""


def percent(match):
    number = match.group(1)
    return f"{float(number) * 1.01!r}{match.group(2) or ''}"


def swapped(match):
    return f"({match.group(2)}, {match.group(1)}"


# (operator, what is found, what stands there then)
RULES = (
    ("less_to_at_most", r" < (?=[\w(])", " <= "),
    ("at_most_to_less", r" <= ", " < "),
    ("more_to_less", r" > (?=[\w(\-])", " < "),
    ("bound_minus_one", r"(for \([^;]*;[^;]*? <=? )([^;&]+);", r"\1(\2) - 1;"),
    ("starts_at_one", r"(for \(\w+ \w+ =) 0([;,])", r"\1 1\2"),
    ("step_skipped", r"\+\+(\w+)\)", r"\1 += 2)"),
    ("step_doubled", r"(; \w+ \+= )(\w+)\)", r"\1 2 * \2)"),
    ("index_plus_one", r"\[(\w+)\]", r"[\1 + 1]"),
    ("index_minus_one", r"\[(\w+ [+*] \w+)\]", r"[\1 - 1]"),
    ("other_axis", r"shape\[0\]|, 0\)(?=;)", lambda m: m.group(0).replace("0", "1")),
    ("other_axis_back", r"shape\[1\]|, 1\)(?=;)",
     lambda m: m.group(0).replace("1", "0")),
    ("stride_dropped", r" \* (\w+)(?=[;,)\]])", ""),
    ("offset_dropped", r" \+ (\w+( \* \w+)?)(?=[;,)\]])", ""),
    ("tail_dropped", r"\n *for \(; [^{}]*?;(?=\n)", "\n"),
    ("mask_dropped", r"\bif \([^(){}]*\) (?!constexpr)", ""),
    ("mask_always_false", r"\bif \([^(){}]*\) (?!constexpr)", "if (false) "),
    ("statement_dropped", r"(?<=[;{}]\n) +[a-z_]\w*(\[[^\]]*\])? [-+*/]?= [^;{]*;", ";"),
    ("plus_to_minus", r" \+ (?=[\w(])", " - "),
    ("minus_to_plus", r" - (?=[\w(])", " + "),
    ("add_to_subtract", r" \+= (?=[\w(])", " -= "),
    ("sum_overwritten", r" \+= (?=[\w(\-])", " = "),
    ("times_to_plus", r" \* (?=[\w(])", " + "),
    ("divide_to_times", r" / (?=[\w(])", " * "),
    ("constant_1_percent", r"\b(\d+\.\d*(?:e-?\d+)?)(f?)\b", percent),
    ("accumulator_8_bits", r"([\w\[\].>-]+) \+= ([^;{}]*);",
     r"{ \1 += \2; TruncatedTo8Bits(\1); }"),
    ("maximum_from_zero",
     r"((?:largest|max|top|best)\w* =) [^;=]*;|-INFINITY",
     lambda m: m.group(1) + " 0;" if m.group(1) else "0.0f"),
    ("maximum_to_minimum", r"\b(?:std::)?[mM]ax\(", "min("),
    ("term_dropped", r" [-+] [a-z_]\w*\[[^\]]*\]", ""),
    ("bias_dropped", r"(\] =|=) bias\[[^\]]*\];", r"\1 0;"),
    ("arguments_swapped", r"\((\w+), (\w+)(?=[,)])", swapped),
    ("exp_to_exp2", r"\bexp\(", "exp2("),
    ("root_dropped", r"\b(?:std::)?sqrtf?\(", "("),
    ("condition_turned", r" == ", " != "),
)


def sites(text):
    """{operator: [(start, end, new text)]} of every place a rule fits."""
    quiet = [match.span() for match in QUIET.finditer(text)]
    found = {}
    for name, pattern, new in RULES:
        for match in re.finditer(pattern, text):
            begin, end = match.span()
            if any(a < end and begin < b for a, b in quiet):
                continue
            value = new(match) if callable(new) else match.expand(new)
            found.setdefault(name, []).append((begin, end, value))
    return found


def make(text, seed):
    """(operator, why, source), operators in turn, places in random order."""
    dice = random.Random(seed)
    found = sites(text)
    for places in found.values():
        dice.shuffle(places)
    order = sorted(found)
    while order:
        for name in list(order):
            if not found[name]:
                order.remove(name)
                continue
            begin, end, new = found[name].pop()
            number = text.count("\n", 0, begin) + 1
            old = " ".join(text[begin:end].split())
            source = text[:begin] + new + text[end:]
            if "TruncatedTo8Bits" in new:
                source = TRUNCATE + source
            why = f"line {number}: `{old}` became `{' '.join(new.split())}`"
            yield name, why, source
