// The parts of an http(s) URL.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace kernelevolve {

struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // lower case; IPv6 in its brackets
  int port = 0;        // the scheme's own where none is given
  std::string path;    // "" or from its slash on, query included

  // kBadInput for other schemes, for a name or password inside the URL, and
  // for blanks and control characters.
  static Result<Url> Parse(std::string_view text);

  std::string ToString() const;
  // This machine and no other.
  bool loopback() const;
  bool SameOrigin(const Url& other) const {
    return scheme == other.scheme && host == other.host && port == other.port;
  }
};

// Where a Location header leads from `base`.
Result<Url> ResolveLocation(const Url& base, std::string_view location);

}  // namespace kernelevolve
