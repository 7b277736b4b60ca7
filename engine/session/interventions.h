// Interventions: what a hand did to a world, as events of its recording. With its seed, its actions
// and these, an episode can be done again to the same bits.
//
//   {"type":"perturb","name":"torso","value":31.4,"text":"{\"body\":1,\"force\":[...],...}", ...}
//   {"type":"edit","text":"{\"x\":3,\"y\":4,\"cell\":9}", ...}
//
// An event acts between the row that it names and the next one.
#pragma once

#include <variant>
#include <vector>

#include "engine/core/interactive_world.h"
#include "engine/trace/trace.h"

namespace carrot {

struct Intervention {
  int step = 0;  // acts after this row
  std::variant<BodyWrench, CellChange> what;
};

// `event` gets type, value and text.
void Describe(const Intervention& intervention, TraceEvent* event);

// Those of one episode, in order; events that cannot be read are passed over.
std::vector<Intervention> InterventionsOf(const Trace& trace, const TraceEpisodeRows& episode);

}  // namespace carrot
