// A program that is nothing but probes, for the tests of the sandbox.
#include "worker/sandbox/self_test.h"

int main(int count, char** words) {
  if (count < 3) return 2;
  return kernelevolve::worker::RunProbe(words[2], {words + 3, words + count});
}
