#include "engine/apps/compare_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/apps/arguments.h"
#include "engine/apps/table.h"
#include "engine/session/evaluation_json.h"

namespace carrot {
namespace {

constexpr size_t kListed = 5;  // inversions and near pairs shown to people

std::string ReturnText(const Interval& paid) { return PlusMinus(paid.value, paid.low, paid.high); }

std::string RewardsText(const ComparedRecordings& compared, const Stream& out) {
  Table table({{"reward", Align::kLeft},
               {"return", Align::kRight, "95 %"},
               {"rho", Align::kRight, "with success"},
               {"pairs right", Align::kRight, "good over bad"},
               {"inverted", Align::kRight, "pairs"},
               {"near misses", Align::kRight, "paid less"}});
  for (size_t r = 0; r < compared.rewards.size(); ++r) {
    const RewardVerdict& verdict = compared.comparison.rewards[r];
    const PairCounts& pairs = verdict.pairs.pairs;
    const Consistency& near = verdict.consistency;
    table.Row(
        {compared.rewards[r]->name, ReturnText(verdict.episode_return),
         IntervalText(verdict.spearman),
         verdict.pairs.judged() ? IntervalText(verdict.pairs.share) : "not judged",
         verdict.pairs.judged() ? fmt::format("{} of {}", pairs.inverted, pairs.comparable) : "-",
         near.judged() ? fmt::format("{} of {}", near.right, near.pairs.size()) : "not judged"});
  }
  return table.Render(out);
}

// What people preferred, if they did.
std::string PreferencesText(const ComparedRecordings& compared, const Stream& out) {
  std::string text;
  for (size_t r = 0; r < compared.rewards.size(); ++r) {
    const PairCounts& pairs = compared.comparison.rewards[r].preferences;
    if (pairs.comparable == 0) continue;
    text += Hang("",
                 fmt::format("{} orders {} of {} labelled pairs as they were labelled",
                             compared.rewards[r]->name, pairs.agreeing, pairs.comparable),
                 out, 2);
  }
  return text;
}

std::string PairsText(const ComparedRecordings& compared, const Stream& out) {
  Table table({{"rewards", Align::kLeft},
               {"STARC", Align::kRight, "0 alike, 1 opposite"},
               {"EPIC", Align::kRight, "0 alike, 1 opposite"},
               {"rho", Align::kRight, "of returns"},
               {"inverted", Align::kRight, "pairs"}});
  for (const RewardPair& pair : compared.comparison.pairs) {
    table.Row(
        {fmt::format("{} - {}", compared.rewards[pair.a]->name, compared.rewards[pair.b]->name),
         IntervalText(pair.starc), IntervalText(pair.epic), Fixed(pair.spearman),
         fmt::format("{} of {}", pair.counts.inverted, pair.counts.comparable)});
  }
  const auto& pairs = compared.comparison.pairs;
  const bool judged = std::all_of(pairs.begin(), pairs.end(), [](const RewardPair& pair) {
    return std::isfinite(pair.epic.value);
  });
  if (judged) return table.Render(out);
  return table.Render(out) + Hang("",
                                  "Distances need 32 steps, and EPIC a reward that varies among "
                                  "them: add recordings of what it pays for.",
                                  out);
}

const TermRow* FindTerm(const std::vector<TermRow>& terms, const std::string& name) {
  for (const TermRow& term : terms) {
    if (term.name == name) return &term;
  }
  return nullptr;
}

// What each of two rewards pays a step for a term; null: it has no such term.
struct PaidTerm {
  std::string name;
  const TermRow *a, *b;
  double PaidA() const { return a != nullptr ? a->weighted_mean : 0; }
  double PaidB() const { return b != nullptr ? b->weighted_mean : 0; }
};

// Terms of a, then those that only b has.
std::vector<PaidTerm> PaidTerms(const RewardVerdict& a, const RewardVerdict& b) {
  std::vector<PaidTerm> terms;
  for (const TermRow& term : a.terms)
    terms.push_back({term.name, &term, FindTerm(b.terms, term.name)});
  for (const TermRow& term : b.terms) {
    if (FindTerm(a.terms, term.name) == nullptr) terms.push_back({term.name, nullptr, &term});
  }
  return terms;
}

// Two sums of the same numbers may differ in their last bits: that is no change.
double Change(double a, double b) {
  return std::abs(b - a) > 1e-12 * std::max(std::abs(a), std::abs(b)) ? b - a : 0;
}

std::string TermsText(const ComparedRecordings& compared, const RewardPair& pair,
                      const Stream& out) {
  const std::string &a = compared.rewards[pair.a]->name, &b = compared.rewards[pair.b]->name;
  Table table({{"term", Align::kLeft},
               {a, Align::kRight, "weight"},
               {b, Align::kRight, "weight"},
               {a, Align::kRight, "paid a step"},
               {b, Align::kRight, "paid a step"},
               {"change"}});
  const auto weight = [](const TermRow* row) { return row ? Short(row->weight) : "-"; };
  const auto paid = [](const TermRow* row) { return row ? Short(row->weighted_mean) : "-"; };
  double total_a = 0, total_b = 0;
  for (const PaidTerm& term :
       PaidTerms(compared.comparison.rewards[pair.a], compared.comparison.rewards[pair.b])) {
    total_a += term.PaidA();
    total_b += term.PaidB();
    table.Row({term.name, weight(term.a), weight(term.b), paid(term.a), paid(term.b),
               Short(Change(term.PaidA(), term.PaidB()))});
  }
  table.Row({"(sum)", "", "", Short(total_a), Short(total_b), Short(Change(total_a, total_b))});
  return table.Render(out);
}

std::string EpisodeName(const ComparedRecordings& compared, int64_t index) {
  const JudgedEpisode& episode = compared.comparison.episodes[index];
  return fmt::format("{} env {} episode {}", compared.recordings.names[episode.recording],
                     episode.env, episode.episode);
}

// Where two rewards order episodes differently.
std::string InversionsText(const ComparedRecordings& compared, const RewardPair& pair,
                           const Stream& out) {
  if (pair.widest.empty()) return "";
  const Comparison& c = compared.comparison;
  const std::string &a = compared.rewards[pair.a]->name, &b = compared.rewards[pair.b]->name;
  std::string text = Hang(
      "", fmt::format("widest disagreements ({} prefers the first, {} the second):", a, b), out);
  std::set<int64_t> listed;  // one extreme episode would fill the list
  for (const Inversion& inversion : pair.widest) {
    if (listed.size() >= 2 * kListed) break;
    if (listed.contains(inversion.better) || listed.contains(inversion.worse)) continue;
    listed.insert({inversion.better, inversion.worse});
    for (const int64_t e : {inversion.better, inversion.worse}) {
      text += Hang(e == inversion.better ? "  " : "    ",
                   fmt::format("{}: {} {}, {} {}, {}", EpisodeName(compared, e), a,
                               Short(c.returns[pair.a][e]), b, Short(c.returns[pair.b][e]),
                               c.episodes[e].truth > 0 ? "good" : "bad"),
                   out, 6);
    }
  }
  return text;
}

std::string MatrixText(const ComparedRecordings& compared, const Stream& out) {
  const Comparison& c = compared.comparison;
  std::vector<Table::Column> columns{{"policy", Align::kLeft, "best success first"},
                                     {"success", Align::kRight, "95 %"},
                                     {"P(better)", Align::kRight, "than the next"}};
  for (const auto& reward : compared.rewards)
    columns.push_back({reward->name, Align::kRight, "return"});
  Table table(std::move(columns));
  for (const PolicyRow& row : c.policies) {
    std::vector<std::string> cells{compared.recordings.names[row.recording],
                                   IntervalText(row.success), IntervalText(row.over_next)};
    for (double paid : row.returns) cells.push_back(Short(paid));
    table.Row(std::move(cells));
  }
  std::vector<std::string> footer{"rho with success", "", ""};
  for (double rho : c.policy_spearman) footer.push_back(Fixed(rho));
  table.Row(std::move(footer));
  return table.Render(out);
}

std::string NearMissText(const ComparedRecordings& compared, const Stream& out) {
  std::string text;
  for (size_t r = 0; r < compared.rewards.size(); ++r) {
    const Consistency& near = compared.comparison.rewards[r].consistency;
    if (!near.judged() || near.right == static_cast<int64_t>(near.pairs.size())) continue;
    const NearPair& worst = near.pairs[0];
    const auto where = [&](const RecordedTransition& t) {
      const TraceBlock& block = *t.after.block;
      return fmt::format("{} env {} episode {} step {}", compared.recordings.names[t.recording],
                         block.env, block.episode, block.first_step + t.after.row);
    };
    text += Hang("",
                 fmt::format("{} pays a success no more than a near miss: {} against {} (by {})",
                             compared.rewards[r]->name, where(worst.success), where(worst.other),
                             Short(-worst.gap)),
                 out, 2);
  }
  return text;
}

std::string NoiseText(const ComparedRecordings& compared, const Stream& out) {
  Table table({{"reward", Align::kLeft},
               {"term", Align::kLeft, "with flipped values"},
               {"flipped"},
               {"rho", Align::kRight, "with success"},
               {"clean"},
               {"pairs right"},
               {"clean"}});
  for (size_t r = 0; r < compared.noise.size(); ++r) {
    const RewardVerdict& clean = compared.comparison.rewards[r];
    for (const FlipEffect& effect : compared.noise[r]) {
      table.Row({compared.rewards[r]->name, effect.term, Percent(effect.share),
                 Fixed(effect.spearman), Fixed(clean.spearman.value), Fixed(effect.accuracy),
                 Fixed(clean.pairs.share.value)});
    }
  }
  return table.empty() ? "" : "\n" + table.Render(out);
}

// The reward that orders episodes best, for the hint; -1 if none was judged.
int BestReward(const ComparedRecordings& compared) {
  int best = -1;
  double most = -1;
  for (size_t r = 0; r < compared.rewards.size(); ++r) {
    const double share = compared.comparison.rewards[r].pairs.share.value;
    if (share > most) {
      most = share;
      best = static_cast<int>(r);
    }
  }
  return best;
}

std::string NextText(const ComparedRecordings& compared) {
  const int best = BestReward(compared);
  if (best < 0) return "";
  const ScoredReward& reward = *compared.rewards[best];
  const auto& terms = reward.compared.reward->spec().terms;
  if (reward.name == "recorded" || terms.empty()) return "";
  const double weight = terms[0].weight;  // a penalty stays one
  const double low = std::min(0.0, 2 * weight),
               high = std::max(weight == 0 ? 2.0 : 0.0, 2 * weight);
  return fmt::format("\nnext: carrot sweep {} --trace {} --set w:{}={:g}..{:g}:9\n",
                     ShellWord(reward.name), compared.recordings.given, terms[0].name, low, high);
}

Json TermsJson(const std::vector<TermRow>& terms) {
  Json object = Json::object();
  for (const TermRow& term : terms) {
    Json cell = {{"weight", term.weight}};
    PutNumber(cell, "mean", term.mean);
    PutNumber(cell, "paid", term.weighted_mean);
    PutNumber(cell, "share", term.magnitude_share);
    PutNumber(cell, "activation", term.activation);
    object[term.name] = std::move(cell);
  }
  return object;
}

Json RewardJson(const ComparedRecordings& compared, size_t r) {
  const RewardVerdict& verdict = compared.comparison.rewards[r];
  const Consistency& near = verdict.consistency;
  Json json = {{"reward", compared.rewards[r]->name},
               {"reward_hash", compared.rewards[r]->compared.reward->spec().hash},
               {"return", IntervalJson(verdict.episode_return)},
               {"iqm", IntervalJson(verdict.iqm)},
               {"spearman", IntervalJson(verdict.spearman)}};
  Json pairs = {
      {"good", verdict.pairs.good}, {"bad", verdict.pairs.bad}, {"judged", verdict.pairs.judged()}};
  pairs.update(PairsJson(verdict.pairs.pairs));
  pairs["share"] = IntervalJson(verdict.pairs.share);
  json["pairs"] = std::move(pairs);
  json["preferences"] = PairsJson(verdict.preferences);
  json["consistency"] = {{"judged", near.judged()}, {"successes", near.successes},
                         {"others", near.others},   {"pairs", near.pairs.size()},
                         {"right", near.right},     {"tied", near.tied},
                         {"wrong", near.wrong}};
  json["terms"] = TermsJson(verdict.terms);
  for (const Diagnostic& error : compared.rewards[r]->errors) {
    json["errors"].push_back(Json(ToJson(error)));
  }
  if (r < compared.noise.size()) {
    json["noise"] = Json::array();
    for (const FlipEffect& effect : compared.noise[r]) {
      Json row = {{"term", effect.term}, {"share", effect.share}};
      PutNumber(row, "spearman", effect.spearman);
      PutNumber(row, "pairs_right", effect.accuracy);
      json["noise"].push_back(std::move(row));
    }
  }
  return json;
}

Json PairJson(const ComparedRecordings& compared, const RewardPair& pair) {
  Json json = {{"a", compared.rewards[pair.a]->name},
               {"b", compared.rewards[pair.b]->name},
               {"starc", IntervalJson(pair.starc)},
               {"epic", IntervalJson(pair.epic)}};
  PutNumber(json, "spearman", pair.spearman);
  json["comparable"] = pair.counts.comparable;
  json["inversions"] = pair.counts.inverted;
  json["widest"] = Json::array();
  for (const Inversion& inversion : pair.widest) {
    json["widest"].push_back(
        {{"a_prefers", inversion.better}, {"b_prefers", inversion.worse}, {"gap", inversion.gap}});
  }
  json["changes"] =
      RewardChanges(compared.rewards[pair.a]->compared, compared.rewards[pair.b]->compared);
  json["terms"] = Json::array();
  for (const PaidTerm& term :
       PaidTerms(compared.comparison.rewards[pair.a], compared.comparison.rewards[pair.b])) {
    Json row = {{"term", term.name}};
    PutNumber(row, "a", term.PaidA());
    PutNumber(row, "b", term.PaidB());
    PutNumber(row, "change", Change(term.PaidA(), term.PaidB()));
    json["terms"].push_back(std::move(row));
  }
  return json;
}

}  // namespace

std::string CompareText(const ComparedRecordings& compared, const Stream& out) {
  const Comparison& c = compared.comparison;
  std::string text =
      TruthText(compared.recordings, c.episodes, out) + "\n" + RewardsText(compared, out);
  text += PreferencesText(compared, out) + NearMissText(compared, out);
  if (!c.pairs.empty()) {
    text += "\n" + PairsText(compared, out);
    text += "\n" + TermsText(compared, c.pairs[0], out);
    for (const std::string& change : RewardChanges(compared.rewards[c.pairs[0].a]->compared,
                                                   compared.rewards[c.pairs[0].b]->compared)) {
      text += Hang("", change, out, 2);
    }
    const std::string inversions = InversionsText(compared, c.pairs[0], out);
    if (!inversions.empty()) text += "\n" + inversions;
  }
  if (c.policies.size() > 1) text += "\n" + MatrixText(compared, out);
  return text + NoiseText(compared, out) + NextText(compared);
}

Json CompareJson(const ComparedRecordings& compared) {
  const Comparison& c = compared.comparison;
  const TaskSpec& task = compared.recordings.task->spec();
  Json json = {{"task", task.name},
               {"task_hash", task.hash},
               {"success", task.success_doc},
               {"recordings", compared.recordings.names}};
  json["rewards"] = Json::array();
  for (size_t r = 0; r < compared.rewards.size(); ++r) {
    json["rewards"].push_back(RewardJson(compared, r));
  }
  json["potentials"] = c.potentials;
  json["pairs"] = Json::array();
  for (const RewardPair& pair : c.pairs) json["pairs"].push_back(PairJson(compared, pair));
  json["policies"] = Json::array();
  for (const PolicyRow& row : c.policies) {
    json["policies"].push_back({{"recording", compared.recordings.names[row.recording]},
                                {"episodes", row.episodes},
                                {"success", IntervalJson(row.success)},
                                {"over_next", IntervalJson(row.over_next)},
                                {"returns", row.returns}});
  }
  json["policy_spearman"] = Json::array();
  for (double rho : c.policy_spearman) {
    json["policy_spearman"].push_back(std::isfinite(rho) ? Json(rho) : Json(nullptr));
  }
  json["episodes"] = Json::array();
  for (size_t e = 0; e < c.episodes.size(); ++e) {
    const JudgedEpisode& episode = c.episodes[e];
    Json row = {{"recording", compared.recordings.names[episode.recording]},
                {"env", episode.env},
                {"episode", episode.episode},
                {"length", episode.length},
                {"success", episode.success},
                {"good", episode.truth > 0},
                {"labelled", episode.labelled},
                {"returns", Json::array()}};
    for (const auto& returns : c.returns) row["returns"].push_back(returns[e]);
    json["episodes"].push_back(std::move(row));
  }
  return json;
}

std::string CurveText(const std::filesystem::path& run, const Task& task,
                      const OveroptimisationCurve& curve, const Stream& out) {
  Table table({{"steps", Align::kRight},
               {"KL", Align::kRight, "nats a step"},
               {"KL", Align::kRight, "nats an episode"},
               {"return", Align::kRight, "95 %"},
               {"success", Align::kRight, "95 %"},
               {"", Align::kLeft}});
  for (size_t i = 0; i < curve.points.size(); ++i) {
    const CheckpointPoint& point = curve.points[i];
    const bool peak = static_cast<int>(i) == curve.peak;
    table.Row({Thousands(point.step), Fixed(point.step_kl), Short(point.episode_kl),
               ReturnText(point.episode_return), IntervalText(point.success),
               peak ? "<- peak" : ""});
  }
  std::string text = fmt::format("{}   success: {}\nKL from {}\n\n", run.string(),
                                 task.spec().success_doc, curve.reference);
  text += table.Render(out);
  if (curve.overoptimised) {
    const CheckpointPoint& peak = curve.points[curve.peak];
    text += fmt::format(
        "\nover-optimised: success fell from its peak while the return did not; "
        "prefer {}\n",
        peak.policy.string());
  }
  return text;
}

Json CurveJson(const std::filesystem::path& run, const Task& task,
               const OveroptimisationCurve& curve) {
  Json json = {{"run", run.string()},
               {"task", task.spec().name},
               {"task_hash", task.spec().hash},
               {"success", task.spec().success_doc},
               {"reference", curve.reference},
               {"peak", curve.peak},
               {"overoptimised", curve.overoptimised},
               {"points", Json::array()}};
  for (const CheckpointPoint& point : curve.points) {
    Json row = {{"step", point.step},
                {"policy", point.policy.string()},
                {"trace", point.trace.string()},
                {"episodes", point.episodes}};
    PutNumber(row, "step_kl", point.step_kl);
    PutNumber(row, "episode_kl", point.episode_kl);
    row["return"] = IntervalJson(point.episode_return);
    row["success"] = IntervalJson(point.success);
    json["points"].push_back(std::move(row));
  }
  return json;
}

}  // namespace carrot
