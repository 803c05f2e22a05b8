// Campaign: the loop of one search. Fill free slots, wait for one result,
// record, observe, notify, check stop.
//
// Tree, search and store belong to the thread that calls Run; the campaign's
// own threads only call Propose and Evaluate. So nothing here needs a lock.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/stop.h"
#include "core/target.h"
#include "core/task.h"
#include "engine/observer.h"
#include "engine/run_summary.h"
#include "engine/work_dir.h"
#include "eval/evaluator.h"
#include "propose/proposer.h"
#include "search/search.h"
#include "store/store.h"

namespace kernelevolve {

// What a campaign works with; all outlive it.
struct CampaignParts {
  Proposer& proposer;
  Evaluator& evaluator;
  Search& search;
  Store& store;
  Observer& observer;
  const Clock& clock;
};

}  // namespace kernelevolve
