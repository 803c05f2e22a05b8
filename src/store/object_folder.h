// ObjectFolder: texts by the SHA-256 of their content, zstd-compressed, one
// file each: objects/ab/cdef…. Sources, logs, task files and messages live
// here; the tables hold digests.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/file.h"

namespace kernelevolve {

class StoreFaults;

// Used from one thread.
class ObjectFolder {
 public:
  // The folder is made by the first Put.
  ObjectFolder(fs::path folder, StoreFaults* faults);
  ~ObjectFolder();

  // The content's digest, 64 hexadecimal digits; "" for empty content, which
  // needs no file. Costs nothing where the object is there already.
  Result<std::string> Put(std::string_view content);
  // kInfrastructure if it is missing or damaged.
  Result<std::string> Get(const std::string& digest);

  fs::path PathOf(const std::string& digest) const;

 private:
  struct Codec;
  Status Write(const fs::path& path, std::string_view bytes);
  void Remember(const std::string& digest, std::string_view content);

  const fs::path folder_;
  StoreFaults* const faults_;
  std::unique_ptr<Codec> codec_;
  std::set<std::string, std::less<>> known_;  // surely on disk, whole
  // Tuned nodes share their source: most reads repeat a recent one.
  std::map<std::string, std::string> recent_;
  size_t recent_bytes_ = 0;
};

}  // namespace kernelevolve
