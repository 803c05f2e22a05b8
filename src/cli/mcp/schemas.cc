#include "cli/mcp/schemas.h"

#include <utility>

namespace kernelevolve::cli::mcp {
namespace {

constexpr int64_t kMostTextBytes = 16 << 10;
constexpr int64_t kMostSourceBytes = 1 << 20;

Json String(const std::string& description, int64_t most) {
  return {{"type", "string"}, {"description", description},
          {"maxLength", most}};
}

}  // namespace

Json Text(const std::string& description) {
  return String(description, kMostTextBytes);
}

Json Source(const std::string& description) {
  return String(description, kMostSourceBytes);
}

Json OneOf(const std::string& description,
           const std::vector<std::string>& values) {
  return {{"type", "string"}, {"description", description}, {"enum", values}};
}

Json Names(const std::string& description) {
  return {{"type", "array"},
          {"description", description},
          {"items", String("a name", 256)}};
}

Json Whole(const std::string& description, int64_t low, int64_t high) {
  return {{"type", "integer"},
          {"description", description},
          {"minimum", low},
          {"maximum", high}};
}

Json Switch(const std::string& description) {
  return {{"type", "boolean"}, {"description", description}};
}

Json ArgumentSchema(Json properties, const std::vector<std::string>& required) {
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"required", required},
          {"additionalProperties", false}};
}

}  // namespace kernelevolve::cli::mcp
