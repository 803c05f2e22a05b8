// Flags: the arguments of one command, parsed strictly, and its help.
//
// Wraps CLI11, which throws; nothing leaves here but a Result. Every mistake is
// kBadInput and names the flag, what was found and what was expected.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace kernelevolve::cli {

// Built, parsed and dropped within one command; the targets outlive it.
class Flags {
 public:
  struct Page {
    std::string command;  // "kernelevolve evaluate"
    std::string summary;  // one line
    std::string usage;    // what follows the command
    std::string example;  // one or two lines
  };

  explicit Flags(Page page);
  Flags(Flags&&) noexcept;
  ~Flags();

  // Which page shows the line for a section: the one before it, or the first.
  enum class Shown { kBefore, kFirst };
  // The flags that follow stand on a page of their own, --help-NAME.
  void Section(const std::string& name, const std::string& title,
               const std::string& example, Shown on = Shown::kBefore);

  void Positional(const std::string& name, std::string& target,
                  const std::string& help);
  void OptionalPositional(const std::string& name, std::string& target,
                          const std::string& help);
  // One or more words.
  void Positionals(const std::string& name, std::vector<std::string>& target,
                   const std::string& help);
  // Any number of words, none included.
  void OptionalPositionals(const std::string& name,
                           std::vector<std::string>& target,
                           const std::string& help);
  void Switch(const std::string& flag, bool& target, const std::string& help);
  void Text(const std::string& flag, const std::string& value,
            std::string& target, const std::string& help);
  // May be given several times.
  void Texts(const std::string& flag, const std::string& value,
             std::vector<std::string>& target, const std::string& help);
  // A whole number in [low, high].
  struct Range {
    int64_t low, high;
  };
  void Integer(const std::string& flag, std::optional<int64_t>& target,
               Range range, const std::string& help);
  // A number above 0.
  void Positive(const std::string& flag, std::optional<double>& target,
                const std::string& help);

  // False: the user asked for help, and `help` is what to print.
  Result<bool> Parse(const std::vector<std::string>& arguments);
  // Fits a screen: at most 24 lines.
  std::string Help() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kernelevolve::cli
