#include "rewards/analysis/lints.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rewards/analysis/cycles.h"

namespace carrot {
namespace {

constexpr double kDeadShare = 0.01, kSaturatedShare = 0.95, kScaleGap = 1000, kDuplicate = 0.98;
constexpr double kDominance = 0.8, kDtChange = 0.05;
// L012 in continuous worlds, where a pose comes back within bins only: cycles through so many bins,
// so many of them, and a gain of this share of what the shaping paid and took on the way.
constexpr int kCycleBins = 4, kCycles = 3;
constexpr double kCycleGain = 0.2;

bool IsEvent(TermKind kind) { return kind == TermKind::kEvent || kind == TermKind::kSuccessBonus; }

std::string Share(double share) { return fmt::format("{:.1f} %", 100 * share); }

int NumTerms(const Evidence& evidence) { return static_cast<int>(evidence.reward->terms.size()); }

// Transitions of all episodes (those of unfinished ones too would not change a share much, and have
// no success).
template <typename Visit>
void ForTransitions(const Evidence& evidence, Visit visit) {
  for (const EvidenceEpisode& episode : evidence.episodes) {
    const EpisodeView view(evidence, episode);
    for (int64_t row = 1; row < view.rows(); ++row) visit(episode, view, row);
  }
}

// L001. A non-finite value is recorded as 0 with a flag on its row; which term it was is in the
// run-time errors of the score.
void NonFinite(const Evidence& evidence, Findings& out) {
  int64_t rows = 0;
  std::vector<Frames> frames;
  ForTransitions(evidence,
                 [&](const EvidenceEpisode& episode, const EpisodeView& view, int64_t row) {
                   if ((view.Flags(row) & kRowNonFinite) == 0) return;
                   ++rows;
                   if (frames.empty()) frames.push_back(MakeFrames(evidence, episode, row, row));
                 });
  if (rows == 0) return;
  for (int k = 0; k < NumTerms(evidence); ++k) {
    const std::string quoted = fmt::format("`{}`", evidence.TermName(k));
    for (const ScoredRecording& recording : evidence.recordings) {
      const auto& errors = recording.score.errors;
      const bool named = std::any_of(errors.begin(), errors.end(), [&](const Diagnostic& d) {
        return (d.code == "R031" || d.code == "R032") &&
               d.message.find(quoted) != std::string::npos;
      });
      if (!named) continue;
      Finding finding =
          AboutTerm(evidence, k,
                    fmt::format("`{}` is NaN or infinite on recorded steps", evidence.TermName(k)),
                    "guard the denominator, root or logarithm: such a value counts 0");
      finding.evidence = {{"rows", static_cast<double>(rows)}};
      finding.frames = frames;
      out.push_back(std::move(finding));
      break;
    }
  }
  if (out.empty()) {  // the potential, or the recording's own flag
    out.push_back({.message = "values are NaN or infinite on recorded steps",
                   .evidence = {{"rows", static_cast<double>(rows)}},
                   .frames = frames});
  }
}

void DeadOf(const Evidence& evidence, bool events, Findings& out) {
  for (int k = 0; k < NumTerms(evidence); ++k) {
    const TermRow& term = evidence.terms[k];
    if (term.kind == TermKind::kMonitor || IsEvent(term.kind) != events) continue;
    if (!(term.activation < kDeadShare)) continue;
    Finding finding = AboutTerm(
        evidence, k,
        fmt::format("`{}` is not 0 on {} of {} steps only", term.name, Share(term.activation),
                    term.rows),
        events ? "" : "widen what it rewards, or say kind = \"event\" if it should be rare");
    finding.evidence = {{"active_share", term.activation}};
    out.push_back(std::move(finding));
  }
}
void Dead(const Evidence& evidence, Findings& out) { DeadOf(evidence, false, out); }
void RareEvent(const Evidence& evidence, Findings& out) { DeadOf(evidence, true, out); }

void Constant(const Evidence& evidence, Findings& out) {
  const bool ended = std::any_of(evidence.episodes.begin(), evidence.episodes.end(),
                                 [](const EvidenceEpisode& e) { return e.terminated; });
  if (ended || evidence.can_end) return;
  for (int k = 0; k < NumTerms(evidence); ++k) {
    const TermRow& term = evidence.terms[k];
    if (term.kind == TermKind::kMonitor || term.rows == 0 || term.min != term.max || term.min == 0)
      continue;
    Finding finding =
        AboutTerm(evidence, k, fmt::format("`{}` is {:.4g} on every step", term.name, term.min),
                  "what does not depend on behaviour teaches nothing; remove it or let it depend "
                  "on the state");
    finding.evidence = {{"value", term.min}};
    out.push_back(std::move(finding));
  }
}

void Saturated(const Evidence& evidence, Findings& out) {
  for (int k = 0; k < NumTerms(evidence); ++k) {
    const RewardTermSpec& term = evidence.reward->terms[k];
    if (IsEvent(term.kind) || (!term.range_low && !term.range_high)) continue;
    int64_t low = 0, high = 0, rows = 0;
    ForTransitions(evidence, [&](const EvidenceEpisode&, const EpisodeView& view, int64_t row) {
      const double x = view.Raw(row, k);
      low += term.range_low && x <= *term.range_low;
      high += term.range_high && x >= *term.range_high;
      ++rows;
    });
    const bool indicator = low + high == rows;
    const double share = rows > 0 ? static_cast<double>(low + high) / static_cast<double>(rows) : 0;
    if (indicator || !(share > kSaturatedShare)) continue;
    Finding finding =
        AboutTerm(evidence, k,
                  fmt::format("`{}` is at an end of its range on {} of the steps ({} low, {} high)",
                              term.name, Share(share), low, high),
                  "there it has no slope to follow; widen its margin or its range");
    finding.evidence = {{"at_ends", share}};
    out.push_back(std::move(finding));
  }
}

void ScaleGap(const Evidence& evidence, Findings& out) {
  int widest = -1, narrowest = -1;
  const auto spread = [&](int k) {
    const TermRow& term = evidence.terms[k];
    return term.kind == TermKind::kMonitor ? 0.0 : std::abs(term.weight) * term.std;
  };
  for (int k = 0; k < static_cast<int>(evidence.terms.size()); ++k) {
    if (!(spread(k) > 0)) continue;
    if (widest < 0 || spread(k) > spread(widest)) widest = k;
    if (narrowest < 0 || spread(k) < spread(narrowest)) narrowest = k;
  }
  if (widest < 0 || !(spread(widest) > kScaleGap * spread(narrowest))) return;
  const double ratio = spread(widest) / spread(narrowest);
  Finding finding =
      AboutTerm(evidence, narrowest,
                fmt::format("what `{}` pays varies {:.3g} times less than what `{}` pays",
                            evidence.TermName(narrowest), ratio, evidence.TermName(widest)),
                fmt::format("a learner will not notice it: raise its weight, or lower that of `{}`",
                            evidence.TermName(widest)));
  finding.evidence = {{"ratio", ratio}};
  out.push_back(std::move(finding));
}

void Duplicate(const Evidence& evidence, Findings& out) {
  for (int a = 0; a < NumTerms(evidence); ++a) {
    for (int b = a + 1; b < NumTerms(evidence); ++b) {
      const double r = evidence.relations.Between(a, b);
      if (!(std::abs(r) > kDuplicate)) continue;
      Finding finding = AboutTerm(evidence, b,
                                  fmt::format("`{}` says what `{}` says (correlation {:.3f})",
                                              evidence.TermName(b), evidence.TermName(a), r),
                                  "keep one of them: their weights only add up");
      finding.evidence = {{"correlation", r}};
      out.push_back(std::move(finding));
    }
  }
}

void WrongSign(const Evidence& evidence, Findings& out) {
  for (int k = 0; k < NumTerms(evidence); ++k) {
    const TermRow& term = evidence.terms[k];
    const bool penalty = term.kind == TermKind::kPenalty;
    if (!penalty && term.kind != TermKind::kSuccessBonus) continue;
    const double most = penalty ? std::max(term.weight * term.min, term.weight * term.max)
                                : -std::min(term.weight * term.min, term.weight * term.max);
    if (term.rows == 0 || most <= 0) continue;
    Finding finding = AboutTerm(
        evidence, k,
        fmt::format("`{}` is a {} but {} up to {:.4g} a step", term.name,
                    penalty ? "penalty" : "success bonus", penalty ? "pays" : "costs", most),
        "weight times value should be negative for a penalty, positive for a bonus: change the "
        "weight's sign or the kind");
    finding.evidence = {{"wrong_by", most}};
    out.push_back(std::move(finding));
  }
}

void OutOfRange(const Evidence& evidence, Findings& out) {
  for (int k = 0; k < NumTerms(evidence); ++k) {
    const RewardTermSpec& spec = evidence.reward->terms[k];
    const TermRow& term = evidence.terms[k];
    if (term.rows == 0) continue;
    const double slack = 1e-9 * (std::abs(term.min) + std::abs(term.max));
    const bool below = spec.range_low && term.min < *spec.range_low - slack;
    const bool above = spec.range_high && term.max > *spec.range_high + slack;
    if (!below && !above) continue;
    const double value = below ? term.min : term.max;
    Finding finding = AboutTerm(
        evidence, k,
        fmt::format("`{}` was {:.4g}, outside of its range {{ {:.4g}, {:.4g} }}", term.name, value,
                    spec.range_low.value_or(-INFINITY), spec.range_high.value_or(INFINITY)),
        "correct the range, or clamp the value");
    finding.evidence = {{"value", value}};
    out.push_back(std::move(finding));
  }
}

void Dominance(const Evidence& evidence, Findings& out) {
  if (evidence.terms.size() < 2) return;
  for (size_t k = 0; k < evidence.terms.size(); ++k) {
    const TermRow& term = evidence.terms[k];
    if (!(term.magnitude_share > kDominance)) continue;  // NaN: nothing is known
    Finding finding = AboutTerm(evidence, static_cast<int>(k),
                                fmt::format("`{}` makes {} of what is paid and taken", term.name,
                                            Share(term.magnitude_share)));
    finding.evidence = {{"share", term.magnitude_share}};
    out.push_back(std::move(finding));
  }
}

// The term whose sums differ most between two episodes, in favour of `better`.
int TermBehind(const EvidenceEpisode& better, const EvidenceEpisode& worse) {
  int term = 0;
  for (size_t k = 1; k < better.paid.size(); ++k) {
    if (better.paid[k] - worse.paid[k] > better.paid[term] - worse.paid[term])
      term = static_cast<int>(k);
  }
  return term;
}

Frames WholeEpisode(const Evidence& evidence, const EvidenceEpisode& episode) {
  return MakeFrames(evidence, episode, 1, episode.length);
}

// `episode` failed and yet outscores its rival.
Finding Outscores(const Evidence& evidence, const EvidenceEpisode& episode, const std::string& how,
                  std::string help) {
  const EvidenceEpisode* success = evidence.Rival(episode);
  Finding finding = AboutTerm(evidence, TermBehind(episode, *success), "", std::move(help));
  finding.message =
      fmt::format("{} earns {:.4g}, a success {:.4g}; `{}` makes most of the difference", how,
                  episode.episode_return, success->episode_return, finding.term);
  finding.evidence = {{"failure_return", episode.episode_return},
                      {"success_return", success->episode_return}};
  finding.frames = {WholeEpisode(evidence, episode), WholeEpisode(evidence, *success)};
  return finding;
}

struct Loop {
  const EvidenceEpisode* episode = nullptr;
  Cycle cycle;
  double reward = 0;  // a step
};

// The cycle of failed episodes that pays most a step. Bits of state and memory are equal at its
// ends.
Loop BestLoop(const Evidence& evidence) {
  Loop best;
  for (const EvidenceEpisode* episode : evidence.Class(false)) {
    const EpisodeView view(evidence, *episode);
    const auto keys = ExactKeys(view.recording(), view.source(), evidence.reward->memory_width);
    for (const Cycle& cycle : FindCycles(keys, 1)) {
      double sum = 0;
      for (int64_t r : cycle.rows) sum += view.Reward(r);
      const double mean = sum / static_cast<double>(cycle.rows.size());
      if (!best.episode || mean > best.reward) best = {episode, cycle, mean};
    }
  }
  return best;
}

// What going round that cycle until the end earns, and whether it outscores a success.
double LoopReturn(const Evidence& evidence, const Loop& loop) {
  return loop.reward * evidence.horizon;
}
bool LoopPays(const Evidence& evidence, const Loop& loop) {
  return loop.episode && evidence.horizon > 0 &&
         LoopReturn(evidence, loop) > evidence.WorstSuccess();
}

void BonusTooSmall(const Evidence& evidence, Findings& out) {
  const EvidenceEpisode* best = nullptr;
  for (const EvidenceEpisode* episode : evidence.Class(false)) {
    const EvidenceEpisode* rival = evidence.Rival(*episode);
    if (rival == nullptr || episode->episode_return < rival->episode_return) continue;
    if (!best || episode->episode_return > best->episode_return) best = episode;
  }
  if (!best) return;
  for (const EvidenceEpisode* episode : evidence.Class(false)) {
    const bool named = IdlePays(evidence, *episode) || EndPays(evidence, *episode);
    if (named && episode->episode_return >= best->episode_return) return;
  }
  if (LoopPays(evidence, BestLoop(evidence))) return;
  out.push_back(Outscores(evidence, *best, "a failed episode",
                          "pay more for success than any failure can collect"));
}

template <typename Test>
void BestBehaviour(const Evidence& evidence, Test test, const std::string& how,
                   const std::string& help, Findings& out) {
  const EvidenceEpisode* best = nullptr;
  for (const EvidenceEpisode* episode : evidence.Class(false)) {
    if (!test(evidence, *episode)) continue;
    if (!best || episode->episode_return > best->episode_return) best = episode;
  }
  if (best) out.push_back(Outscores(evidence, *best, how, help));
}
void Idling(const Evidence& evidence, Findings& out) {
  BestBehaviour(evidence, IdlePays, "doing nothing",
                "what idling collects must be less than what success pays", out);
}
void Ending(const Evidence& evidence, Findings& out) {
  BestBehaviour(evidence, EndPays, "ending the episode early by failing",
                "living on must not cost more than it can earn: lower the penalties, or pay for "
                "staying alive",
                out);
}

void Looping(const Evidence& evidence, Findings& out) {
  const Loop loop = BestLoop(evidence);
  if (!LoopPays(evidence, loop)) return;
  const double earned = LoopReturn(evidence, loop), success = evidence.WorstSuccess();
  const EpisodeView view(evidence, *loop.episode);
  int term = 0;
  std::vector<double> paid(evidence.num_paid());
  for (size_t k = 0; k < paid.size(); ++k) {
    for (int64_t r : loop.cycle.rows) paid[k] += view.Paid(r, static_cast<int>(k));
    if (paid[k] > paid[term]) term = static_cast<int>(k);
  }
  Finding finding = AboutTerm(
      evidence, term,
      fmt::format("going round the same {} steps until the end earns {:.4g}, a success {:.4g}; "
                  "`{}` pays for it",
                  loop.cycle.rows.size(), earned, success, evidence.TermName(term)),
      term < static_cast<int>(evidence.reward->terms.size())
          ? "pay each thing once, or pay for the difference of a potential, which a closed way "
            "cannot collect"
          : "a potential below 0 pays (1 - gamma) |phi| for each step that it rests: add a "
            "constant "
            "that makes it 0 or more");
  finding.evidence = {{"loop_return", earned}, {"success_return", success}};
  finding.frames = {MakeFrames(evidence, *loop.episode, loop.cycle.first + 1, loop.cycle.last())};
  out.push_back(std::move(finding));
}

// What a shaping term or the potential sums to over closed cycles, undiscounted.
struct Gain {
  double sum = 0, magnitude = 0, best = 0;
  int cycles = 0;
  Frames frames;
};

double Undiscounted(const Evidence& evidence, const EpisodeView& view, int64_t row, int term) {
  if (term < NumTerms(evidence)) return view.Paid(row, term);
  return evidence.settings.weights.potential * (view.Phi(row) - view.Phi(row - 1));
}

void AddGain(const Evidence& evidence, const EvidenceEpisode& episode, const EpisodeView& view,
             const std::vector<Cycle>& cycles, int term, Gain* gain) {
  for (const Cycle& cycle : cycles) {
    double sum = 0, magnitude = 0;
    for (int64_t r : cycle.rows) {
      const double paid = Undiscounted(evidence, view, r, term);
      sum += paid;
      magnitude += std::abs(paid);
    }
    gain->sum += sum;
    gain->magnitude += magnitude;
    ++gain->cycles;
    if (sum <= gain->best) continue;
    gain->best = sum;
    gain->frames = MakeFrames(evidence, episode, cycle.first + 1, cycle.last());
  }
}

// In whole-number worlds a single closed cycle with a gain is proof. Where poses come back within
// bins, a potential's sum over a cycle is a small mismatch of either sign, so cycles are judged
// together.
void PotentialGain(const Evidence& evidence, Findings& out) {
  const PoseBins bins(evidence.recordings);
  for (int k = 0; k < static_cast<int>(evidence.terms.size()); ++k) {
    if (evidence.terms[k].kind != TermKind::kShaping) continue;
    Gain exact, near;
    for (const EvidenceEpisode& episode : evidence.episodes) {
      const EpisodeView view(evidence, episode);
      const auto keys = ExactKeys(view.recording(), view.source(), evidence.reward->memory_width);
      AddGain(evidence, episode, view, FindCycles(keys, 1), k, &exact);
      const auto poses = PoseKeys(view.recording(), view.source(), bins);
      AddGain(evidence, episode, view, FindCycles(poses, kCycleBins), k, &near);
    }
    const bool proven = exact.best > 1e-9 * std::max(1.0, exact.magnitude);
    const bool likely =
        bins.HasFloats() && near.cycles >= kCycles && near.sum > kCycleGain * near.magnitude;
    if (!proven && !likely) continue;
    const Gain& gain = proven ? exact : near;
    Finding finding = AboutTerm(
        evidence, k,
        fmt::format("`{}` earns {:.4g} on a way that ends where it began", evidence.TermName(k),
                    gain.best),
        "shaping must sum to 0 over a closed way: pay the difference of one function of the state "
        "(potential = ...), in both directions");
    finding.evidence = {{"gain", gain.best}, {"cycles", static_cast<double>(gain.cycles)}};
    finding.frames = {gain.frames};
    out.push_back(std::move(finding));
  }
}

void DtDependent(const Evidence& evidence, Findings& out) {
  if (!evidence.double_dt) return;
  const DoubleDt& dt = *evidence.double_dt;
  const double scale = std::max(std::abs(dt.before), std::abs(dt.after));
  if (!(std::abs(dt.after - dt.before) > kDtChange * scale)) return;
  int term = 0;
  const auto change = [&](int k) { return std::abs(dt.paid_after[k] - dt.paid_before[k]); };
  for (int k = 1; k < static_cast<int>(dt.paid_before.size()); ++k) {
    if (change(k) > change(term)) term = k;
  }
  Finding finding = AboutTerm(
      evidence, term,
      fmt::format("with steps twice as long the same behaviour earns {:.4g} instead of {:.4g}; "
                  "`{}` changes most",
                  dt.after, dt.before, evidence.TermName(term)),
      "multiply rates by s.dt if the reward should not depend on the length of a step");
  finding.evidence = {{"return", dt.before}, {"return_at_double_dt", dt.after}};
  out.push_back(std::move(finding));
}

constexpr Rule kRules[] = {
    {"L001", "non_finite", Level::kError, Need::kNothing, NonFinite},
    {"L002", "dead", Level::kWarning, Need::kManyRows, Dead},
    {"L002", "rare_event", Level::kInfo, Need::kManyRows, RareEvent},
    {"L003", "constant", Level::kWarning, Need::kManyRows, Constant},
    {"L004", "saturated", Level::kWarning, Need::kNothing, Saturated},
    {"L005", "scale_gap", Level::kInfo, Need::kNothing, ScaleGap},
    {"L006", "duplicate", Level::kWarning, Need::kNothing, Duplicate},
    {"L007", "wrong_sign", Level::kWarning, Need::kNothing, WrongSign},
    {"L008", "out_of_range", Level::kWarning, Need::kNothing, OutOfRange},
    {"L009", "dominance", Level::kInfo, Need::kNothing, Dominance},
    {"L010", "bonus_too_small", Level::kWarning, Need::kBothClasses, BonusTooSmall},
    {"L011", "idle_pays", Level::kWarning, Need::kSuccess, Idling},
    {"L011", "loop_pays", Level::kWarning, Need::kSuccess, Looping},
    {"L011", "end_pays", Level::kWarning, Need::kSuccess, Ending},
    {"L012", "potential_gain", Level::kWarning, Need::kNothing, PotentialGain},
    {"L013", "dt_dependent", Level::kInfo, Need::kNothing, DtDependent},
};

}  // namespace

std::span<const Rule> LintRules() { return kRules; }

bool IdlePays(const Evidence& evidence, const EvidenceEpisode& episode) {
  const EvidenceEpisode* rival = evidence.Rival(episode);
  return rival && episode.idle && episode.episode_return > rival->episode_return;
}

bool EndPays(const Evidence& evidence, const EvidenceEpisode& episode) {
  const EvidenceEpisode* rival = evidence.Rival(episode);
  if (!rival || !episode.terminated) return false;
  const bool paired = rival->world_seed == episode.world_seed;
  const std::vector<const EvidenceEpisode*> successes = evidence.Class(true);
  return std::any_of(successes.begin(), successes.end(), [&](const EvidenceEpisode* success) {
    return (!paired || success->world_seed == episode.world_seed) &&
           episode.episode_return > success->episode_return &&
           2 * episode.length <= success->length;
  });
}

}  // namespace carrot
