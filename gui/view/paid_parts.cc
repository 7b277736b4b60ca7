#include "gui/view/paid_parts.h"

namespace carrot {

std::vector<PaidPart> PaidParts(const RewardInfo& reward) {
  static const RewardTermSpec shaping{.name = kPotentialName,
                                      .kind = TermKind::kShaping,
                                      .doc = "gamma phi(s') - phi(s) of the script's potential"};
  std::vector<PaidPart> parts;
  if (!reward.function) return parts;
  const RewardSpec& spec = reward.function->spec();
  const RewardWeights &now = reward.settings.weights, &own = reward.defaults.weights;
  for (size_t k = 0; k < spec.terms.size(); ++k) {
    const RewardTermSpec& term = spec.terms[k];
    parts.push_back({&term, "w:" + term.name, now.weights[k], own.weights[k]});
  }
  if (spec.has_potential) parts.push_back({&shaping, "w:potential", now.potential, own.potential});
  return parts;
}

}  // namespace carrot
