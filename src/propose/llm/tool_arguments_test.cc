#include "propose/llm/tool_arguments.h"

#include <gtest/gtest.h>

#include "propose/llm/tool_specs.h"

namespace kernelevolve {
namespace {

const ToolSpec& Spec(const std::string& name) {
  static const std::vector<ToolSpec> specs = KernelToolSpecs(true);
  for (const ToolSpec& spec : specs)
    if (spec.name == name) return spec;
  ADD_FAILURE() << name;
  return specs.front();
}

std::string ComplaintOf(const std::string& tool, const std::string& text) {
  const auto arguments = ToolArguments::Parse(text, Spec(tool));
  return arguments ? "" : arguments.error().text;
}

TEST(ToolArguments, TakesWhatTheSchemaTakes) {
  const auto both = ToolArguments::Parse(
      R"({"search": "a", "replace": ""})", Spec("replace"));
  ASSERT_TRUE(both) << both.error().text;
  EXPECT_EQ(both->Text("search"), "a");
  EXPECT_EQ(both->Text("replace"), "");
  EXPECT_EQ(ComplaintOf("lint", ""), "");
  EXPECT_EQ(ComplaintOf("lint", " {} "), "");
  for (const char* node : {R"({"node": 12})", R"({"node": "12"})"}) {
    const auto arguments = ToolArguments::Parse(node, Spec("read_kernel"));
    ASSERT_TRUE(arguments);
    EXPECT_EQ(arguments->Text("node"), "12");
  }
}

TEST(ToolArguments, NullIsAbsent) {
  const auto arguments = ToolArguments::Parse(
      R"({"query": "tails", "error": null})", Spec("search_knowledge"));
  ASSERT_TRUE(arguments) << arguments.error().text;
  EXPECT_EQ(arguments->Text("error"), "");
  EXPECT_NE(ComplaintOf("search_knowledge", R"({"query": null})"), "");
}

TEST(ToolArguments, RefusesEverythingElse) {
  const std::string deep = std::string(100'000, '[');
  for (const std::string& text :
       {std::string("null"), std::string("[]"), std::string("7"),
        std::string("source"), std::string("{\"source\": \"in"),
        std::string("{}"), std::string(R"({"source": 1.5})"),
        std::string(R"({"source": ["a"]})"), std::string(R"({"file": "a"})"),
        std::string(R"({"source": "a", "mode": "w"})"),
        "{\"source\": " + deep, std::string("{\"source\": \"\xff\"}")})
    EXPECT_NE(ComplaintOf("write_kernel", text), "") << text.substr(0, 60);
  EXPECT_NE(ComplaintOf("read_kernel", R"({"node": 1.5})"), "");
  EXPECT_NE(ComplaintOf("read_kernel", R"({"node": true})"), "");
}

TEST(ToolArguments, ComplaintsQuoteLittleOfWhatTheyRefuse) {
  const std::string name(1 << 19, 'n');
  EXPECT_LT(ComplaintOf("lint", "{\"" + name + "\": 1}").size(), 300u);
  EXPECT_LT(ComplaintOf("lint", std::string(10 << 20, 'x')).size(), 300u);
}

}  // namespace
}  // namespace kernelevolve
