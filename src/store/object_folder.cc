#include "store/object_folder.h"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/check.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/format.h"
#include "base/write_all.h"
#include "store/faults.h"

namespace kernelevolve {
namespace {

// Level 3 takes about 10 us for a kernel's source.
constexpr int kLevel = 3;
constexpr size_t kRecentBytes = 8 << 20;
// Larger than any object we write; a damaged header must not exhaust memory.
constexpr uint64_t kMaxObjectBytes = 1 << 30;

tl::unexpected<Error> WriteError(const fs::path& path, int error) {
  if (error == ENOSPC || error == EDQUOT)
    return Broken(format(
        "the disk is full: cannot write {}. Nothing recorded before is lost. "
        "Free some space there, then go on with --resume",
        path.string()));
  return Broken(
      format("cannot write {}: {}. Check that the run's folder is "
             "not read-only and belongs to you",
             path.string(), std::strerror(error)));
}

}  // namespace

struct ObjectFolder::Codec {
  std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> out{ZSTD_createCCtx(),
                                                         ZSTD_freeCCtx};
  std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> in{ZSTD_createDCtx(),
                                                        ZSTD_freeDCtx};

  std::string Compress(std::string_view content) {
    std::string bytes(ZSTD_compressBound(content.size()), '\0');
    const size_t size =
        ZSTD_compressCCtx(out.get(), bytes.data(), bytes.size(), content.data(),
                          content.size(), kLevel);
    CHECK(!ZSTD_isError(size));
    bytes.resize(size);
    return bytes;
  }

  // False if `bytes` is not one whole frame of ours.
  bool Decompress(std::string_view bytes, std::string* content) {
    const unsigned long long size =
        ZSTD_getFrameContentSize(bytes.data(), bytes.size());
    if (size > kMaxObjectBytes) return false;  // the error values are larger
    content->resize(size);
    const size_t got = ZSTD_decompressDCtx(
        in.get(), content->data(), content->size(), bytes.data(), bytes.size());
    return !ZSTD_isError(got) && got == size;
  }
};

ObjectFolder::ObjectFolder(fs::path folder, StoreFaults* faults)
    : folder_(std::move(folder)),
      faults_(faults),
      codec_(std::make_unique<Codec>()) {}

ObjectFolder::~ObjectFolder() = default;

fs::path ObjectFolder::PathOf(const std::string& digest) const {
  CHECK(digest.size() == 64);
  return folder_ / digest.substr(0, 2) / digest.substr(2);
}

Result<std::string> ObjectFolder::Put(std::string_view content) {
  if (content.empty()) return std::string();
  const std::string digest = HexDigest(content);
  if (known_.contains(digest)) return digest;
  const fs::path path = PathOf(digest);
  // A file left by an earlier process counts only if it can be read: a loss of
  // power leaves names without content.
  if (!fs::exists(path) || !Get(digest))
    RETURN_IF_ERROR(Write(path, codec_->Compress(content)));
  known_.insert(digest);
  return digest;
}

Status ObjectFolder::Write(const fs::path& path, std::string_view bytes) {
  if (const int fault = faults_ ? faults_->OnObject(path) : 0)
    return WriteError(path, fault);
  // One writer, so one temporary name; a killed process leaves at most that
  // one.
  const fs::path incoming = folder_ / "incoming";
  Fd fd(
      ::open(incoming.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd && errno == ENOENT) {
    RETURN_IF_ERROR(MakeFolders(folder_));
    fd.Reset(::open(incoming.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                    0644));
  }
  if (!fd) return WriteError(path, errno);
  if (!WriteAll(fd.get(), bytes)) return WriteError(path, errno);
  if (::rename(incoming.c_str(), path.c_str()) == 0) return {};
  if (errno != ENOENT) return WriteError(path, errno);
  RETURN_IF_ERROR(MakeFolders(path.parent_path()));
  if (::rename(incoming.c_str(), path.c_str()) != 0)
    return WriteError(path, errno);
  return {};
}

Result<std::string> ObjectFolder::Get(const std::string& digest) {
  if (digest.empty()) return std::string();
  if (const auto found = recent_.find(digest); found != recent_.end())
    return found->second;
  const fs::path path = PathOf(digest);
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxObjectBytes));
  std::string content;
  if (!codec_->Decompress(bytes, &content) || HexDigest(content) != digest)
    return Broken(format("{} is damaged: its content is not what its name says",
                         path.string()));
  Remember(digest, content);
  return content;
}

void ObjectFolder::Remember(const std::string& digest,
                            std::string_view content) {
  if (recent_bytes_ + content.size() > kRecentBytes) {
    recent_.clear();
    recent_bytes_ = 0;
  }
  if (content.size() > kRecentBytes) return;
  recent_.emplace(digest, content);
  recent_bytes_ += content.size();
}

}  // namespace kernelevolve
