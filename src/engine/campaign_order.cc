// The part of Campaign that keeps the order of its steps, and follows that of a
// run which is played.
#include <algorithm>
#include <iterator>

#include "engine/campaign.h"

namespace kernelevolve {

// A run that is played asks its search when the recorded one did.
bool Campaign::MayAsk() const {
  return order_.begun() < 0 ? HasRoom() : begun_ < order_.begun();
}

bool Campaign::FindPending() {
  if (order_.over()) return HasRoom() && !pending_.empty();
  // All that this part judged, so that each can have its turn.
  const auto found = std::find_if(
      pending_.begin(), pending_.end(), [&](const PendingStep& step) {
        return order_.Ends(0, step.candidate.Id());
      });
  if (found == pending_.end()) return false;
  std::rotate(pending_.begin(), found, std::next(found));
  return true;
}

std::optional<StepDone> Campaign::NextDone(const StopCondition& stop) {
  // Nothing else is on its way.
  if (!early_.empty() && early_.size() == in_flight_.size() &&
      std::none_of(early_.begin(), early_.end(),
                   [&](const auto& entry) { return IsTurn(entry.second); }))
    order_.GiveUp();
  for (auto it = early_.begin(); it != early_.end(); ++it)
    if (IsTurn(it->second)) return std::move(early_.extract(it).mapped());
  std::optional<StepDone> done = runner_.Wait(stop);
  if (!done || IsTurn(*done)) return done;
  const int64_t job = done->job;
  early_.emplace(job, *std::move(done));
  return std::nullopt;
}

bool Campaign::IsTurn(const StepDone& done) const {
  if (order_.over() || ending_) return true;
  const InFlight& work = in_flight_.at(done.job);
  if (const auto* proposed = std::get_if<Proposed>(&done.outcome)) {
    // An error ends the run, a kernel is to be judged first.
    const bool ends = *proposed && (!**proposed || (**proposed)->failed ||
                                    order_.Drops(work.step.ticket));
    return !ends || order_.IsNext(work.step.ticket, "");
  }
  return !std::get<Evaluated>(done.outcome) ||
         order_.IsNext(work.step.ticket, work.candidate.Id());
}

void Campaign::NoteEnd(const Step& step, NodeId node,
                       const std::string& candidate) {
  order_.Ended(step.ticket, candidate);
  if (!parts_.recording || !noted_) return;
  noted_ =
      parts_.recording->AppendEnd({node, step.ticket, candidate, begun_});
}

void Campaign::Abandon(const Step& step) {
  NoteEnd(step, 0, "");
  parts_.search.Abandon(step);
}

}  // namespace kernelevolve
