// The fuzz targets on a few thousand mutated inputs with a fixed seed: what any
// build can run in seconds. The libFuzzer programs go on from there.
#include <gtest/gtest.h>

#include "base/random.h"
#include "fuzz_target.h"

namespace kernelevolve::fuzz {
namespace {

class Mutator {
 public:
  Mutator(std::vector<std::string> seeds, uint64_t seed)
      : seeds_(std::move(seeds)), random_(seed) {}

  std::string Next() {
    std::string text = seeds_[random_.Below(seeds_.size())];
    for (uint64_t step = random_.Below(6) + 1; step-- > 0;) Mutate(text);
    return text;
  }

 private:
  size_t Place(const std::string& text) {
    return random_.Below(text.size() + 1);
  }

  void Mutate(std::string& text) {
    const size_t at = Place(text);
    const size_t length = random_.Below(16) + 1;
    switch (random_.Below(6)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(random_.Below(256));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(Place(text), length));
        break;
      case 3:
        text.insert(at, Token());
        break;
      case 4:
        text.insert(at, std::string(random_.Below(300), Token()[0]));
        break;
      default:
        if (at < text.size()) text.replace(at, length, Token());
    }
  }

  std::string Token() {
    static const std::vector<std::string> kTokens = {"0",
                                                     "-1",
                                                     "9223372036854775807",
                                                     "1e308",
                                                     "nan",
                                                     "(",
                                                     ")",
                                                     "[",
                                                     "]",
                                                     "{",
                                                     "}",
                                                     "\"",
                                                     "'",
                                                     "\n",
                                                     ",",
                                                     ".",
                                                     "=",
                                                     "%",
                                                     "/",
                                                     "max(",
                                                     "not ",
                                                     "when ",
                                                     "in ",
                                                     "n",
                                                     "[[inputs]]\n",
                                                     "ke:tune",
                                                     "null",
                                                     "true",
                                                     "\xff",
                                                     "\"\"\"",
                                                     "permutation",
                                                     "a.b.c."};
    return kTokens[random_.Below(kTokens.size())];
  }

  const std::vector<std::string> seeds_;
  Random random_;
};

class MutatedInputs : public testing::TestWithParam<Target> {};

TEST_P(MutatedInputs, NeitherCrashNorBreakAPromise) {
  const Target& target = GetParam();
  for (const std::string& seed : target.seeds()) target.run(seed);
  Mutator mutator(target.seeds(), 20240607);
  for (int i = 0; i < 4000; ++i) target.run(mutator.Next());
}

INSTANTIATE_TEST_SUITE_P(Targets, MutatedInputs, testing::ValuesIn(Targets()),
                         [](const auto& test) {
                           return std::string(test.param.name);
                         });

}  // namespace
}  // namespace kernelevolve::fuzz
