#include "engine/core/reward_function.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"

namespace carrot {
namespace {

constexpr std::pair<TermKind, const char*> kKinds[] = {{TermKind::kDense, "dense"},
                                                       {TermKind::kEvent, "event"},
                                                       {TermKind::kPenalty, "penalty"},
                                                       {TermKind::kShaping, "shaping"},
                                                       {TermKind::kSuccessBonus, "success_bonus"},
                                                       {TermKind::kMonitor, "monitor"}};

// sign: dense terms count at two levels, once-only bonuses in full (rewards.md 5, Auto MC-Reward:
// sign(sparse) * 1 + sign(dense) * 0.1).
double SignLevel(TermKind kind) {
  return kind == TermKind::kEvent || kind == TermKind::kSuccessBonus ? 1.0 : 0.1;
}

double Sign(double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0; }

constexpr std::pair<Combine, const char*> kCombines[] = {
    {Combine::kSum, "sum"},           {Combine::kProduct, "product"},
    {Combine::kHarmonic, "harmonic"}, {Combine::kHamacher, "hamacher"},
    {Combine::kSign, "sign"},         {Combine::kFunction, "function"}};

double CombineRow(const RewardSpec& spec, const double* w, const double* term) {
  const size_t n = spec.terms.size();
  double total = 0;
  switch (spec.combine) {
    case Combine::kSum:
      for (size_t k = 0; k < n; ++k) {
        if (Counts(spec.terms[k], w[k])) total += w[k] * term[k];
      }
      return total;
    case Combine::kProduct:
      total = 1;
      for (size_t k = 0; k < n; ++k) {
        if (Counts(spec.terms[k], w[k])) total *= w[k] * term[k];
      }
      return total;
    case Combine::kHarmonic: {
      int count = 0;
      for (size_t k = 0; k < n; ++k) {
        if (!Counts(spec.terms[k], w[k])) continue;
        const double value = w[k] * term[k];
        if (value <= 0) return 0;
        total += 1 / value;
        ++count;
      }
      return count ? count / total : 0;
    }
    case Combine::kHamacher: {
      bool first = true;
      for (size_t k = 0; k < n; ++k) {
        if (!Counts(spec.terms[k], w[k])) continue;
        const double b = std::clamp(w[k] * term[k], 0.0, 1.0);
        const double denominator = total + b - total * b;
        total = first ? b : denominator > 0 ? total * b / denominator : 0.0;
        first = false;
      }
      return total;
    }
    case Combine::kSign:
      for (size_t k = 0; k < n; ++k) {
        if (!Counts(spec.terms[k], w[k])) continue;
        total += SignLevel(spec.terms[k].kind) * Sign(w[k] * term[k]);
      }
      return total;
    case Combine::kFunction:
      break;
  }
  return total;
}

}  // namespace

const char* Name(TermKind kind) {
  for (const auto& [k, name] : kKinds) {
    if (k == kind) return name;
  }
  return "";
}

std::optional<TermKind> TermKindFromName(std::string_view name) {
  for (const auto& [k, text] : kKinds) {
    if (name == text) return k;
  }
  return std::nullopt;
}

const char* Name(Combine combine) {
  for (const auto& [c, name] : kCombines) {
    if (c == combine) return name;
  }
  return "";
}

std::optional<Combine> CombineFromName(std::string_view name) {
  for (const auto& [c, text] : kCombines) {
    if (name == text && c != Combine::kFunction) return c;
  }
  return std::nullopt;
}

bool Counts(const RewardTermSpec& term, double weight) {
  return term.kind != TermKind::kMonitor && weight != 0;
}

int64_t CombineTerms(const RewardSpec& spec, const RewardWeights& weights, int64_t begin,
                     int64_t end, const double* phi_prev, const uint8_t* terminated,
                     const RewardColumns& out, RewardEvaluator* evaluator) {
  CARROT_CHECK(weights.weights.size() == spec.terms.size());
  const size_t n = spec.terms.size();
  const bool by_function = spec.combine == Combine::kFunction;
  if (by_function) {
    CARROT_CHECK(evaluator != nullptr);
    evaluator->Combine(weights, begin, end, out);
  }
  int64_t overflows = 0;
  for (int64_t r = begin; r < end; ++r) {
    double total =
        by_function ? out.total[r] : CombineRow(spec, weights.weights.data(), out.term + r * n);
    if (out.phi != nullptr && phi_prev != nullptr) {
      total += weights.potential *
               PotentialShaping(weights.gamma, out.phi[r], terminated[r] != 0, phi_prev[r]);
    }
    if (!std::isfinite(total)) {  // finite terms can still overflow in a product
      total = 0;
      out.flags[r] |= kRowNonFinite;
      ++overflows;
    }
    out.total[r] = total;
    double reward = total;
    for (const RewardStage& stage : spec.stages) reward = ApplyStage(stage, reward);
    out.reward[r] = reward;
  }
  return overflows;
}

Diagnostic OverflowError(const RewardSpec& spec, int64_t rows) {
  Diagnostic error = MakeError(
      "R035", fmt::format("the total of `{}` overflows although every term is finite", spec.name),
      {"a weight, a power or a product of terms is too large: look at the ranges of the terms"});
  error.where.file = spec.path;
  error.notes = {"the total counts as 0 in such a row and the row is flagged"};
  error.repeats = rows - 1;
  return error;
}

}  // namespace carrot
