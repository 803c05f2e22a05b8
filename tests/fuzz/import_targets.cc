// Targets of what people bring along: recipes, and what the importer says of
// KernelBench files. (Of the files themselves: tests/python/kernelbench_fuzz.py.)
#include "base/check.h"
#include "engine/imported_file.h"
#include "fuzz_target.h"
#include "knowledge/recipe_parser.h"

namespace kernelevolve::fuzz {
namespace {

bool OnOneLine(const std::string& text) {
  return text.find_first_of("\n\r\x1b") == std::string::npos;
}

bool RunImport(std::string_view input) {
  const auto file = ImportedFromText(input, "model.py");
  if (!file) return false;
  for (const std::string* text : {&file->kind, &file->why, &file->name})
    CHECK(OnOneLine(*text));
  for (const std::string& note : file->notes) CHECK(OnOneLine(note));
  const std::string kept = DumpJson(ToJson(*file));
  const auto again = ImportedFromText(kept, "model.py");
  CHECK(again && DumpJson(ToJson(*again)) == kept);
  return file->admitted || !file->kind.empty();
}

std::vector<std::string> ImportSeeds() {
  return {R"({"file": "a.py", "admitted": true, "name": "a", "folder": "out/a",
 "notes": ["eval mode: dropout is off"], "agreement": 1e-7, "inputs": 1,
 "weights": 2, "dims": {"n0": 16}})",
          R"({"file": "a.py", "admitted": false, "kind": "broken",)"
          R"( "why": "Model cannot be made: é\n\u001b[31m"})"};
}

bool RunRecipe(std::string_view input) {
  const auto recipe = ParseRecipe(input, "r.cc", "cpp");
  if (!recipe) {
    CHECK(!recipe.error().message.empty());
    return false;
  }
  CHECK(!recipe->name.empty());
  for (const RecipeOption& option : recipe->options)
    CHECK(!option.values.empty());
  return true;
}

std::vector<std::string> RecipeSeeds() {
  return {
      "// ke:recipe jagged\n// ke:summary sums of lists\n"
      "// ke:input values f32 [..., max(T, 1), 2 * R]\n"
      "// ke:input offsets i64 [B + 1] offsets sorted\n"
      "// ke:output sums f32 [B]\n// ke:attribute eps\n// ke:calls exp max\n"
      "// ke:option ROWS in {1, 2, 4}\n// ke:tune UNROLL = 4 in {1, 2, 4}\n"
      "#include <kernelevolve/abi.h>\n// ke:bindings\nint x;\n",
      "// ke:recipe any\n// ke:signature any\n// ke:bindings\n"
      "// ke:reference\nint x;\n"};
}

}  // namespace

std::vector<Target> ImportTargets() {
  return {{"import", RunImport, ImportSeeds, 11},
          {"recipe", RunRecipe, RecipeSeeds, 9}};
}

}  // namespace kernelevolve::fuzz
