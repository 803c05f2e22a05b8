#include "knowledge/skills/skill_parser.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "base/json.h"
#include "base/text.h"
#include "core/parse/table_reader.h"
#include "knowledge/docs/document_parser.h"
#include "knowledge/docs/one_line.h"
#include "knowledge/skills/calendar.h"

namespace kernelevolve {
namespace {

using parse::Diagnostics;
using parse::TableReader;

constexpr std::string_view kMark = "+++", kTable = "[skill]";
constexpr int64_t kMostNodes = 1'000'000'000;

// The text without its table, line for line, and the table with what is above.
struct Parts {
  std::string document, front;
};

Parts TakeApart(std::string_view text) {
  Parts parts;
  bool front = false, table = false, first = true;
  for (const std::string_view line : Split(text, '\n')) {
    const bool mark = Trim(line) == kMark;
    if (mark && front) front = table = false;
    table |= front && Trim(line) == kTable;
    if (front) parts.front.append(line).append("\n");
    if (!first) parts.document += '\n';
    if (!table) parts.document += line;
    front |= mark && first;
    first = false;
  }
  return parts;
}

// Reads [skill] and reports what is wrong with each key.
class SkillTable {
 public:
  explicit SkillTable(TableReader& table) : table_(table) {}

  void Read(Skill& skill) {
    const auto state = ParseSkillState(Line("state"));
    if (!state)
      table_.Mistake("state", "proposed, reviewed or expired");
    skill.state = state.value_or(SkillState::kExpired);
    skill.run = Line("run");
    skill.task = Line("task");
    skill.operator_family = Line("operator");
    skill.target = Line("target");
    skill.device = Line("device");
    skill.created = Day("created");
    skill.expires = Day("expires");
    if (skill.expires < skill.created)
      table_.Mistake("expires", "an earlier day than created", "a later one");
    ReadReview(skill);
    ReadEvidence(skill);
    table_.Finish();
  }

 private:
  std::string Line(const std::string& key) {
    const auto text = table_.RequiredText(key, "a text");
    if (text) CheckOneLine(table_, key, *text, kMaxSkillField);
    return text.value_or("");
  }

  std::string Day(const std::string& key) {
    const auto text = table_.RequiredText(key, "a day");
    if (text && !IsDay(*text))
      table_.Mistake(key, format("\"{}\"", Sanitize(*text, 40)),
                     "a day such as \"2026-11-28\"");
    return text.value_or("");
  }

  void ReadReview(Skill& skill) {
    const bool told = table_.Raw("reviewer") || table_.Raw("reviewed");
    if (!told && skill.state != SkillState::kReviewed) return;
    skill.reviewer = Line("reviewer");
    skill.reviewed = Day("reviewed");
  }

  void ReadEvidence(Skill& skill) {
    std::vector<TableReader> entries = table_.Tables("evidence");
    if (entries.empty()) table_.Mistake("evidence", "the nodes it rests on");
    if (entries.size() > kMaxSkillEvidence)
      table_.Mistake("evidence", format("{} nodes", entries.size()),
                     format("at most {}", kMaxSkillEvidence));
    for (TableReader& entry : entries)
      skill.evidence.push_back(EvidenceOf(entry));
  }

  static SkillEvidence EvidenceOf(TableReader& entry) {
    SkillEvidence evidence;
    const auto node = entry.Integer("node", 1, kMostNodes);
    if (!node) entry.Mistake("node", "the number of a node");
    evidence.node = node.value_or(0);
    if (const auto name = entry.Text("stage")) {
      const auto stage = ParseStage(*name);
      if (!stage) entry.Mistake("stage", "search, confirm or final");
      evidence.stage = stage.value_or(Stage::kSearch);
    }
    if (const auto name = entry.Text("code")) {
      const auto code = ParseCode(*name);
      if (!code) entry.Mistake("code", "a verdict code");
      evidence.code = code.value_or(Code::kOk);
    } else {
      evidence.speedup = Speedup(entry, "speedup");
      evidence.interval = {Speedup(entry, "low"), Speedup(entry, "high")};
    }
    entry.Finish();
    return evidence;
  }

