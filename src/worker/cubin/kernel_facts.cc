#include "worker/cubin/kernel_facts.h"

#include <algorithm>
#include <map>

#include "base/format.h"
#include "base/text.h"
#include "worker/cubin/byte_view.h"
#include "worker/cubin/elf_image.h"
#include "worker/cubin/fatbin.h"

namespace kernelevolve::worker {
namespace {

constexpr std::string_view kText = ".text.", kInfo = ".nv.info.",
                           kShared = ".nv.shared.",
                           kReserved = ".nv.shared.reserved.";
// Where an image reserves shared memory, each kernel's section counts it too.
constexpr uint64_t kReservedBytes = 1024;
constexpr uint64_t kMostParameterBytes = 32764;  // what hardware takes

// One record of an .nv.info section: a format, an attribute, and a value that
// is in the record, or behind it.
struct Attribute {
  uint8_t id = 0;
  uint16_t value = 0;
  std::string_view payload;
};
constexpr uint8_t kSized = 4;  // the format whose value is a length
// Attributes that we read.
constexpr uint8_t kMaxThreads = 0x05, kRequiredThreads = 0x10,
                  kFrameSize = 0x11, kParameter = 0x17,
                  kRegisterCount = 0x2f, kLargeParameter = 0x45;

std::optional<std::vector<Attribute>> Attributes(std::string_view section) {
  const ByteView view(section);
  std::vector<Attribute> attributes;
  for (uint64_t at = 0; at < section.size(); at += 4) {
    const auto format = view.Get<uint8_t>(at);
    const auto id = view.Get<uint8_t>(at + 1);
    const auto value = view.Get<uint16_t>(at + 2);
    if (!value) return std::nullopt;
    Attribute attribute{*id, *value, {}};
    if (*format == kSized) {
      const auto payload = view.Slice(at + 4, *value);
      if (!payload) return std::nullopt;
      attribute.payload = *payload;
      at += *value;
    }
    attributes.push_back(attribute);
  }
  return attributes;
}

class FactsReader {
 public:
  explicit FactsReader(const ElfImage& image)
      : image_(image) {
    for (const ElfSection& section : image.sections())
      reserves_ = reserves_ || section.name.starts_with(kReserved);
  }

  Result<std::vector<KernelFacts>> Run() {
    const ElfSection* common = image_.Find(".nv.info");
    if (common && !ReadCommon(common->bytes)) return Broken("its .nv.info");
    std::vector<KernelFacts> kernels;
    for (const ElfSection& section : image_.sections()) {
      if (!section.name.starts_with(kText)) continue;
      const std::string name(section.name.substr(kText.size()));
      const ElfSection* info = image_.Find(std::string(kInfo) + name);
      if (!info) continue;  // a function that kernels call
      if (!Afford(name.size() + info->bytes.size()))
        return Broken("its sections lie over each other");
      ASSIGN_OR_RETURN(KernelFacts facts, ReadKernel(name, info->bytes));
      facts.code_bytes = section.size;
      kernels.push_back(std::move(facts));
    }
    return kernels;
  }

 private:
  static tl::unexpected<Error> Broken(const std::string& what) {
    return BadInput("the device code is broken: " + Sanitize(what, 120));
  }

  bool Afford(uint64_t bytes) {
    read_ += bytes;
    return read_ <= image_.budget();
  }

  // What stands once for all kernels, each with a symbol.
  bool ReadCommon(std::string_view section) {
    const auto attributes = Attributes(section);
    if (!attributes) return false;
    for (const Attribute& attribute : *attributes) {
      const ByteView payload(attribute.payload);
      const auto symbol = payload.Get<uint32_t>(0);
      const auto value = payload.Get<uint32_t>(4);
      if (!value) continue;
      const std::string_view name = image_.SymbolName(*symbol);
      if (!Afford(name.size())) return false;
      if (attribute.id == kRegisterCount) registers_[std::string(name)] = *value;
      if (attribute.id == kFrameSize) frames_[std::string(name)] = *value;
    }
    return true;
  }

  Result<KernelFacts> ReadKernel(const std::string& name,
                                 std::string_view section) {
    const auto attributes = Attributes(section);
    if (!attributes) return Broken(name);
    KernelFacts facts;
    facts.name = name;
    facts.registers = static_cast<int>(std::min(registers_[name], 255u));
    facts.local_bytes = frames_[name];
    if (const auto* shared = image_.Find(std::string(kShared) + name))
      facts.shared_bytes =
          shared->size - (reserves_ ? std::min(shared->size, kReservedBytes) : 0);
    std::map<uint16_t, KernelParameter> parameters;
    for (const Attribute& attribute : *attributes)
      if (!ReadAttribute(attribute, facts, parameters)) return Broken(name);
    for (const auto& [ordinal, parameter] : parameters) {
      const uint64_t end = uint64_t{parameter.offset} + parameter.size;
      if (ordinal != facts.parameters.size() || end > kMostParameterBytes ||
          parameter.size == 0 || parameter.offset < facts.ParameterBytes())
        return Broken("parameters of " + name);
      facts.parameters.push_back(parameter);
    }
    return facts;
  }

  static bool ReadAttribute(const Attribute& attribute, KernelFacts& facts,
                            std::map<uint16_t, KernelParameter>& parameters) {
    const ByteView payload(attribute.payload);
    if (attribute.id == kMaxThreads || attribute.id == kRequiredThreads) {
      const auto x = payload.Get<uint32_t>(0), y = payload.Get<uint32_t>(4),
                 z = payload.Get<uint32_t>(8);
      if (!z || *x > 1024 || *y > 1024 || *z > 1024) return false;
      facts.max_threads = static_cast<int>(
          std::clamp<uint64_t>(uint64_t{*x} * *y * *z, 1, 1024));
    }
    if (attribute.id != kParameter && attribute.id != kLargeParameter)
      return true;
    // A reserved word; ordinal and offset; then the size, among flags.
    const auto ordinal = payload.Get<uint16_t>(4);
    const auto offset = payload.Get<uint16_t>(6);
    const auto packed = payload.Get<uint32_t>(8);
    if (!packed) return false;
    const uint32_t size =
        attribute.id == kParameter ? *packed >> 18 : *packed & 0xffff;
    return parameters.try_emplace(*ordinal, KernelParameter{*offset, size}).second;
  }

  const ElfImage& image_;
  bool reserves_ = false;
  uint64_t read_ = 0;  // bytes, as often as they were looked at
  std::map<std::string, uint32_t> registers_, frames_;  // by kernel
};

Result<ElfImage> ParseImage(std::string_view image, int arch) {
  if (IsFatbin(image)) {
    ASSIGN_OR_RETURN(image, FindCubin(image, arch));
  }
  return ElfImage::Parse(image);
}

}  // namespace

Result<std::vector<KernelFacts>> ReadKernelFacts(std::string_view image,
                                                 int arch) {
  ASSIGN_OR_RETURN(const ElfImage elf, ParseImage(image, arch));
  return FactsReader(elf).Run();
}

Result<bool> HoldsVariables(std::string_view image, int arch) {
  ASSIGN_OR_RETURN(const ElfImage elf, ParseImage(image, arch));
  return std::ranges::any_of(elf.sections(), [](const ElfSection& section) {
    const bool global = section.name == ".nv.global" ||
                        section.name == ".nv.global.init";
    return global && section.size > 0;
  });
}

}  // namespace kernelevolve::worker
