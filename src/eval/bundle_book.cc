#include "eval/bundle_book.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <iterator>

#include "base/digest.h"
#include "base/format.h"
#include "base/random.h"
#include "base/text.h"
#include "core/evaluation_json.h"

namespace kernelevolve {
namespace {

constexpr size_t kMostResultBytes = 1 << 30;

BundleBook::Key RequestKey(const wire::EvaluateRequest& request) {
  return BundleBook::KeyOf(request.candidate.Id(), request.stage,
                           request.build_only);
}

// Whether somebody may still be writing it.
bool IsYoung(const fs::path& file, double seconds) {
  std::error_code error;
  const auto written = fs::last_write_time(file, error);
  if (error) return false;
  const std::chrono::duration<double> age =
      fs::file_time_type::clock::now() - written;
  return age.count() >= 0 && age.count() < seconds;
}

// Under the next free number: another run may take it at the same moment.
Status WriteNext(const fs::path& folder, wire::BundleManifest& manifest,
                 const std::vector<wire::EvaluateRequest>& requests) {
  constexpr int kTries = 20;
  Status written;
  for (int i = 0; i < kTries; ++i) {
    const std::vector<int64_t> numbers = wire::BundleNumbers(folder);
    manifest.number = numbers.empty() ? 1 : numbers.back() + 1;
    written = wire::WriteBundle(folder, manifest, requests);
    std::error_code error;
    if (written || !fs::exists(wire::RequestFolder(folder, manifest.number),
                               error))
      break;
  }
  return written;
}

wire::EvaluateRequest ToWire(const EvaluationRequest& request) {
  return {0,
          request.task,
          request.target,
          request.candidate,
          request.stage,
          request.secret,
          request.disabled_checks,
          request.explain,
          request.build_only};
}

}  // namespace

BundleBook::Key BundleBook::KeyOf(const std::string& candidate_id, Stage stage,
                                  bool build_only) {
  return format("{} {}{}", candidate_id, StageName(stage),
                build_only ? " build" : "");
}


Result<BundleBook> BundleBook::Open(BundleBookOptions options) {
  std::error_code ignored;
  const bool fresh = !fs::exists(options.folder, ignored);
  RETURN_IF_ERROR(MakeFolders(options.folder));
  if (fresh) ::chmod(options.folder.c_str(), 0700);
  BundleBook book(std::move(options));
  RETURN_IF_ERROR(book.ReadOwn());
  return book;
}

Status BundleBook::ReadOwn() {
  for (const int64_t number : wire::BundleNumbers(options_.folder)) {
    auto bundle = wire::ReadBundle(options_.folder, number);
    if (!bundle) {  // whosever it is
      notes_.push_back(bundle.error().message);
      continue;
    }
    if (bundle->manifest.run != options_.run) continue;
    AddOpen(number, *std::move(bundle));
  }
  return Poll();
}

void BundleBook::AddOpen(int64_t number, wire::Bundle bundle) {
  for (const auto& [file, request] : bundle.requests)
    asked_.insert(RequestKey(request));
  open_.emplace(number, std::move(bundle));
}

void BundleBook::Ask(const Key& key, const EvaluationRequest& request) {
  if (to_write_.contains(key) || asked_.contains(key)) return;
  to_write_.emplace(key, ToWire(request));
}

std::optional<Evaluation> BundleBook::Take(const Key& key) {
  const auto it = answers_.find(key);
  if (it == answers_.end()) return std::nullopt;
  // Confirm and final are fresh each time; the search's number is one.
  if (it->second.taken && it->second.evaluation.stage != Stage::kSearch)
    return std::nullopt;
  it->second.taken = true;
  return it->second.evaluation;
}

Status BundleBook::Poll() {
  std::error_code error;
  for (auto it = open_.begin(); it != open_.end();) {
    const fs::path result = wire::ResultFile(options_.folder, it->first);
    bool read = false;
    if (fs::exists(result, error)) {
      ASSIGN_OR_RETURN(read, Ingest(it->second));
    }
    it = read ? open_.erase(it) : std::next(it);
  }
  return {};
}

Result<bool> BundleBook::Ingest(const wire::Bundle& bundle) {
  const fs::path file =
      wire::ResultFile(options_.folder, bundle.manifest.number);
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kMostResultBytes));
  wire::AnswerSheet sheet =
      wire::ReadAnswers(text, file.string(), bundle, /*complete=*/true);
  if (!sheet.ended && IsYoung(file, options_.settle_seconds)) return false;
  for (const auto& [name, request] : bundle.requests)
    if (const auto it = asked_.find(RequestKey(request));
        it != asked_.end())
      asked_.erase(it);
  for (auto& [name, answer] : sheet.answers) {
    ASSIGN_OR_RETURN(Evaluation evaluation,
                     EvaluationFromJson(answer.evaluation));
    latest_ = {Sanitize(answer.device, 200), Sanitize(answer.toolchain, 200)};
    answers_.insert_or_assign(RequestKey(bundle.requests.at(name)),
                              Answer{std::move(evaluation), latest_});
  }
  notes_.insert(notes_.end(), sheet.problems.begin(), sheet.problems.end());
  return true;
}

Status BundleBook::WriteOne() {
  wire::BundleManifest manifest;
  manifest.id = Hex(SecretBytes(16));
  manifest.run = options_.run;
  std::vector<wire::EvaluateRequest> requests;
  std::vector<Key> keys;
  for (const auto& [key, request] : to_write_) {
    if (requests.size() == options_.bundle_size) break;
    requests.push_back(request);
    keys.push_back(key);
  }
  std::vector<std::string> targets;
  for (const wire::EvaluateRequest& request : requests)
    if (std::find(targets.begin(), targets.end(), request.target.Name()) ==
        targets.end())
      targets.push_back(request.target.Name());
  manifest.target = Join(targets, ",");
  manifest.device = requests.front().target.device;
  manifest.device_kind = requests.front().target.device_kind;
  RETURN_IF_ERROR(WriteNext(options_.folder, manifest, requests));
  // As it was written: answers are held to that.
  ASSIGN_OR_RETURN(wire::Bundle written,
                   wire::ReadBundle(options_.folder, manifest.number));
  AddOpen(manifest.number, std::move(written));
  for (const Key& key : keys) to_write_.erase(key);
  return {};
}

std::string BundleBook::OpenOnes() const {
  std::vector<std::string> names;
  for (const auto& [number, bundle] : open_)
    names.push_back(format("{:06}", number));
  return Join(names, ", ");
}

std::vector<std::string> BundleBook::TakeNotes() {
  return std::exchange(notes_, {});
}

JudgingMachine BundleBook::MachineOf(const std::string& candidate_id,
                                     Stage stage) const {
  const auto it = answers_.find(KeyOf(candidate_id, stage, false));
  return it == answers_.end() ? latest_ : it->second.machine;
}

}  // namespace kernelevolve
