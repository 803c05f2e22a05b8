// Tells the author of host code what it died of; above all that it touched
// device memory, which is not there.
#pragma once

namespace kernelevolve::worker {

// From now on a deadly signal answers on `descriptor`, as a recorder does, and
// ends the process: the first of a namespace dies of few signals by itself.
void ExplainHostFaults(int descriptor);

}  // namespace kernelevolve::worker
