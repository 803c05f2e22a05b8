// A piece of work whose length is known: what it takes before and after a
// measurement shows whether the core changed its clock meanwhile.
#pragma once

namespace kernelevolve::worker {

// Microseconds that a fixed chain of dependent operations takes on that core:
// the quickest of some tries, a few milliseconds in all. Touches no memory, so
// only the core's clock and its other users move it.
double CanaryUs(int cpu);

}  // namespace kernelevolve::worker
