#include "core/toml.h"

// Debian's package would have us link a shared object; the worker must be one
// file that runs anywhere, so the library is compiled in here.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
// Its assertions fire on malformed files ("[ = ]"), which it then refuses as it
// should: they must not end the program.
#define TOML_ASSERT(condition) static_cast<void>(0)
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

constexpr size_t kMaxText = 256 << 10;
constexpr int kMaxDepth = 32;
// Each dot of a dotted key may open one more table, and the library destroys
// tables by recursion: so many levels fit any stack.
constexpr std::ptrdiff_t kMaxDots = 4096;

using Converted = tl::expected<TomlValue, TomlMistake>;

int LineOf(const toml::node& node) {
  return static_cast<int>(node.source().begin.line);
}

// The library's tables of Unicode have holes that are undefined behaviour, so
// it is only shown ASCII: other bytes, and the mark itself, travel as "@hh".
// Outside of strings and comments, where TOML is ASCII anyway, "@" is refused
// as it should be.
constexpr char kMark = '@';
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) >> 6) == 2;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text[0]);
    const size_t length = lead < 0x80                    ? 1
                          : lead >= 0xc2 && lead <= 0xdf ? 2
                          : lead >> 4 == 0xe             ? 3
                          : lead >= 0xf0 && lead <= 0xf4 ? 4
                                                         : 0;
    if (length == 0 || length > text.size()) return false;
    for (size_t i = 1; i < length; ++i)
      if (!IsContinuation(text[i])) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string ToAscii(std::string_view text) {
  std::string ascii;
  ascii.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && c != kMark)
      ascii += c;
    else
      ascii += format("{}{:02x}", kMark, byte);
  }
  return ascii;
}

std::string FromAscii(std::string_view ascii) {
  std::string text;
  for (size_t i = 0; i < ascii.size(); ++i) {
    unsigned value = 0;
    if (ascii[i] == kMark && i + 2 < ascii.size() &&
        std::from_chars(&ascii[i + 1], &ascii[i + 1] + 2, value, 16).ptr ==
            &ascii[i + 1] + 2) {
      text += static_cast<char>(value);
      i += 2;
    } else {
      text += ascii[i];
    }
  }
  return text;
}

// What the library is not to see at all.
std::string_view WhyUnfit(std::string_view text) {
  if (text.size() > kMaxText) return "larger than 256 KiB";
  if (std::count(text.begin(), text.end(), '.') > kMaxDots)
    return "more than 4096 dots";
  if (!IsUtf8(text)) return "not UTF-8";
  // An escaped mark would be taken for one of ours.
  if (text.find("\\u0040") != text.npos ||
      text.find("\\U00000040") != text.npos)
    return "an escaped @; write it as it is";
  return "";
}

Converted Convert(const toml::node& node, int depth);

Converted ConvertArray(const toml::array& array, int depth) {
  TomlValue value;
  value.kind = TomlValue::Kind::kArray;
  for (const toml::node& item : array) {
    Converted converted = Convert(item, depth + 1);
    if (!converted) return converted;
    value.items.push_back(*std::move(converted));
  }
  return value;
}

Converted ConvertTable(const toml::table& table, int depth) {
  TomlValue value;
  for (const auto& [key, member] : table) {
    Converted converted = Convert(member, depth + 1);
    if (!converted) return converted;
    const auto key_line = static_cast<int>(key.source().begin.line);
    if (key_line > 0) converted->line = key_line;
    value.members.emplace(FromAscii(key.str()), *std::move(converted));
  }
  return value;
}

TomlValue ConvertScalar(const toml::node& node) {
  TomlValue value;
  if (const auto* text = node.as_string()) {
    value.kind = TomlValue::Kind::kString;
    value.text = FromAscii(text->get());
  } else if (const auto* integer = node.as_integer()) {
    value.kind = TomlValue::Kind::kInteger;
    value.integer = integer->get();
    value.real = static_cast<double>(value.integer);
  } else if (const auto* real = node.as_floating_point()) {
    value.kind = TomlValue::Kind::kReal;
    value.real = real->get();
  } else if (const auto* boolean = node.as_boolean()) {
    value.kind = TomlValue::Kind::kBool;
    value.boolean = boolean->get();
  } else {
    value.kind = TomlValue::Kind::kDate;
  }
  return value;
}

Converted Convert(const toml::node& node, int depth) {
  if (depth > kMaxDepth)
    return tl::unexpected(TomlMistake{
        LineOf(node), format("nested deeper than {} levels", kMaxDepth)});
  Converted value = ConvertScalar(node);
  if (const auto* array = node.as_array())
    value = ConvertArray(*array, depth);
  else if (const auto* table = node.as_table())
    value = ConvertTable(*table, depth);
  if (value) value->line = LineOf(node);
  return value;
}

}  // namespace

const TomlValue* TomlValue::Find(std::string_view key) const {
  const auto it = members.find(key);
  return it == members.end() ? nullptr : &it->second;
}

std::string TomlValue::Describe() const {
  switch (kind) {
    case Kind::kString:
      return format("\"{}\"", Sanitize(text, 120));
    case Kind::kInteger:
      return format("{}", integer);
    case Kind::kReal:
      return format("{}", real);
    case Kind::kBool:
      return boolean ? "true" : "false";
    case Kind::kDate:
      return "a date";
    case Kind::kArray:
      return items.empty() ? "an empty array" : "an array";
    case Kind::kTable:
      return "a table";
  }
  return "";
}

Converted ParseToml(std::string_view text) {
  if (const std::string_view why = WhyUnfit(text); !why.empty())
    return tl::unexpected(TomlMistake{0, std::string(why)});
  if (text.starts_with(kByteOrderMark))
    text.remove_prefix(kByteOrderMark.size());
  const toml::parse_result result = toml::parse(ToAscii(text));
  if (!result) {
    const toml::parse_error& error = result.error();
    return tl::unexpected(
        TomlMistake{static_cast<int>(error.source().begin.line),
                    Sanitize(FromAscii(error.description()), 300)});
  }
  return Convert(result.table(), 0);
}

}  // namespace kernelevolve
