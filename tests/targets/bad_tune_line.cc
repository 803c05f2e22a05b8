// The default of its parameter is not among the values.
// ke:tune UNROLL = 3 in {1, 2, 4}
#include <kernelevolve/abi.h>

extern "C" int ke_run(const ke_call*) { return 0; }
