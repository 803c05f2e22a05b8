#include "core/expression.h"

#include <gtest/gtest.h>

#include <cmath>

namespace kernelevolve {
namespace {

const Expression::Bindings kBindings = {
    {"n", 10}, {"m", 3}, {"zero", 0}, {"half", 0.5}};

double Value(std::string_view text, bool logic = false) {
  const auto expression = Expression::Parse(text, logic);
  if (!expression) {
    ADD_FAILURE() << text << ": " << expression.error().message;
    return NAN;
  }
  const auto value = expression->Evaluate(kBindings);
  if (!value) {
    ADD_FAILURE() << text << ": " << value.error().message;
    return NAN;
  }
  return *value;
}

std::string ParseError(std::string_view text, bool logic = false) {
  const auto expression = Expression::Parse(text, logic);
  return expression ? "parsed" : expression.error().message;
}

std::string EvaluateError(std::string_view text) {
  const auto value = Expression::Parse(text)->Evaluate(kBindings);
  return value ? "evaluated" : value.error().message;
}

TEST(Expression, Precedence) {
  EXPECT_EQ(Value("1 + 2 * 3"), 7);
  EXPECT_EQ(Value("(1 + 2) * 3"), 9);
  EXPECT_EQ(Value("10 - 4 - 3"), 3);
  EXPECT_EQ(Value("-n + 1"), -9);
  EXPECT_EQ(Value("2 * -m"), -6);
  EXPECT_EQ(Value("100 / 7 % 4"), 2);
}

TEST(Expression, DivisionOfWholeNumbersTruncatesAsInC) {
  EXPECT_EQ(Value("n / m"), 3);
  EXPECT_EQ(Value("-n / m"), -3);
  EXPECT_EQ(Value("n % m"), 1);
  EXPECT_EQ(Value("-n % m"), -1);
  EXPECT_DOUBLE_EQ(Value("half / 2"), 0.25);
  EXPECT_EQ(Value("9007199254740991 / 3"), 3002399751580330);
}

TEST(Expression, Functions) {
  EXPECT_EQ(Value("ceildiv(n, m)"), 4);
  EXPECT_EQ(Value("ceildiv(-n, m)"), -3);
  EXPECT_EQ(Value("ceildiv(9, 3)"), 3);
  EXPECT_EQ(Value("min(n, m, 7)"), 3);
  EXPECT_EQ(Value("max(n)"), 10);
  EXPECT_EQ(Value("max(1, min(n, 5)) * 2"), 10);
}

TEST(Expression, Numbers) {
  EXPECT_DOUBLE_EQ(Value("1e-3 + .5 + 2."), 2.501);
  EXPECT_EQ(Value("1E3"), 1000);
}

TEST(Expression, Logic) {
  EXPECT_EQ(Value("n * m <= 30 and not zero", true), 1);
  EXPECT_EQ(Value("n < 5 or m == 3", true), 1);
  EXPECT_EQ(Value("not n < 5", true), 1);
  EXPECT_EQ(Value("n >= 10 and n != 10", true), 0);
  EXPECT_EQ(Value("true and not false", true), 1);
  EXPECT_EQ(Value("(n > 5) == true", true), 1);
}

TEST(Expression, LeftSideGuardsTheRight) {
  EXPECT_EQ(Value("zero != 0 and n % zero == 0", true), 0);
  EXPECT_EQ(Value("zero == 0 or n % zero == 0", true), 1);
}

TEST(Expression, ErrorsQuoteTheToken) {
  EXPECT_EQ(ParseError("1 +"),
            "it ends where a number, a name or \"(\" is expected");
  EXPECT_NE(ParseError("1 $ 2").find("\"$\""), std::string::npos);
  EXPECT_NE(ParseError("(1").find("\")\""), std::string::npos);
  EXPECT_NE(ParseError("f(1)").find("unknown function \"f\""),
            std::string::npos);
  EXPECT_NE(ParseError("ceildiv(1)").find("2 arguments"), std::string::npos);
  EXPECT_NE(ParseError("a < b").find("\"<\""), std::string::npos);
  EXPECT_NE(ParseError("1 < 2 < 3", true).find("chained"), std::string::npos);
  EXPECT_NE(ParseError("a && b", true).find("\"&&\""), std::string::npos);
  EXPECT_NE(ParseError("min + 1"), "parsed");
  EXPECT_NE(ParseError("1 2"), "parsed");
  EXPECT_NE(ParseError(""), "parsed");
  EXPECT_NE(ParseError("99999999999999999999"), "parsed");
}

TEST(Expression, HostileTextIsRefused) {
  EXPECT_NE(ParseError(std::string(5000, '1')).find("4096"), std::string::npos);
  const std::string deep = std::string(100, '(') + "1" + std::string(100, ')');
  EXPECT_NE(ParseError(deep).find("deeper"), std::string::npos);
  EXPECT_NE(ParseError(std::string(100, '-') + "1").find("deeper"),
            std::string::npos);
  std::string chain = "1";
  for (int i = 0; i < 2000; ++i) chain += "+1";
  EXPECT_EQ(Value(chain), 2001);
}

TEST(Expression, EvaluationErrors) {
  EXPECT_EQ(EvaluateError("1 / zero"), "division by zero");
  EXPECT_EQ(EvaluateError("ceildiv(1, zero)"), "division by zero");
  EXPECT_EQ(EvaluateError("unbound"), "\"unbound\" has no value");
  EXPECT_EQ(EvaluateError("9007199254740992 * 2"), "beyond 2^53");
  EXPECT_FALSE(Expression::Parse("n * half + 0.5")->EvaluateInteger(kBindings));
  EXPECT_EQ(*Expression::Parse("n * half")->EvaluateInteger(kBindings), 5);
}

TEST(Expression, KnowsItsNamesTextAndWholeness) {
  const auto expression = Expression::Parse("a * b + a");
  EXPECT_EQ(expression->names(), (std::set<std::string>{"a", "b"}));
  EXPECT_EQ(expression->text(), "a * b + a");
  EXPECT_TRUE(expression->whole());
  EXPECT_FALSE(Expression::Parse("a * 0.5")->whole());
  EXPECT_EQ(*Expression::Constant(-7).EvaluateInteger({}), -7);
}

TEST(Expression, BoundsProveThatItEvaluates) {
  const Expression::Ranges box = {{"a", {1, 10}}, {"b", {0, 4}}};
  const auto bounds = [&](std::string_view text) {
    return Expression::Parse(text)->Bounds(box);
  };
  EXPECT_EQ(*bounds("a - b"), (Expression::Range{-3, 10}));
  EXPECT_EQ(*bounds("a * b"), (Expression::Range{0, 40}));
  EXPECT_EQ(*bounds("min(a, b)"), (Expression::Range{0, 4}));
  EXPECT_EQ(bounds("a / b").error().message, "may divide by zero");
  EXPECT_EQ(bounds("a % (b - 2)").error().message, "may divide by zero");
  EXPECT_TRUE(bounds("a / (b + 1)"));
  EXPECT_FALSE(bounds("a * 9007199254740991"));
  EXPECT_FALSE(bounds("c"));
}

// Whatever Bounds says must hold at every point of the box.
TEST(Expression, BoundsContainEveryValue) {
  const Expression::Ranges box = {{"a", {-5, 6}}, {"b", {1, 4}}};
  for (const char* text :
       {"a / b", "a % b", "ceildiv(a, b)", "-a * a + b", "max(a, b) - a / 2",
        "(a + b) * (a - b)", "ceildiv(b, -b - 1)", "a % -b"}) {
    const auto expression = Expression::Parse(text);
    const auto bounds = expression->Bounds(box);
    ASSERT_TRUE(bounds) << text;
    for (int a = -5; a <= 6; ++a)
      for (int b = 1; b <= 4; ++b) {
        const double value = *expression->Evaluate(
            {{"a", static_cast<double>(a)}, {"b", static_cast<double>(b)}});
        EXPECT_LE(bounds->first, value) << text << " " << a << " " << b;
        EXPECT_GE(bounds->second, value) << text << " " << a << " " << b;
      }
  }
}

}  // namespace
}  // namespace kernelevolve
