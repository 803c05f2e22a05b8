#include "knowledge/language_style.h"

namespace kernelevolve {
namespace {

constexpr LanguageStyle kStyles[] = {
    {"cpp", "//", BindingStyle::kCpp},
    {"cuda", "//", BindingStyle::kCuda},
    {"hip", "//", BindingStyle::kCuda},
    {"triton", "#", BindingStyle::kPython},
    {"tlx", "#", BindingStyle::kPython},
    {"cute", "#", BindingStyle::kPython},
    {"flydsl", "#", BindingStyle::kPython},
};
constexpr LanguageStyle kOther = {"", "#", BindingStyle::kPython};

}  // namespace

const LanguageStyle& StyleOf(std::string_view language) {
  for (const LanguageStyle& style : kStyles)
    if (style.language == language) return style;
  return kOther;
}

}  // namespace kernelevolve
