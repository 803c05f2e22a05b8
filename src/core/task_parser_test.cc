#include "core/task_parser.h"

#include <gtest/gtest.h>

#include "base/format.h"
#include "core/testing/task_text.h"

namespace kernelevolve {
namespace {

// The mistakes that one replacement in the good task causes.
std::string Spoiled(const std::string& from, const std::string& to) {
  return Mistakes(Replaced(kGoodTask, from, to));
}

TEST(TaskParser, ReadsEveryPart) {
  const ParsedTask parsed = ParseText(kGoodTask);
  ASSERT_EQ(Mistakes(kGoodTask), "");
  const Task& task = parsed.task;
  EXPECT_EQ(task.name, "scale");
  EXPECT_EQ(task.operator_family, "map");
  EXPECT_EQ(task.dims, (std::vector<std::string>{"n", "m"}));
  ASSERT_EQ(task.inputs.size(), 2u);
  EXPECT_EQ(task.inputs[1].dtype, DType::kI32);
  EXPECT_TRUE(task.inputs[1].constant);
  EXPECT_EQ(task.inputs[1].values.kind, ValueSpec::Kind::kJaggedOffsets);
  EXPECT_EQ(task.attributes[0].default_value, 2);
  ASSERT_EQ(task.shapes.size(), 2u);
  EXPECT_EQ(task.shapes[1].weight, 2.5);
  EXPECT_EQ(task.AttributeValues(task.shapes[0]), std::vector<double>{2});
  EXPECT_EQ(task.AttributeValues(task.shapes[1]), std::vector<double>{3});
  EXPECT_EQ(Extents(task.inputs[1], task.shapes[0]), std::vector<int64_t>{5});
  EXPECT_EQ(ElementCount(task.outputs[0], task.shapes[1]), 64 * 128);
  EXPECT_EQ(task.domain.at("m").high, 256);
  EXPECT_EQ(*task.flops->Evaluate(BindDims(task.shapes[0])), 32);
  EXPECT_EQ(task.reference_cpp, "reference.cc");
  EXPECT_EQ(task.baselines[0].link, std::vector<std::string>{"dnnl"});
  EXPECT_FALSE(task.objective.cold_cache);
  EXPECT_EQ(task.objective.cores, 2);
  EXPECT_EQ(task.files.size(), 3u);
}

TEST(TaskParser, ShapesForAKindOfDevice) {
  const Task task =
      ParseText(Replaced(kGoodTask, "[\"cpu\", \"gpu\"]", "[\"gpu\"]")).task;
  ASSERT_EQ(task.ShapesFor("cpu").size(), 1u);
  EXPECT_EQ(task.ShapesFor("cpu")[0].name, "small");
  EXPECT_EQ(task.ShapesFor("gpu").size(), 2u);
  EXPECT_EQ(task.FindShape("large")->dims.at("n"), 64);
  EXPECT_EQ(task.FindShape("huge"), nullptr);
}

TEST(TaskParser, DigestCoversNamedFilesOnly) {
  const std::map<std::string, std::string> files = {
      {"task.toml", kGoodTask},
      {"reference.cc", "a"},
      {"baselines/plain.cc", "b"}};
  auto more = files, other = files;
  more["notes.txt"] = "not part of the task";
  other["reference.cc"] = "c";
  EXPECT_EQ(ParseTask(files).task.Digest(), ParseTask(more).task.Digest());
  EXPECT_NE(ParseTask(files).task.Digest(), ParseTask(other).task.Digest());
}

TEST(TaskParser, AllMistakesAtOnceInTheOrderOfLines) {
  std::string text = Replaced(kGoodTask, "name = \"scale\"", "name = 3");
  text = Replaced(text, "dtype = \"i32\"", "dtype = \"int\"");
  text = Replaced(text, "m = 128", "m = -1");
  text = Replaced(text, "cores = 2", "cors = 2");
  EXPECT_EQ(
      Mistakes(text),
      "task.toml:1: name: found 3, expected a letter or _, then letters, "
      "digits "
      "and _ (at most 64)\n"
      "task.toml:14: inputs[1].dtype: found \"int\", expected one of f64 f32 "
      "f16 "
      "bf16 f8e4m3 f8e5m2 i64 i32 i16 i8 u8 bool\n"
      "task.toml:36: shapes[1].m: found -1, expected a whole number from 0 to "
      "1099511627776\n"
      "task.toml:59: objective.cors: found an unknown key, expected "
      "\"cores\"\n");
}

TEST(TaskParser, NotTomlHasItsLine) {
  EXPECT_EQ(Mistakes("name = \"x\"\ndims = [\n").find("task.toml:"), 0u);
  EXPECT_EQ(ParseTask({}).diagnostics.size(), 1u);
  EXPECT_NE(Mistakes("").find("name: found nothing"), std::string::npos);
}

TEST(TaskParser, UnknownKeysNameTheNearest) {
  EXPECT_EQ(Spoiled("constant = true", "constnat = true"),
            "task.toml:17: inputs[1].constnat: found an unknown key, expected "
            "\"constant\"\n");
  EXPECT_NE(Spoiled("[objective]", "[objectve]").find("expected \"objective\""),
            std::string::npos);
  EXPECT_NE(
      Spoiled("weight = 2.5", "k = 3").find("shapes[1].k: found an unknown"),
      std::string::npos);
  EXPECT_NE(Spoiled("{ factor = 3 }", "{ factr = 3 }").find("\"factor\""),
            std::string::npos);
}

struct Spoil {
  const char* from;
  const char* to;
  const char* key;  // of the mistake
};

class TaskParserSpoil : public testing::TestWithParam<Spoil> {};

TEST_P(TaskParserSpoil, IsReportedUnderItsKey) {
  const Spoil& spoil = GetParam();
  const std::string mistakes = Spoiled(spoil.from, spoil.to);
  EXPECT_NE(mistakes.find(format(": {}: found", spoil.key)), std::string::npos)
      << spoil.to << "\n"
      << mistakes;
}

INSTANTIATE_TEST_SUITE_P(
    Names, TaskParserSpoil,
    testing::Values(
        Spoil{"\"n\", \"m\"]\n\n", "\"n\", \"n\"]\n\n", "dims"},
        Spoil{"[\"n\", \"m\"]\n\n", "[\"n\", \"m\", \"weight\"]\n\n", "dims"},
        Spoil{"[\"n\", \"m\"]\n\n", "[\"n\", \"m\", \"max\"]\n\n", "dims"},
        Spoil{"[\"n\", \"m\"]\n\n", "[\"n\", \"m\", 3]\n\n", "dims[2]"},
        Spoil{"\"map\"", "\"a map\"", "operator"},
        Spoil{"name = \"offsets\"", "name = \"x\"", "inputs[1].name"},
        Spoil{"name = \"y\"", "name = \"x\"", "outputs[0].name"},
        Spoil{"name = \"x\"", "name = \"my x\"", "inputs[0].name"},
        Spoil{"name = \"large\"", "name = \"small\"", "shapes[1].name"},
        Spoil{"name = \"large\"", "name = \"a/b\"", "shapes[1].name"},
        Spoil{"name = \"plain\"", "name = \"reference\"", "baselines[0].name"},
        Spoil{"name = \"factor\"\n", "", "attributes[0].name"},
        Spoil{"default = 2.0", "default = inf", "attributes[0].default"}));

INSTANTIATE_TEST_SUITE_P(
    Tensors, TaskParserSpoil,
    testing::Values(
        Spoil{"shape = [\"n + 1\"]", "shape = [\"k + 1\"]",
              "inputs[1].shape[0]"},
        Spoil{"shape = [\"n + 1\"]", "shape = [\"n +\"]", "inputs[1].shape[0]"},
        Spoil{"shape = [\"n + 1\"]", "shape = [\"n * 1.5\"]",
              "inputs[1].shape[0]"},
        Spoil{"shape = [\"n + 1\"]", "shape = [true]", "inputs[1].shape[0]"},
        Spoil{"shape = [\"n + 1\"]", "shape = \"n\"", "inputs[1].shape"},
        Spoil{"shape = [\"n + 1\"]\n", "", "inputs[1].shape"},
        Spoil{"shape = [\"n + 1\"]", "shape = [1, 1, 1, 1, 1, 1, 1, 1, 1]",
              "inputs[1].shape"},
        Spoil{"shape = [\"n + 1\"]", "shape = [\"n - 4\"]",
              "inputs[1].shape[0]"},
        Spoil{"shape = [\"n + 1\"]", "shape = [\"n - 2\"]",
              "inputs[1].shape[0]"},
        Spoil{"shape = [\"n + 1\"]", "shape = [\"9999 / (n - 3)\"]",
              "inputs[1].shape[0]"},
        Spoil{"shape = [\"n + 1\"]", "shape = [1099511627776]",
              "inputs[1].shape"},
        Spoil{"constant = true", "constant = 1", "inputs[1].constant"},
        Spoil{"dtype = \"i32\"\n", "", "inputs[1].dtype"}));

INSTANTIATE_TEST_SUITE_P(
    Generators, TaskParserSpoil,
    testing::Values(
        Spoil{"normal(0, 1)", "normal(0)", "inputs[0].values"},
        Spoil{"normal(0, 1)", "gauss(0, 1)", "inputs[0].values"},
        Spoil{"normal(0, 1)", "normal(0, 0)", "inputs[0].values"},
        Spoil{"normal(0, 1)", "normal(0, 1", "inputs[0].values"},
        Spoil{"normal(0, 1)", "normal(0, k)", "inputs[0].values"},
        Spoil{"normal(0, 1)", "uniform(1, 1)", "inputs[0].values"},
        Spoil{"normal(0, 1)", "randint(3, 2)", "inputs[0].values"},
        Spoil{"normal(0, 1)", "permutation", "inputs[0].values"},
        Spoil{"jagged_offsets(m)", "normal(0, 1)", "inputs[1].values"},
        Spoil{"jagged_offsets(m)", "increasing(0, n - 1)", "inputs[1].values"},
        Spoil{"jagged_offsets(m)", "jagged_offsets(-m)", "inputs[1].values"},
        Spoil{"jagged_offsets(m)", "randint(0, 4294967296)",
              "inputs[1].values"},
        Spoil{"jagged_offsets(m)", "constant(0.5)", "inputs[1].values"},
        Spoil{"values = \"jagged_offsets(m)\"\n", "", "inputs[1].values"}));

INSTANTIATE_TEST_SUITE_P(
    Shapes, TaskParserSpoil,
    testing::Values(
        Spoil{"m = 128\n", "", "shapes[1].m"},
        Spoil{"n = 64\n", "n = 64.0\n", "shapes[1].n"},
        Spoil{"n = 64\n", "n = 65\n", "shapes[1].n"},  // outside the domain
        Spoil{"weight = 2.5", "weight = 0", "shapes[1].weight"},
        Spoil{"for = [\"cpu\", \"gpu\"]", "for = \"gpu\"", "shapes[1].for"},
        Spoil{"\"gpu\"]", "\"g p u\"]", "shapes[1].for"},
        Spoil{"{ factor = 3 }", "{ factor = \"3\" }",
              "shapes[1].attributes.factor"},
        Spoil{"n = [1, 64]", "n = [64, 1]", "domain.n"},
        Spoil{"n = [1, 64]", "n = 64", "domain.n"},
        Spoil{"n = [1, 64]\n", "", "domain.n"},
        Spoil{"n = [1, 64]", "k = [1, 2]\nn = [1, 64]", "domain.k"}));

INSTANTIATE_TEST_SUITE_P(
    Rest, TaskParserSpoil,
    testing::Values(
        Spoil{"\"n * m\"", "\"n * q\"", "cost.flops"},
        Spoil{"\"n * m\"", "\"n - m\"", "cost.flops"},
        Spoil{"bytes = \"8 * n * m\"\n", "", "cost.bytes"},
        Spoil{"\"reference.cc\"", "\"missing.cc\"", "reference.cpp"},
        Spoil{"\"reference.cc\"", "\"/etc/passwd\"", "reference.cpp"},
        Spoil{"\"reference.cc\"", "\"../reference.cc\"", "reference.cpp"},
        Spoil{"\"reference.cc\"", "\"./a\"", "reference.cpp"},
        Spoil{"\"reference.cc\"", "\"task.toml\"", "reference.cpp"},
        Spoil{"cpp = \"reference.cc\"", "", "reference.cpp"},
        Spoil{"cpp = \"baselines/plain.cc\"", "", "baselines[0].cpp"},
        Spoil{"link = [\"dnnl\"]", "torch = \"reference.cc\"",
              "baselines[0].cpp"},
        Spoil{"[\"dnnl\"]", "[\"-Wl,evil\"]", "baselines[0].link"},
        Spoil{"\"hot\"", "\"warm\"", "objective.cache"},
        Spoil{"cores = 2", "cores = 0", "objective.cores"},
        Spoil{"cores = 2", "precision = \"fp32\"", "objective.precision"},
        Spoil{"cores = 2", "deterministic = \"yes\"",
              "objective.deterministic"}));

TEST(TaskParser, ToleranceNeedsAReason) {
  const std::string good = kGoodTask;
  const std::string reason = "reason = \"iterates to 1e-3\"\n";
  EXPECT_EQ(Mistakes(good + "[tolerance]\nrtol = 1e-3\n" + reason), "");
  EXPECT_EQ(
      Mistakes(good + "[[tolerance]]\noutput = \"y\"\natol = 1e-3\n" + reason),
      "");
  EXPECT_NE(Mistakes(good + "[tolerance]\nrtol = 1e-3\n")
                .find("tolerance.reason: found nothing"),
            std::string::npos);
  EXPECT_NE(Mistakes(good + "[tolerance]\nrtol = 1e-3\nreason = \" \"\n"), "");
  EXPECT_NE(Mistakes(good + "[tolerance]\n" + reason).find("tolerance.rtol"),
            std::string::npos);
  EXPECT_NE(Mistakes(good + "[tolerance]\nrtol = -1\n" + reason), "");
  EXPECT_NE(
      Mistakes(good + "[[tolerance]]\noutput = \"z\"\natol = 1\n" + reason)
          .find("tolerance[0].output"),
      std::string::npos);
}

TEST(TaskParser, MissingPartsAreNamed) {
  const std::string mistakes = Mistakes("name = \"x\"\ndims = [\"n\"]\n");
  for (const char* key : {"inputs", "outputs", "shapes", "domain", "reference"})
    EXPECT_NE(mistakes.find(format(": {}: found nothing", key)),
              std::string::npos)
        << key << "\n"
        << mistakes;
}

TEST(TaskParser, OneCauseIsReportedOnce) {
  // A misspelt dim spoils tensors, shapes and domain; only it is reported.
  const std::string mistakes =
      Spoiled("\"n\", \"m\"]\n\n", "\"n\", \"m m\"]\n\n");
  EXPECT_EQ(std::count(mistakes.begin(), mistakes.end(), '\n'), 1) << mistakes;
  // A constraint broken at every shape is reported for the first.
  const std::string small =
      Spoiled("shape = [\"n + 1\"]", "shape = [\"n - 100\"]");
  EXPECT_EQ(std::count(small.begin(), small.end(), '\n'), 1) << small;
}

TEST(TaskParser, ShapesForOtherDevicesMayLeaveTheDomain) {
  const std::string text = Replaced(kGoodTask, "n = 64\n", "n = 6400\n");
  EXPECT_NE(Mistakes(text), "");
  EXPECT_EQ(Mistakes(Replaced(text, "[\"cpu\", \"gpu\"]", "[\"gpu\"]")), "");
}

TEST(TaskParser, ZeroExtentsOnlyWhereTheDomainHasZero) {
  const std::string with_zero =
      Replaced(kGoodTask, "m = [1, 256]", "m = [0, 256]");
  EXPECT_EQ(Mistakes(with_zero), "");
  EXPECT_NE(Mistakes(Replaced(with_zero, "m = 8\n", "m = 0\n")), "");
}

TEST(TaskParser, ValuesDefaultForFloatingInputs) {
  const ParsedTask parsed =
      ParseText(Replaced(kGoodTask, "values = \"normal(0, 1)\"\n", ""));
  ASSERT_TRUE(parsed.diagnostics.empty());
  EXPECT_EQ(parsed.task.inputs[0].values.text, "normal(0, 1)");
}

TEST(TaskParser, AFloodOfMistakesIsCut) {
  std::string text = kGoodTask;
  for (int i = 0; i < 300; ++i) text += format("bad{} = 1\n", i);
  EXPECT_EQ(ParseText(text).diagnostics.size(), 100u);
}

}  // namespace
}  // namespace kernelevolve
