#include "worker/bundle/answer_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/format.h"
#include "base/write_all.h"
#include "core/evaluation_json.h"

namespace kernelevolve::worker {
namespace {

constexpr size_t kMostBytes = 1 << 30;

}  // namespace

Result<AnswerFile> AnswerFile::Open(const fs::path& folder,
                                    const wire::Bundle& bundle) {
  const int64_t number = bundle.manifest.number;
  const fs::path partial = wire::PartialFile(folder, number);
  Fd fd(::open(partial.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd) return SystemError(format("cannot open {}", partial.string()));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
    return BadInput(
        format("{}: another process is at it", partial.string()));
  AnswerFile file(partial, wire::ResultFile(folder, number), std::move(fd));
  RETURN_IF_ERROR(file.Begin(bundle));
  return file;
}

// Leaves the good part of what is there. A killed process leaves nothing bad
// before it, so that nothing good is written a second time, and could be lost.
Status AnswerFile::Begin(const wire::Bundle& bundle) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(partial_, kMostBytes));
  std::string good = wire::HeaderLine(bundle.manifest);
  if (!text.empty()) {
    wire::AnswerSheet sheet = wire::ReadAnswers(text, partial_.string(), bundle,
                                                /*complete=*/false);
    problems_ = std::move(sheet.problems);
    for (const auto& [name, answer] : sheet.answers) {
      good += wire::AnswerLine(answer);
      Count(answer);
    }
  }
  const size_t kept = text.starts_with(good) ? good.size() : 0;
  written_ = good.substr(0, kept);
  if (::ftruncate(fd_.get(), static_cast<off_t>(kept)) != 0 ||
      ::lseek(fd_.get(), 0, SEEK_END) < 0)
    return SystemError(format("cannot write {}", partial_.string()));
  return Write(good.substr(kept));
}

void AnswerFile::Count(const wire::BundleAnswer& answer) {
  answered_.insert(answer.request);
  const auto evaluation = EvaluationFromJson(answer.evaluation);
  accepted_ += evaluation && evaluation->accepted();
}

Status AnswerFile::Write(const std::string& line) {
  if (!WriteAll(fd_.get(), line) || ::fsync(fd_.get()) != 0)
    return SystemError(format("cannot write {}", partial_.string()));
  written_ += line;
  return {};
}

Status AnswerFile::Add(const wire::BundleAnswer& answer) {
  RETURN_IF_ERROR(Write(wire::AnswerLine(answer)));
  Count(answer);
  return {};
}

Status AnswerFile::Finish() {
  RETURN_IF_ERROR(Write(wire::EndLine(written_, answered_.size())));
  std::error_code error;
  fs::rename(partial_, result_, error);
  if (error)
    return Broken(format("cannot make {}: {}", result_.string(),
                         error.message()));
  return {};
}

}  // namespace kernelevolve::worker
