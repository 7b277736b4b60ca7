// Lints: what the numbers of a reward on recorded behaviour say against it, before any training.
//
// The table is rewards.md 4 with three cases settled that its words leave open:
// - L003: a constant term is a finding only if the task ends no episode. Where behaviour decides
//   how long an episode lasts, a constant pays for lasting (or for being quick), which is no
//   mistake.
// - L004: a term that was only ever seen at the two ends is an indicator, and events rest at an
//   end: neither is saturated.
// - L010 is silent if something that L011 names earns as much.
// - L010, L011: a failure is compared with successes from the same start, if there are any
//   (Evidence::Rival).
#pragma once

#include <span>

#include "rewards/analysis/finding.h"

namespace carrot {

std::span<const Rule> LintRules();  // L001 to L013, in order

// L011's behaviours, each by one episode: it failed and its return is above its rival's.
// An idle one did not move or was played by the idle actor; one that pays by its end was terminated
// in at most half of the time of a success that it outscores.
bool IdlePays(const Evidence& evidence, const EvidenceEpisode& episode);
bool EndPays(const Evidence& evidence, const EvidenceEpisode& episode);

}  // namespace carrot
