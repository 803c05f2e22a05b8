// Compiles, and needs a function that nobody has.
#include <kernelevolve/abi.h>

extern "C" int nobody_has_this(const ke_call*);
extern "C" int ke_run(const ke_call* call) { return nobody_has_this(call); }
