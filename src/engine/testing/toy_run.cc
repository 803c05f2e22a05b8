#include "engine/testing/toy_run.h"

#include <cmath>
#include <cstdlib>

#include "eval/testing/toy_task.h"

namespace kernelevolve {
namespace {

constexpr const char* kQuick =
    "// ke:recipe quick\n// ke:summary many choices\n"
    "// ke:input x f32 [..., C]\n// ke:output y f32 [..., C]\n"
    "// ke:option A in {0, 1, 2, 3, 4}\n// ke:option B in {0, 1, 2}\n"
    "// ke:tune U = 1 in {1, 2, 4, 8, 16, 32}\n"
    "// ke:tune V = 1 in {1, 2, 4, 8, 16, 32}\n// ke:bindings\n";
constexpr const char* kPlain =
    "// ke:recipe plain\n// ke:summary nothing to choose\n"
    "// ke:input x f32 [N]\n// ke:output y f32 [N]\n// ke:bindings\n";

// The value of "#define NAME value" in the source.
double DefinedValue(const std::string& source, const std::string& name) {
  const std::string define = "#define " + name + " ";
  const size_t at = source.find(define);
  return at == std::string::npos
             ? 0
             : std::strtod(source.c_str() + at + define.size(), nullptr);
}

class SharedEvaluator : public Evaluator {
 public:
  explicit SharedEvaluator(Evaluator& evaluator) : evaluator_(evaluator) {}
  Result<Evaluation> Evaluate(const EvaluationRequest& request,
                              const StopCondition& stop) override {
    return evaluator_.Evaluate(request, stop);
  }

 private:
  Evaluator& evaluator_;
};

}  // namespace

Status WriteToyData(const fs::path& data) {
  const fs::path recipes = data / "knowledge" / "recipes" / "cpp";
  RETURN_IF_ERROR(MakeFolders(recipes));
  RETURN_IF_ERROR(WriteFileAtomic(recipes / "quick.cc", kQuick));
  return WriteFileAtomic(recipes / "plain.cc", kPlain);
}

Status WriteLargeToyData(const fs::path& data) {
  RETURN_IF_ERROR(WriteToyData(data));
  const std::string ten = " in {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}\n";
  return WriteFileAtomic(
      data / "knowledge" / "recipes" / "cpp" / "quick.cc",
      "// ke:option C" + ten + "// ke:option D" + ten + kQuick);
}

Evaluation ToyLandscape(const EvaluationRequest& request) {
  if (request.candidate.parameters.empty()) return FakeAccepted(1);
  Evaluation tuned = UnimodalLandscape(request, {{"U", "8"}, {"V", "4"}});
  const std::string& source = request.candidate.source;
  const double structure = 4 - std::fabs(DefinedValue(source, "A") - 3) + 4 -
                           std::fabs(DefinedValue(source, "B") - 1);
  return FakeAccepted(tuned.speedup * structure * 2);
}

OptimizeOptions ToyOptions(const fs::path& data, const fs::path& run_folder) {
  OptimizeOptions options;
  options.task = ToyTask();
  options.targets = ToyTarget();
  options.data = data;
  options.run_folder = run_folder;
  options.budget.nodes = 60;
  return options;
}

ExecutorFactory ShareEvaluator(Evaluator& evaluator) {
  return [&evaluator](const WorkDir&) -> Result<Executor> {
    return Executor{std::make_unique<SharedEvaluator>(evaluator),
                    "a fake device", "fake 1.0"};
  };
}

void RecordingObserver::OnDone(const RunSummary&) { done = true; }

}  // namespace kernelevolve
