// How the recipes of a language are written: what begins a comment there, and
// what ke:bindings becomes.
#pragma once

#include <string_view>

namespace kernelevolve {

enum class BindingStyle {
  kCpp,     // options as macros, indices as constexpr int
  kCuda,    // and the element type Real, and ALLOW_TF32
  kPython,  // options, indices, names of attributes and PRECISION as globals
};

struct LanguageStyle {
  std::string_view language;
  std::string_view comment;
  BindingStyle style;
};

// A language that the table does not name is taken for one hosted in Python.
const LanguageStyle& StyleOf(std::string_view language);

}  // namespace kernelevolve
