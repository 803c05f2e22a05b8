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

#include <optional>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

constexpr size_t kMaxText = 256 << 10;
constexpr int kMaxDepth = 32;
// Each dot of a dotted key may open one more table, and the library destroys
// tables by recursion: so many levels fit any stack.
constexpr int kMaxDots = 4096;

using Converted = tl::expected<TomlValue, TomlMistake>;

int LineOf(const toml::node& node) {
  return static_cast<int>(node.source().begin.line);
}

// Refuses, before the library sees the text, what it cannot take: outside of
// strings and comments TOML is ASCII, and the library's tables of Unicode have
// holes that are undefined behaviour; and see kMaxDots.
class Screening {
 public:
  explicit Screening(std::string_view text) : text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) position_ = 3;
  }

  std::optional<TomlMistake> Run() {
    while (position_ < text_.size()) {
      const char c = text_[position_];
      if (c == '#') {
        SkipTo("\n");
      } else if (c == '"' || c == '\'') {
        SkipString(c);
      } else {
        if (static_cast<unsigned char>(c) >= 0x80)
          return TomlMistake{line_, "a character beyond ASCII outside of quotes"};
        if (c == '.' && ++dots_ > kMaxDots)
          return TomlMistake{line_, format("more than {} dots", kMaxDots)};
        Advance(1);
      }
    }
    return std::nullopt;
  }

 private:
  void Advance(size_t count) {
    for (; count > 0 && position_ < text_.size(); --count, ++position_)
      if (text_[position_] == '\n') ++line_;
  }

  bool At(std::string_view what) const {
    return text_.substr(position_, what.size()) == what;
  }

  void SkipTo(std::string_view what) {
    while (position_ < text_.size() && !At(what)) Advance(1);
  }

  // To the closing quotes, or to where a string in one line must have ended.
  void SkipString(char quote) {
    const std::string three(3, quote);
    const bool many_lines = At(three);
    const std::string_view end =
        std::string_view(three).substr(0, many_lines ? 3 : 1);
    Advance(end.size());
    while (position_ < text_.size() && !At(end)) {
      if (!many_lines && At("\n")) return;
      Advance(quote == '"' && At("\\") ? 2 : 1);
    }
    Advance(end.size());
  }

  const std::string_view text_;
  size_t position_ = 0;
  int line_ = 1;
  int dots_ = 0;
};

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
    value.members.emplace(std::string(key.str()), *std::move(converted));
  }
  return value;
}

TomlValue ConvertScalar(const toml::node& node) {
  TomlValue value;
  if (const auto* text = node.as_string()) {
    value.kind = TomlValue::Kind::kString;
    value.text = text->get();
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
    case Kind::kString: return format("\"{}\"", Sanitize(text, 120));
    case Kind::kInteger: return format("{}", integer);
    case Kind::kReal: return format("{}", real);
    case Kind::kBool: return boolean ? "true" : "false";
    case Kind::kDate: return "a date";
    case Kind::kArray: return items.empty() ? "an empty array" : "an array";
    case Kind::kTable: return "a table";
  }
  return "";
}

Converted ParseToml(std::string_view text) {
  if (text.size() > kMaxText)
    return tl::unexpected(
        TomlMistake{0, format("larger than {} KiB", kMaxText >> 10)});
  if (auto mistake = Screening(text).Run())
    return tl::unexpected(*std::move(mistake));
  const toml::parse_result result = toml::parse(text);
  if (!result) {
    const toml::parse_error& error = result.error();
    return tl::unexpected(
        TomlMistake{static_cast<int>(error.source().begin.line),
                    Sanitize(error.description(), 300)});
  }
  return Convert(result.table(), 0);
}

}  // namespace kernelevolve