  static double Speedup(TableReader& entry, const std::string& key) {
    const double value = entry.Number(key).value_or(0);
    if (std::isfinite(value) && value > 0) return value;
    entry.Mistake(key, "a speedup above 0");
    return 0;
  }

  TableReader& table_;
};

// Counted from the front matter's first line, which is the file's second.
void ReadTable(const std::string& front, Skill& skill,
               std::vector<Diagnostic>& diagnostics) {
  const auto toml = ParseToml(front);
  if (!toml) {
    diagnostics.push_back({skill.document.path, toml.error().line + 1, "",
                           "a mistake: " + toml.error().message, "TOML"});
    return;
  }
  Diagnostics mistakes;
  TableReader top(*toml, "", mistakes);
  if (auto table = top.Table("skill"))
    SkillTable(*table).Read(skill);
  else
    top.Mistake("skill", "a table [skill] with where it comes from");
  for (Diagnostic& diagnostic : mistakes.Take()) {
    diagnostic.file = skill.document.path;
    diagnostic.line += 1;
    diagnostics.push_back(std::move(diagnostic));
  }
}

void CheckBody(const Document& document, std::vector<Diagnostic>& diagnostics) {
  const std::string_view body = Trim(document.body);
  if (body.empty())
    diagnostics.push_back({document.path, document.body_line, "body",
                           "an empty text", "what was learnt"});
  if (body.size() > kMaxSkillBody)
    diagnostics.push_back({document.path, document.body_line, "body",
                           format("{} bytes", body.size()),
                           format("at most {}", kMaxSkillBody)});
}

std::string EvidenceLine(const SkillEvidence& evidence) {
  std::string text = format("  {{node = {}, stage = \"{}\"", evidence.node,
                            StageName(evidence.stage));
  if (evidence.code != Code::kOk)
    return text + format(", code = \"{}\"}},\n", CodeName(evidence.code));
  return text + format(", speedup = {:.6g}, low = {:.6g}, high = {:.6g}}},\n",
                       evidence.speedup, evidence.interval[0],
                       evidence.interval[1]);
}

}  // namespace

ParsedSkill ParseSkill(std::string_view text, const std::string& path,
                       const Vocabulary& vocabulary) {
  const Parts parts = TakeApart(text);
  ParsedDocument document = ParseDocument(parts.document, path, vocabulary);
  ParsedSkill parsed;
  parsed.skill.document = std::move(document.document);
  parsed.skill.document.path = path;
  parsed.diagnostics = std::move(document.diagnostics);
  // Without front matter there is no more to be said.
  if (parts.front.empty()) return parsed;
  ReadTable(parts.front, parsed.skill, parsed.diagnostics);
  if (parsed.skill.document.body_line > 1)
    CheckBody(parsed.skill.document, parsed.diagnostics);
  std::stable_sort(
      parsed.diagnostics.begin(), parsed.diagnostics.end(),
      [](const Diagnostic& a, const Diagnostic& b) { return a.line < b.line; });
  return parsed;
}

std::string SkillText(const Skill& skill) {
  Document front = skill.document;
  front.body.clear();
  std::string text = DocumentText(front);
  text.resize(text.rfind(kMark));
  text += format("\n{}", kTable);
  const auto put = [&text](const char* key, std::string_view value) {
    // A JSON string is a TOML string.
    if (!value.empty()) text += format("\n{} = {}", key, DumpJson(value));
  };
  put("state", SkillStateName(skill.state));
  put("run", skill.run);
  put("task", skill.task);
  put("operator", skill.operator_family);
  put("target", skill.target);
  put("device", skill.device);
  put("created", skill.created);
  put("expires", skill.expires);
  put("reviewer", skill.reviewer);
  put("reviewed", skill.reviewed);
  text += "\nevidence = [\n";
  for (const SkillEvidence& evidence : skill.evidence)
    text += EvidenceLine(evidence);
  return text + format("]\n{}\n", kMark) + skill.document.body;
}

}  // namespace kernelevolve
