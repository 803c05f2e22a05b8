#include "cli/mcp/tool_box.h"

#include "base/format.h"
#include "base/text.h"
#include "cli/mcp/arguments_check.h"

namespace kernelevolve::cli::mcp {
namespace {

// A prompt of the longest window, a kernel of the greatest length.
constexpr size_t kMostTextBytes = 1 << 20;
constexpr size_t kMostErrorBytes = 16 << 10;

Json TextContent(const std::string& text, size_t limit) {
  return Json::array({{{"type", "text"}, {"text", Sanitize(text, limit)}}});
}

// Whatever candidates, compilers and logs brought in.
void Clean(Json& json) {
  if (json.is_string()) {
    json = Sanitize(json.get_ref<const std::string&>(), kMostTextBytes);
  } else if (json.is_structured()) {
    for (Json& member : json) Clean(member);
  }
}

Json CallResult(Result<ToolResult> result, bool structured) {
  if (!result)
    return {{"content", TextContent(result.error().message, kMostErrorBytes)},
            {"isError", true}};
  Json json = {{"content", TextContent(result->text, kMostTextBytes)},
               {"isError", false}};
  if (structured && !result->structured.is_null()) {
    Clean(result->structured);
    json["structuredContent"] = std::move(result->structured);
  }
  return json;
}

}  // namespace

Json ToolBox::List() const {
  Json list = Json::array();
  for (const Tool& tool : tools_)
    list.push_back({{"name", tool.name},
                    {"description", tool.description},
                    {"inputSchema", tool.schema},
                    {"annotations", {{"readOnlyHint", tool.reads_only}}}});
  return {{"tools", std::move(list)}};
}

tl::expected<Json, RpcError> ToolBox::Call(const std::string& name,
                                           const Json& arguments,
                                           const ToolContext& context,
                                           bool structured) const {
  for (const Tool& tool : tools_) {
    if (tool.name != name) continue;
    if (const Status fits = CheckArguments(tool.schema, arguments); !fits)
      return CallResult(Fail(fits.error()), structured);
    return CallResult(tool.run(arguments, context), structured);
  }
  return tl::unexpected<RpcError>(RpcError{
      kInvalidParams, format("Unknown tool: {}", Sanitize(name, 100))});
}

}  // namespace kernelevolve::cli::mcp
