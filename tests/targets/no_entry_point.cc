// Has everything but ke_run.
#include <kernelevolve/abi.h>

extern "C" int run(const ke_call*) { return 0; }
