// Work bundles: evaluations asked for in one place and made in another, carried
// between the two as files (docs/bundles.md).
//
//   DIR/000001.request/manifest.json, 0001.json, …   what is asked
//   DIR/000001.result.partial                        answers so far
//   DIR/000001.result.json                           all of them
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "wire/messages.h"

namespace kernelevolve::wire {

inline constexpr int kBundleFormat = 1;

struct BundleManifest {
  std::string id;      // of this bundle alone; its answers quote it
  std::string run;     // who asks
  int64_t number = 0;  // within the folder
  std::string target, device, device_kind;  // "cpp@native", "native", "cpu"
  std::map<std::string, std::string> digests;  // of each request, by file
};

// A bundle as read: what can be relied on, and what cannot.
struct Bundle {
  BundleManifest manifest;
  std::map<std::string, EvaluateRequest> requests;  // by file
  std::vector<std::string> problems;
};

fs::path RequestFolder(const fs::path& folder, int64_t number);
fs::path PartialFile(const fs::path& folder, int64_t number);
fs::path ResultFile(const fs::path& folder, int64_t number);

// Of the bundles in a folder, in order.
std::vector<int64_t> BundleNumbers(const fs::path& folder);

// Makes the folder of a bundle, whole or not at all, for the user's eyes only:
// requests hold the seeds that no kernel's author may know. Fills the digests.
Status WriteBundle(const fs::path& folder, BundleManifest& manifest,
                   const std::vector<EvaluateRequest>& requests);
// kBadInput where its manifest is none, or of another format.
Result<Bundle> ReadBundle(const fs::path& folder, int64_t number);

}  // namespace kernelevolve::wire
