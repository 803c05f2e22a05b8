// Times, costs and counters of shapes, as shares of the machine's roofs. Pure.
#pragma once

#include "core/evaluation.h"
#include "core/profile.h"
#include "worker/profile/observed_calls.h"
#include "worker/timing/roofs.h"

namespace kernelevolve::worker {

ProfileRoofs RoofsForProfile(const Task& task, const Roofs& roofs);

// One for each timed shape, with what bounds it.
std::vector<ShapeProfile> AchievedShares(const Task& task,
                                         const std::vector<ShapeResult>& times,
                                         const ProfileRoofs& roofs,
                                         const Observation& observation);

// Means over shapes, weighted as the speedup is.
std::vector<ProfileCounter> MeanCounters(const std::vector<ShapeResult>& times,
                                         const Observation& observation);

}  // namespace kernelevolve::worker
