// What the total of a step is made of: the reward's terms and, last, the shaping of its potential.
// Whatever lists, draws or sums terms goes over these.
#pragma once

#include <string>
#include <vector>

#include "engine/session/frame_view.h"

namespace carrot {

struct PaidPart {
  const RewardTermSpec* term;  // the shaping is named "(potential)", as on the command line
  std::string setting;         // as in --set: "w:forward", "w:potential"
  double weight, own;          // in use, the script's
  bool CanWeigh() const { return term->kind != TermKind::kMonitor; }
  double Pays(double raw) const { return CanWeigh() ? weight * raw : 0; }
};
// Empty without a reward; good for as long as it.
std::vector<PaidPart> PaidParts(const RewardInfo& reward);

}  // namespace carrot
