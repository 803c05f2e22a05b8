#include "wire/bundle_answers.h"

#include "base/digest.h"
#include "base/format.h"
#include "base/text.h"
#include "core/evaluation_json.h"
#include "wire/json_reader.h"

namespace kernelevolve::wire {
namespace {

constexpr size_t kNamedMissing = 3;

// Reads one file of answers, line by line.
class SheetReader {
 public:
  SheetReader(const std::string& text, const std::string& name,
              const Bundle& bundle)
      : text_(text), name_(name), bundle_(bundle) {}

  AnswerSheet Read(bool complete) {
    size_t at = 0;
    for (size_t end; (end = text_.find('\n', at)) != text_.npos;
         at = end + 1) {
      ++line_;
      start_ = at;
      const bool go_on = ReadLine(std::string_view(text_).substr(at, end - at));
      if (!go_on) return std::move(sheet_);
    }
    if (at < text_.size() || (complete && !seen_end_))
      Problem("truncated: it stops before its end");
    if (complete) NameMissing();
    return std::move(sheet_);
  }

 private:
  void Problem(const std::string& what) {
    sheet_.problems.push_back(format("{}:{}: {}", name_, line_, what));
  }

  // False where nothing that follows can be of use.
  bool ReadLine(std::string_view line) {
    const auto json = ParseJson(line);
    if (!json) return Problem("no JSON, skipped"), line_ > 1;
    if (line_ == 1) return ReadHeader(*json);
    if (json->contains("end")) return ReadEnd(*json), true;
    if (Status read = ReadAnswer(*json); !read)
      Problem(Sanitize(read.error().message, 300));
    return true;
  }

  bool ReadHeader(const Json& json) {
    if (GetInteger(json, "answers") != kBundleFormat)
      return Problem("this is no file of answers"), false;
    if (GetString(json, "bundle") == bundle_.manifest.id) return true;
    Problem(format("these are answers to another bundle ({})",
                   Sanitize(GetString(json, "bundle").value_or("none"), 64)));
    return false;
  }

  void ReadEnd(const Json& json) {
    const bool right =
        GetString(json, "sha256") == HexDigest(text_.substr(0, start_)) &&
        GetInteger(json, "end") ==
            static_cast<int64_t>(sheet_.answers.size());
    if (right)
      sheet_.ended = true;
    else
      Problem("wrong digest of the whole: lines were lost or changed");
    seen_end_ = true;
  }

  Status ReadAnswer(const Json& json) {
    BundleAnswer answer;
    ASSIGN_OR_RETURN(answer.request, NeedString(json, "request"));
    ASSIGN_OR_RETURN(answer.device, NeedString(json, "device"));
    ASSIGN_OR_RETURN(answer.toolchain, NeedString(json, "toolchain"));
    ASSIGN_OR_RETURN(const std::string digest, NeedString(json, "sha256"));
    ASSIGN_OR_RETURN(const Json* evaluation, NeedObject(json, "evaluation"));
    answer.evaluation = *evaluation;
    if (HexDigest(DumpJson(answer.evaluation)) != digest)
      return BadInput(format("wrong digest of the answer to {}",
                             Sanitize(answer.request, 60)));
    RETURN_IF_ERROR(CheckFits(answer));
    const std::string request = answer.request;
    if (!sheet_.answers.emplace(request, std::move(answer)).second)
      return BadInput(format("{} is answered twice, the first counts",
                             request));
    return {};
  }

  Status CheckFits(const BundleAnswer& answer) const {
    const auto request = bundle_.requests.find(answer.request);
    if (request == bundle_.requests.end())
      return BadInput(format("{} is no request of the bundle",
                             Sanitize(answer.request, 60)));
    ASSIGN_OR_RETURN(const Evaluation evaluation,
                     EvaluationFromJson(answer.evaluation));
    if (evaluation.candidate_id != request->second.candidate.Id() ||
        evaluation.stage != request->second.stage)
      return BadInput(format("the answer to {} is about another candidate or "
                             "stage", answer.request));
    return {};
  }

  void NameMissing() {
    std::vector<std::string> missing;
    for (const auto& [name, request] : bundle_.requests)
      if (!sheet_.answers.contains(name)) missing.push_back(name);
    if (missing.empty()) return;
    const size_t count = missing.size();
    if (count > kNamedMissing) missing.resize(kNamedMissing);
    sheet_.problems.push_back(
        format("{}: {} of {} candidates missing: {}{}", name_, count,
               bundle_.requests.size(), Join(missing, ", "),
               count > kNamedMissing ? ", …" : ""));
  }

  const std::string& text_;
  const std::string& name_;
  const Bundle& bundle_;
  AnswerSheet sheet_;
  int line_ = 0;
  size_t start_ = 0;  // of the line
  bool seen_end_ = false;
};

}  // namespace

std::string HeaderLine(const BundleManifest& manifest) {
  return DumpJson({{"answers", kBundleFormat}, {"bundle", manifest.id}}) + "\n";
}

std::string AnswerLine(const BundleAnswer& answer) {
  return DumpJson({{"request", answer.request},
                   {"device", answer.device},
                   {"toolchain", answer.toolchain},
                   {"sha256", HexDigest(DumpJson(answer.evaluation))},
                   {"evaluation", answer.evaluation}}) +
         "\n";
}

std::string EndLine(const std::string& before, size_t answers) {
  return DumpJson({{"end", answers}, {"sha256", HexDigest(before)}}) + "\n";
}

AnswerSheet ReadAnswers(const std::string& text, const std::string& name,
                        const Bundle& bundle, bool complete) {
  return SheetReader(text, name, bundle).Read(complete);
}

}  // namespace kernelevolve::wire
