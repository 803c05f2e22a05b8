// Modules and kernels. An image is an ELF header of a cubin for sm_90, then one
// line for each kernel, its name and the sizes of its parameters, and one for
// each variable, as "=name bytes". What a kernel does goes by its name: "add_one"
// (in, out, count) adds to floats, "fault" and "hang" do so; others do nothing.
#include <elf.h>

#include <cstdio>
#include <cstring>
#include <sstream>

#include "fake_driver.h"

namespace kernelevolve::worker::gpu {

struct CuFunctionTag {
  std::string name;
  std::vector<size_t> sizes, offsets;
  int granted_shared = 48 << 10;
};
struct CuModuleTag {
  std::map<std::string, std::vector<uint64_t>> variables;  // words, as aligned
  std::map<std::string, CuFunctionTag> functions;
};

namespace {

constexpr int kMostShared = 227 << 10;

CuFunctionTag ReadFunction(const std::string& line) {
  std::istringstream words(line);
  CuFunctionTag function;
  words >> function.name;
  size_t at = 0;
  for (size_t size; words >> size;) {
    const size_t alignment = size > 8 ? 64 : size;
    at = (at + alignment - 1) / alignment * alignment;
    function.sizes.push_back(size);
    function.offsets.push_back(at);
    at += size;
  }
  return function;
}

void AddVariable(const std::string& line, CuModule module) {
  std::istringstream words(line.substr(1));
  std::string name;
  size_t bytes = 0;
  words >> name >> bytes;
  module->variables[name].resize((bytes + 7) / 8);
}

std::string Packed(const CuFunctionTag& function, void** parameters) {
  std::string bytes;
  for (size_t i = 0; i < function.sizes.size(); ++i) {
    bytes.resize(function.offsets[i]);
    bytes.append(static_cast<const char*>(parameters[i]), function.sizes[i]);
  }
  return bytes;
}

std::string Describe(const CuLaunchConfig& config, const std::string& name) {
  char text[256];
  std::snprintf(text, sizeof text, "launch %s grid %u %u %u block %u %u %u "
                "shared %u", name.c_str(), config.grid_x, config.grid_y,
                config.grid_z, config.block_x, config.block_y, config.block_z,
                config.shared_bytes);
  std::string line = text;
  for (unsigned i = 0; i < config.attribute_count; ++i) {
    const CuLaunchAttribute& attribute = config.attributes[i];
    if (attribute.id == kLaunchCooperative) line += " cooperative";
    if (attribute.id == kLaunchClusterDimension)
      line += " cluster " + std::to_string(attribute.value.cluster.x);
    if (attribute.id == kLaunchProgrammaticSerialization &&
        attribute.value.programmatic)
      line += " programmatic";
  }
  return line;
}

void Execute(const std::string& name, const std::string& bytes) {
  fake::Log("run " + name);
  if (name == "fault") fake::TheDevice().dying = kCudaIllegalAddress;
  if (name == "hang") fake::TheDevice().hanging = true;
  if (name != "add_one") return;
  const float* in;
  float* out;
  uint32_t count;
  std::memcpy(&in, bytes.data(), 8);
  std::memcpy(&out, bytes.data() + 8, 8);
  std::memcpy(&count, bytes.data() + 16, 4);
  for (uint32_t i = 0; i < count; ++i) out[i] = in[i] + 1;
}

}  // namespace

extern "C" {

CuResult cuModuleLoadDataEx(CuModule* module, const void* image, unsigned, int*,
                            void**) {
  KE_FAKE_ANSWER();
  const auto* header = static_cast<const Elf64_Ehdr*>(image);
  if ((header->e_flags & 0xff) != 90) return kCudaNoBinaryForGpu;
  std::istringstream lines(static_cast<const char*>(image) + sizeof *header);
  *module = new CuModuleTag;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('=')) {
      AddVariable(line, *module);
      continue;
    }
    CuFunctionTag function = ReadFunction(line);
    (*module)->functions[function.name] = function;
  }
  fake::Count("modules", 1);
  return kCudaSuccess;
}
CuResult cuModuleUnload(CuModule module) {
  delete module;
  fake::Count("modules", -1);
  return kCudaSuccess;
}
CuResult cuModuleGetFunction(CuFunction* function, CuModule module,
                             const char* name) {
  const auto found = module->functions.find(name);
  if (found == module->functions.end()) return kCudaNotFound;
  *function = &found->second;
  return kCudaSuccess;
}
CuResult cuModuleGetGlobal_v2(CuAddress* address, size_t* bytes, CuModule module,
                              const char* name) {
  const auto found = module->variables.find(name);
  if (found == module->variables.end()) return kCudaNotFound;
  *address = reinterpret_cast<CuAddress>(found->second.data());
  *bytes = found->second.size() * 8;
  return kCudaSuccess;
}
CuResult cuFuncSetAttribute(CuFunction function, int attribute, int value) {
  fake::Log("attribute " + std::to_string(attribute) + " " +
            std::to_string(value));
  if (attribute != kMaxDynamicSharedBytes) return kCudaSuccess;
  if (value > kMostShared) return kCudaInvalidValue;
  function->granted_shared = value;
  return kCudaSuccess;
}
CuResult cuFuncGetAttribute(int* value, int, CuFunction) {
  *value = 0;
  return kCudaSuccess;
}
CuResult cuFuncGetParamInfo(CuFunction function, size_t index, size_t* offset,
                            size_t* bytes) {
  if (index >= function->sizes.size()) return kCudaInvalidValue;
  *offset = function->offsets[index];
  *bytes = function->sizes[index];
  return kCudaSuccess;
}
CuResult cuLaunchKernelEx(const CuLaunchConfig* config, CuFunction function,
                          void** parameters, void**) {
  KE_FAKE_ANSWER();
  if (static_cast<int>(config->shared_bytes) > function->granted_shared ||
      config->block_x * config->block_y * config->block_z > 1024)
    return kCudaInvalidValue;
  fake::Log(Describe(*config, function->name));
  const std::string bytes = Packed(*function, parameters);
  return fake::Submit(config->stream, [name = function->name, bytes] {
    Execute(name, bytes);
  });
}

}  // extern "C"
}  // namespace kernelevolve::worker::gpu
