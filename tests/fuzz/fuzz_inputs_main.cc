// fuzz_inputs: mutated inputs by the million, from a seed; see kUsage.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/file.h"
#include "base/format.h"
#include "fuzz_run.h"
#include "last_input.h"
#include "mutator.h"

namespace kernelevolve::fuzz {
namespace {

constexpr const char* kUsage =
    R"(fuzz_inputs [flags] [TARGET...]     all targets if none is named

  --inputs N      over all targets, by their shares (100000)
  --seconds S     end earlier
  --seed N        of the inputs (1)
  --from N        number of each target's first input (0)
  --record FILE   what was run and found, as lines of JSON
  --source TEXT   which state of the sources, for the record
  --show          write the one input `--from N TARGET` to standard output

Exit: 0 no crash and no leak; 1 a leak; 2 wrong usage. What crashes or hangs
ends the process; the last line says how to make that input again.
)";

struct Options {
  RunOptions run;
  std::string record, source;
  bool show = false;
  std::vector<std::string> names;
};

// False where the words make no sense.
bool TakeFlag(const std::string& flag, const char* value, Options& options) {
  char* end = nullptr;
  if (flag == "--record") return options.record = value, true;
  if (flag == "--source") return options.source = value, true;
  if (flag == "--seconds") options.run.seconds = std::strtod(value, &end);
  if (flag == "--inputs") options.run.inputs = std::strtoull(value, &end, 10);
  if (flag == "--seed") options.run.seed = std::strtoull(value, &end, 10);
  if (flag == "--from") options.run.from = std::strtoull(value, &end, 10);
  return end && end != value && *end == '\0';
}

std::optional<Options> ReadOptions(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--show")
      options.show = true;
    else if (!word.starts_with("--"))
      options.names.push_back(word);
    else if (++i == argc || !TakeFlag(word, argv[i], options))
      return std::nullopt;
  }
  return options;
}

std::vector<Target> Chosen(const std::vector<std::string>& names) {
  if (names.empty()) return Targets();
  std::vector<Target> chosen;
  for (const std::string& name : names)
    for (const Target& target : Targets())
      if (name == target.name) chosen.push_back(target);
  return chosen.size() == names.size() ? chosen : std::vector<Target>();
}

Json Provenance(const Options& options, const Clock& clock) {
  return {{"kind", "run"},
          {"program", "fuzz_inputs"},
          {"source", options.source},
          {"compiler", KE_FUZZ_COMPILER},
          {"flags", KE_FUZZ_FLAGS},
          {"sanitizer_seen", SanitizerSeen()},
          {"seed", options.run.seed},
          {"from", options.run.from},
          {"inputs_asked", options.run.inputs},
          {"began", clock.WallSeconds()}};
}

void Print(const std::vector<TargetCount>& counts) {
  for (const TargetCount& count : counts)
    std::printf("%s", format("{:<11} {:>9} inputs  {:5.1f} % taken  {:8.1f} s  "
                             "slowest {:.1f} ms (number {})\n",
                             count.target, count.inputs,
                             100.0 * static_cast<double>(count.taken) /
                                 static_cast<double>(
                                     std::max<uint64_t>(count.inputs, 1)),
                             count.seconds, 1e3 * count.slowest_s, count.slowest)
                          .c_str());
}

int RunAll(const Options& options, const std::vector<Target>& targets) {
  const SystemClock clock;
  Json run = Provenance(options, clock);
  const Clock::TimePoint start = clock.Now();
  NameTheInputThatKills(options.run.seed);
  const auto counts =
      Fuzz(targets, options.run, clock, [](const Target& target, uint64_t number) {
        Trying(target.name, number);
      });
  if (LeaksFound()) return 1;
  const std::string line = TotalLine(counts, SecondsSince(clock, start));
  std::string record = DumpJson(run) + "\n";
  for (const TargetCount& count : counts) record += DumpJson(ToJson(count)) + "\n";
  record += DumpJson({{"kind", "total"}, {"line", line}}) + "\n";
  if (!options.record.empty() && !WriteFileAtomic(options.record, record))
    return std::fprintf(stderr, "fuzz: cannot write %s\n",
                        options.record.c_str()), 2;
  Print(counts);
  std::printf("%s\n", line.c_str());
  return 0;
}

int Main(int argc, char** argv) {
  const auto options = ReadOptions(argc, argv);
  const auto targets = options ? Chosen(options->names) : std::vector<Target>();
  if (targets.empty() || (options->show && targets.size() != 1))
    return std::fputs(kUsage, stderr), 2;
  if (!options->show) return RunAll(*options, targets);
  const std::string input =
      Mutator(targets[0].seeds(), options->run.seed).Make(options->run.from);
  std::fwrite(input.data(), 1, input.size(), stdout);
  return 0;
}

}  // namespace
}  // namespace kernelevolve::fuzz

int main(int argc, char** argv) { return kernelevolve::fuzz::Main(argc, argv); }
