// recipe_sources LANGUAGE DTYPE FOLDER [DATA]: every recipe of a language that
// fits a shipped task, with every choice of its options, as one source file
// each. The tasks' f32 tensors become DTYPE first. One JSON line per file says
// what it is. For checks that compile or run them (tests/recipe_check_*.py).
#include <cstdio>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "core/task_parser.h"
#include "knowledge/instantiate.h"
#include "knowledge/recipe_index.h"
#include "propose/recipe_choice.h"

namespace kernelevolve {
namespace {

constexpr size_t kMaxCombinations = 200;

struct Request {
  std::string language;
  DType dtype;
  fs::path folder, data;
};

void Retype(std::vector<TensorSpec>& tensors, DType dtype) {
  for (TensorSpec& tensor : tensors)
    if (tensor.dtype == DType::kF32) tensor.dtype = dtype;
}

Status WriteChoice(const Request& request, const Task& task,
                   const RecipeChoice& choice, size_t number) {
  const Recipe& recipe = *choice.way->recipe;
  const Result<std::string> source =
      Instantiate(recipe, choice.way->match, choice.options, task);
  // Options that the task's dtype or precision rules out are passed over.
  if (!source && choice.options != DefaultOptions(recipe)) return {};
  if (!source) return Fail(source.error());
  const std::string name = format(
      "{}-{}-{}-{}.{}", task.name, recipe.name, number,
      DTypeName(request.dtype), request.language == "cuda" ? "cu" : "py");
  RETURN_IF_ERROR(WriteFileAtomic(request.folder / name, *source));
  Json line;
  line["file"] = name;
  line["task"] = task.name;
  line["recipe"] = recipe.name;
  line["dtype"] = DTypeName(request.dtype);
  line["options"] = choice.options;
  line["fit"] = choice.way->fit;
  std::printf("%s\n", DumpJson(line).c_str());
  return {};
}

Status WriteTask(const Request& request, const RecipeIndex& index, Task task) {
  Retype(task.inputs, request.dtype);
  Retype(task.outputs, request.dtype);
  size_t number = 0;
  const std::vector<RankedMatch> ways = index.Matches(task);
  for (const RankedMatch& way : ways) {
    std::vector<RecipeChoice> choices = {
        RecipeChoice{&way, DefaultOptions(*way.recipe)}};
    for (RecipeChoice& choice : OptionCombinations(way, kMaxCombinations))
      choices.push_back(std::move(choice));
    for (const RecipeChoice& choice : choices)
      RETURN_IF_ERROR(WriteChoice(request, task, choice, number++));
  }
  return {};
}

Status WriteAll(const Request& request) {
  RETURN_IF_ERROR(MakeFolders(request.folder));
  ASSIGN_OR_RETURN(const RecipeIndex index,
                   RecipeIndex::Load(request.data, request.language));
  for (const std::string& problem : index.problems()) return BadInput(problem);
  for (const std::string& name : ShippedTaskNames(request.data)) {
    ASSIGN_OR_RETURN(Task task, FindTask(name, request.data));
    RETURN_IF_ERROR(WriteTask(request, index, std::move(task)));
  }
  return {};
}

int Main(const std::vector<std::string>& words) {
  const auto dtype =
      words.size() < 3 ? std::nullopt : ParseDType(words[1]);
  if (!dtype) {
    std::fprintf(stderr, "recipe_sources LANGUAGE DTYPE FOLDER [DATA]\n");
    return 2;
  }
  const Status done = WriteAll({words[0], *dtype, words[2],
                                words.size() > 3 ? words[3] : "."});
  if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return done ? 0 : 1;
}

}  // namespace
}  // namespace kernelevolve

int main(int argc, char** argv) {
  return kernelevolve::Main({argv + 1, argv + argc});
}
