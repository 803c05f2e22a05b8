#include "worker/gpu/judge/ptx_statements.h"

#include <algorithm>
#include <cctype>

namespace kernelevolve::worker::gpu {
namespace {

bool IsBlank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

// How long the comment or the string is that begins at `text`; 0 if none does.
size_t CommentLength(std::string_view text) {
  const char* end = text.starts_with("//") ? "\n" : text.starts_with("/*") ? "*/" : nullptr;
  if (!end) return 0;
  const size_t at = text.find(end, 2);
  if (at == text.npos) return text.size();
  return end[0] == '\n' ? at : at + 2;  // a line ends behind its comment
}

size_t StringLength(std::string_view text) {
  if (!text.starts_with("\"")) return 0;
  const size_t at = text.find('"', 1);
  return at == text.npos ? text.size() : at + 1;
}

std::string_view SkipBlanks(std::string_view text) {
  while (!text.empty()) {
    const size_t comment = CommentLength(text);
    if (comment == 0 && !IsBlank(text[0])) break;
    text.remove_prefix(std::max<size_t>(comment, 1));
  }
  return text;
}

std::string_view FirstWord(std::string_view text) {
  return text.substr(0, text.find_first_of(" \t\r\n;,(/{"));
}

std::string_view OpcodeOf(std::string_view statement) {
  statement = SkipBlanks(statement);
  if (statement.starts_with("@")) {
    statement = SkipBlanks(statement.substr(1));
    if (statement.starts_with("!")) statement = SkipBlanks(statement.substr(1));
    statement = SkipBlanks(statement.substr(FirstWord(statement).size()));
  }
  return FirstWord(statement);
}

bool MayBeOfLabel(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' ||
         c == '%' || IsBlank(c);
}

// Directives that end with their line. Looked at as often as there are lines.
bool EndsWithLine(std::string_view statement) {
  constexpr std::string_view kThose[] = {".loc", ".file", ".version", ".target",
                                         ".address_size"};
  constexpr size_t kEnough = 16;
  return std::ranges::find(kThose, FirstWord(statement.substr(0, kEnough))) !=
         std::end(kThose);
}

struct Declared {
  bool entry = false, linkage = false;
  std::string_view name;  // of an entry
};

Declared DeclaredBy(std::string_view statement) {
  Declared declared;
  for (const std::string_view word : {".visible", ".weak", ".extern"})
    if (FirstWord(statement) == word) {
      declared.linkage = true;
      statement = SkipBlanks(statement.substr(word.size()));
    }
  constexpr std::string_view kEntry = ".entry";
  declared.entry = FirstWord(statement) == kEntry;
  if (declared.entry)
    declared.name = FirstWord(SkipBlanks(statement.substr(kEntry.size())));
  return declared;
}

class Reader {
 public:
  explicit Reader(std::string_view ptx) : ptx_(ptx) {}

  void Read() {
    for (size_t at = 0; at < ptx_.size();) {
      const std::string_view rest = ptx_.substr(at);
      if (const size_t length = CommentLength(rest)) {
        at += length;
        continue;
      }
      const size_t quoted = StringLength(rest);
      Step(at);
      at += std::max<size_t>(quoted, 1);
    }
  }

  std::vector<PtxPlace> places;
  std::vector<std::string_view> opcodes;

 private:
  void Step(size_t at) {
    const char c = ptx_[at];
    if (c == '{') return Open(at);
    if (c == '}') return Close(at);
    const bool ends = c == ';' || (c == '\n' && EndsWithLine(Statement(at))) ||
                      (c == ':' && begun_ && label_);
    if (ends) return End(at);
    if (!begun_ && IsBlank(c)) return;
    if (!begun_) {
      begin_ = at;
      begun_ = label_ = true;
      assigns_ = false;
    }
    assigns_ = assigns_ || c == '=';
    label_ = label_ && MayBeOfLabel(c);
  }

  std::string_view Statement(size_t end) const {
    return begun_ ? ptx_.substr(begin_, end - begin_) : std::string_view();
  }

  void End(size_t at) {
    if (begun_ && depth_ > 0) {
      const std::string_view opcode = OpcodeOf(Statement(at));
      opcodes.push_back(opcode);
      if (entry_) places.push_back({PtxPlace::Kind::kStatement, begin_, opcode, ""});
    }
    begun_ = false;
  }

  // A block's brace, a body's, or one around operands or values.
  void Open(size_t at) {
    const std::string_view statement = Statement(at);
    if (depth_ == 0 && !(begun_ && assigns_)) {
      const Declared declared = DeclaredBy(statement);
      entry_ = declared.entry;
      if (entry_ && !declared.linkage)
        places.push_back({PtxPlace::Kind::kEntry, begin_, "", declared.name});
      if (entry_) places.push_back({PtxPlace::Kind::kBody, at + 1, "", declared.name});
      begun_ = false;
    }
    ++depth_;
  }

  void Close(size_t at) {
    depth_ = std::max(depth_ - 1, 0);
    if (depth_ > 0) return;
    if (entry_) End(at);
    if (!(begun_ && assigns_)) begun_ = false;
    entry_ = false;
  }

  const std::string_view ptx_;
  size_t begin_ = 0;  // of the statement, if one has begun
  bool begun_ = false, entry_ = false;
  bool assigns_ = false, label_ = false;  // what has begun, as far as it is read
  int depth_ = 0;
};

}  // namespace

std::vector<PtxPlace> PlacesOf(std::string_view ptx) {
  Reader reader(ptx);
  reader.Read();
  return std::move(reader.places);
}

std::vector<std::string_view> OpcodesOf(std::string_view ptx) {
  Reader reader(ptx);
  reader.Read();
  return std::move(reader.opcodes);
}

}  // namespace kernelevolve::worker::gpu
