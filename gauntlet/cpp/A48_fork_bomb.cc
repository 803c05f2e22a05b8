// Each process makes another.
#include <kernelevolve/abi.h>

#include <unistd.h>

extern "C" int ke_run(const ke_call*) {
  while (true) (void)fork();
}
