// A store that forgets everything when it goes: for tests and for runs that are
// not to leave a trace. Keeps to the same contract as the one on disk.
#pragma once

#include <memory>

#include "store/store.h"

namespace kernelevolve {

std::unique_ptr<Store> MakeMemoryStore();

}  // namespace kernelevolve
