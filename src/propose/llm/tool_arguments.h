// Arguments of a tool call, as strictly as the tool's schema says.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "llm/chat.h"
#include "propose/llm/answer.h"

namespace kernelevolve {

class ToolArguments {
 public:
  // The complaint names what was found and what is expected. `text` is hostile,
  // and of any length; "" are no arguments.
  static tl::expected<ToolArguments, Complaint> Parse(const std::string& text,
                                                      const ToolSpec& tool);
  // A number as its digits; "" where it is absent.
  std::string Text(std::string_view name) const;
  // One spelling for equal arguments.
  std::string Canonical() const { return DumpJson(values_); }

 private:
  explicit ToolArguments(Json values) : values_(std::move(values)) {}

  Json values_;
};

}  // namespace kernelevolve
