#include "mutator.h"

#include <cctype>

namespace kernelevolve::fuzz {
namespace {

constexpr uint64_t kMostSteps = 6, kMostBytes = 16, kMostRepeats = 300;

constexpr const char* kTokens[] = {
    "0",      "-1",         "9223372036854775807", "18446744073709551616",
    "1e308",  "-0.0",       "nan",                 "inf",
    "(",      ")",          "[",                   "]",
    "{",      "}",          "\"",                  "'",
    "\n",     ",",          ".",                   "=",
    "%",      "/",          ":",                   "\\u0000",
    "max(",   "not ",       "when ",               "in ",
    "n",      "\\ud800",    "[[inputs]]\n",        "ke:tune",
    "null",   "true",       "\xff",                "\xed\xa0\x80",
    "\"\"\"", "```\n",      "permutation",         "a.b.c.",
    "data: ", "\r\n\r\n",   "<<<<<<< SEARCH\n",    "=======\n",
    "{\"a\":[", "}]}"};

std::string_view Token(Random& random) {
  return kTokens[random.Below(std::size(kTokens))];
}

size_t Place(const std::string& text, Random& random) {
  return random.Below(text.size() + 1);
}

bool IsDigit(char c) { return std::isdigit(static_cast<unsigned char>(c)); }

// The number at or behind a place becomes another.
void ChangeNumber(std::string& text, Random& random) {
  size_t at = Place(text, random);
  while (at < text.size() && !IsDigit(text[at])) ++at;
  size_t end = at;
  while (end < text.size() && IsDigit(text[end])) ++end;
  constexpr const char* kNumbers[] = {
      "0",          "1",          "2147483648",          "4294967295", "65536",
      "4294967296", "0123456789", "9223372036854775807", "7e999",      "-3"};
  text.replace(at, end - at,
               random.Below(2) ? kNumbers[random.Below(std::size(kNumbers))]
                               : std::to_string(random.Below(300)));
}

}  // namespace

Mutator::Mutator(std::vector<std::string> seeds, uint64_t seed)
    : seeds_(std::move(seeds)), seed_(seed) {}

std::string Mutator::Make(uint64_t number) const {
  Random random(MixBits(seed_ ^ MixBits(number)));
  std::string text = Some(random);
  // Every other one has a single change: much of what lies behind a strict
  // reader is seen by no other.
  const uint64_t steps = random.Below(2) ? 1 : random.Below(kMostSteps) + 1;
  for (uint64_t step = 0; step < steps; ++step) Mutate(text, random);
  return text;
}

const std::string& Mutator::Some(Random& random) const {
  return seeds_[random.Below(seeds_.size())];
}

void Mutator::Mutate(std::string& text, Random& random) const {
  const size_t at = Place(text, random);
  const size_t length = random.Below(kMostBytes) + 1;
  switch (random.Below(9)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(random.Below(256));
      break;
    case 1:
      if (at < text.size()) text[at] ^= static_cast<char>(1 << random.Below(8));
      break;
    case 2:
      text.erase(at, length);
      break;
    case 3:
      text.insert(at, Token(random));
      break;
    case 4:
      text.insert(at, std::string(random.Below(kMostRepeats),
                                  Token(random).front()));
      break;
    case 5:
      text.replace(at, length, Token(random));
      break;
    case 6:
      ChangeNumber(text, random);
      break;
    default:
      Move(text, random);
  }
}

// A piece of this or another seed comes to stand elsewhere: tokens of the
// language in question, without a list of them.
void Mutator::Move(std::string& text, Random& random) const {
  const std::string& from = random.Below(2) ? text : Some(random);
  const size_t length = random.Below(8) ? random.Below(40) + 1
                                        : random.Below(from.size() + 1);
  const std::string piece = from.substr(Place(from, random), length);
  text.replace(Place(text, random), random.Below(2) ? piece.size() : 0, piece);
}

}  // namespace kernelevolve::fuzz
