// Secret: a key that is hard to leak by accident.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kernelevolve {

// It has no conversion to text and no way to be printed; whoever needs the key
// itself says Reveal, and only the code that builds a request's headers does.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) = default;
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&&) = default;
  ~Secret();

  bool empty() const { return value_.empty(); }
  const std::string& Reveal() const { return value_; }
  // `text` without the key: servers like to quote it back.
  std::string RedactedFrom(std::string_view text) const;

 private:
  std::string value_;
};

// The environment variables that hold keys. Whoever starts a child process
// hides these from it.
std::vector<std::string> SecretEnvironmentNames();

}  // namespace kernelevolve
