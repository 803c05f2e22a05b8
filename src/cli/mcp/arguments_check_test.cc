#include "cli/mcp/arguments_check.h"

#include <gtest/gtest.h>

#include "cli/mcp/kernel_arguments.h"
#include "cli/mcp/schemas.h"

namespace kernelevolve::cli::mcp {
namespace {

Json Schema() {
  return ArgumentSchema({{"name", Text("a name")},
                         {"kind", OneOf("of it", {"one", "two"})},
                         {"count", Whole("of them", 1, 9)},
                         {"quick", Switch("or not")},
                         {"parameters", ParametersSchema()},
                         {"edits", EditsSchema()}},
                        {"name"});
}

// "" where they fit.
std::string Complaint(const std::string& text) {
  const Status status = CheckArguments(Schema(), *ParseJson(text));
  return status ? "" : status.error().message;
}

TEST(ArgumentsCheck, TakesWhatFits) {
  EXPECT_EQ(Complaint(R"({"name":"x","kind":"two","count":9,"quick":true,
                          "parameters":{"A":8,"B":"true","C":1.5},
                          "edits":[{"search":"a","replace":"b"}]})"),
            "");
}

TEST(ArgumentsCheck, NamesWhatDoesNot) {
  EXPECT_EQ(Complaint("{}"), "name: missing");
  EXPECT_EQ(Complaint("[]"), "the arguments are no object");
  EXPECT_EQ(Complaint(R"({"name":7})"), "name: found 7, expected string");
  EXPECT_EQ(Complaint(R"({"name":"x","kind":"three"})"),
            "kind: found \"three\", expected one of one, two");
  EXPECT_EQ(Complaint(R"({"name":"x","count":0})"),
            "count: found 0, expected 1 or more");
  EXPECT_EQ(Complaint(R"({"name":"x","count":18446744073709551615})"),
            "count: found 18446744073709551615, expected 9 at most");
  EXPECT_EQ(Complaint(R"({"name":"x","count":1.5})"),
            "count: found 1.5, expected integer");
  EXPECT_EQ(Complaint(R"({"name":"x","quick":"yes"})"),
            "quick: found \"yes\", expected boolean");
  EXPECT_EQ(Complaint(R"({"nmae":"x"})"),
            "nmae: unknown argument; did you mean name?");
}

TEST(ArgumentsCheck, LooksIntoWhatIsNested) {
  EXPECT_EQ(Complaint(R"({"name":"x","parameters":{"A":[1]}})"),
            "parameters.A: found [1], expected string or number or boolean");
  EXPECT_EQ(Complaint(R"({"name":"x","edits":[{"search":"a"}]})"),
            "edits[0].replace: missing");
  EXPECT_EQ(Complaint(R"({"name":"x","edits":[1]})"),
            "edits[0]: found 1, expected object");
}

TEST(ArgumentsCheck, BoundsTexts) {
  EXPECT_EQ(Complaint(R"({"name":")" + std::string(20'000, 'x') + "\"}"),
            "name: longer than 16384 bytes");
}

}  // namespace
}  // namespace kernelevolve::cli::mcp
