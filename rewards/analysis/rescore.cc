#include "rewards/analysis/rescore.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "engine/base/check.h"
#include "engine/core/return_check.h"
#include "rewards/analysis/packed_episode.h"

namespace carrot {
namespace {

// From row `begin` of an episode on, this reward with these settings.
struct Segment {
  int64_t begin = 0;
  const RewardFunction* reward = nullptr;
  RewardSettings settings;
};

struct Worker {
  std::vector<std::pair<const RewardFunction*, std::unique_ptr<RewardEvaluator>>> evaluators;
  PackedEpisode episode;
  std::vector<uint8_t> flags;
  std::vector<double> memory, term, phi, total, reward;
  Diagnostics overflows;  // of each episode's part
};

tl::unexpected<Diagnostics> CannotScore(std::string message, std::string help) {
  return Fail(MakeError("I009", std::move(message), {std::move(help)}));
}

class Rescorer {
 public:
  Rescorer(const Trace& trace, const StateSpec& state, ThreadPool& pool)
      : trace_(trace), pool_(pool), fields_(trace, state), workers_(pool.workers()) {}

  // Every reward that a segment may name, once.
  Status AddReward(const RewardFunction& reward) {
    CARROT_RETURN_IF_ERROR(fields_.Require(reward.spec()));
    for (Worker& worker : workers_) {
      CARROT_ASSIGN_OR_RETURN(auto evaluator, reward.NewEvaluator());
      worker.evaluators.emplace_back(&reward, std::move(evaluator));
    }
    num_terms_ = static_cast<int>(reward.spec().terms.size());
    has_potential_ |= reward.spec().has_potential;
    return {};
  }

  // The reward's memory is part of the score: for one reward without changes.
  void KeepMemory(int width) { kept_memory_ = width; }

  // segments(episode) gives at least one segment, the first with begin 0, ascending.
  Score Run(const std::function<std::vector<Segment>(const TraceEpisodeRows&)>& segments,
            EpisodeOrder order = EpisodeOrder::kAscending) {
    const std::vector<TraceEpisodeRows> episodes = trace_.EpisodeRows();
    const int64_t rows = trace_.num_rows();
    Score score;
    score.term.resize(rows * num_terms_);
    score.total.resize(rows);
    score.reward.resize(rows);
    score.flags.resize(rows);
    if (has_potential_) score.phi.resize(rows);
    score.memory.resize(rows * kept_memory_);
    score.episodes.resize(episodes.size());
    const int count = static_cast<int>(episodes.size());
    pool_.ParallelFor(count, [&](int turn, int w) {
      const int index = order == EpisodeOrder::kAscending ? turn : count - 1 - turn;
      const TraceEpisodeRows& episode = episodes[index];
      EpisodeScore& out = score.episodes[index];
      Describe(episode, out);
      Load(episode, workers_[w]);
      if (episode.first_step == 0) {
        Evaluate(segments(episode), workers_[w]);
        out.scored = true;
      }
      Sum(episode, workers_[w], out);
      Store(episode, workers_[w], score);
    });
    for (size_t e = 0; e < episodes.size(); ++e) {
      if (!score.episodes[e].scored) score.rows_not_scored += episodes[e].rows;
    }
    CollectErrors(score);
    return score;
  }

 private:
  void Describe(const TraceEpisodeRows& episode, EpisodeScore& out) const {
    const TraceBlock& last = *episode.blocks.back();
    const uint8_t flags = *Trace::Row<uint8_t>(last, trace_.layout().flags, last.rows - 1);
    out.env = episode.env;
    out.episode = episode.episode;
    out.world_seed = episode.world_seed;
    out.length = static_cast<int>(episode.first_step + episode.rows - 1);
    out.ended = episode.ended;
    out.success = flags & kRowSuccess;
    out.fault = flags & kRowFault;
  }

  void Load(const TraceEpisodeRows& episode, Worker& worker) const {
    worker.episode.Load(fields_, episode);
    worker.flags = worker.episode.flags();
    worker.term.assign(episode.rows * num_terms_, 0.0);
    worker.memory.clear();
    for (auto* column : {&worker.phi, &worker.total, &worker.reward}) {
      column->assign(episode.rows, 0.0);
    }
  }

  void Evaluate(const std::vector<Segment>& segments, Worker& worker) const {
    const int64_t rows = worker.episode.scored_rows();
    for (size_t s = 0; s < segments.size(); ++s) {
      const Segment& segment = segments[s];
      const int64_t end = s + 1 < segments.size() ? std::min(segments[s + 1].begin, rows) : rows;
      const bool swapped = s == 0 || segment.reward != segments[s - 1].reward;
      if (segment.begin >= end && !swapped) continue;
      RewardEvaluator& evaluator = EvaluatorOf(*segment.reward, worker);
      if (!segment.settings.params.empty()) evaluator.SetParams(segment.settings.params);
      if (swapped) {
        // A new script's memory is what it would have been from row 0 on.
        worker.memory.assign(worker.episode.rows() * segment.reward->spec().memory_width, 0.0);
        Begin(segment.reward->spec(), worker, evaluator, segment.begin > 1);
        if (s > 0) Replay(segment, 1, segment.begin, worker, evaluator, true);
      }
      Replay(segment, std::max<int64_t>(1, segment.begin), end, worker, evaluator, false);
    }
  }

  // As live: no phi without a potential (adding a shaping of 0 would change the sign of a -0).
  RewardColumns Columns(Worker& worker, const RewardSpec& reward) const {
    return {worker.term.data(), reward.has_potential ? worker.phi.data() : nullptr,
            worker.total.data(), worker.reward.data(), worker.flags.data()};
  }

  // phi of row 0 stays the earlier script's unless the next row is already the new one's.
  void Begin(const RewardSpec& reward, Worker& worker, RewardEvaluator& evaluator,
             bool keep_phi) const {
    const double phi = worker.phi[0];
    evaluator.Begin(worker.episode.Batch(0, 1, worker.memory.data()), Columns(worker, reward));
    if (keep_phi) worker.phi[0] = phi;
  }

  // Rows [begin, end). With `discard` only the memory of these rows is kept.
  void Replay(const Segment& segment, int64_t begin, int64_t end, Worker& worker,
              RewardEvaluator& evaluator, bool discard) const {
    if (begin >= end) return;
    const RewardColumns out = Columns(worker, segment.reward->spec());
    if (discard) {
      std::vector<double> term(worker.term), phi(worker.phi), total(worker.total);
      std::vector<uint8_t> flags(worker.flags);
      evaluator.Evaluate(worker.episode.Batch(begin, end, worker.memory.data()), out);
      // phi of the row before the swap is the new script's, as it is live.
      std::swap(phi[end - 1], worker.phi[end - 1]);
      worker.term.swap(term);
      worker.total.swap(total);
      worker.flags.swap(flags);
      std::swap(worker.phi, phi);
      return;
    }
    evaluator.Evaluate(worker.episode.Batch(begin, end, worker.memory.data()), out);
    const int64_t overflows = CombineTerms(segment.reward->spec(), segment.settings.weights, begin,
                                           end, out.phi == nullptr ? nullptr : out.phi - 1,
                                           worker.episode.terminated(), out, &evaluator);
    if (overflows == 0) return;
    Diagnostic error = OverflowError(segment.reward->spec(), overflows);
    BlameWeight(segment.reward->spec(), segment.settings.weights, &error);
    Merge({std::move(error)}, &worker.overflows);
  }

  RewardEvaluator& EvaluatorOf(const RewardFunction& reward, Worker& worker) const {
    for (auto& [owner, evaluator] : worker.evaluators) {
      if (owner == &reward) return *evaluator;
    }
    CARROT_CHECK(false);
  }

  void Sum(const TraceEpisodeRows& episode, const Worker& worker, EpisodeScore& out) const {
    out.term_sums.assign(num_terms_, 0.0);
    if (!out.scored) return;
    for (int64_t r = 1; r < episode.rows; ++r) {
      out.episode_return += worker.reward[r];
      for (int k = 0; k < num_terms_; ++k) out.term_sums[k] += worker.term[r * num_terms_ + k];
    }
  }

  void Store(const TraceEpisodeRows& episode, const Worker& worker, Score& score) const {
    int64_t from = 0;
    for (const TraceBlock* block : episode.blocks) {
      const int64_t n = block->rows, to = block->first_row;
      std::copy_n(worker.term.begin() + from * num_terms_, n * num_terms_,
                  score.term.begin() + to * num_terms_);
      std::copy_n(worker.total.begin() + from, n, score.total.begin() + to);
      std::copy_n(worker.reward.begin() + from, n, score.reward.begin() + to);
      std::copy_n(worker.flags.begin() + from, n, score.flags.begin() + to);
      if (has_potential_) std::copy_n(worker.phi.begin() + from, n, score.phi.begin() + to);
      if (!worker.memory.empty()) {
        std::copy_n(worker.memory.begin() + from * kept_memory_, n * kept_memory_,
                    score.memory.begin() + to * kept_memory_);
      }
      from += n;
    }
  }

  void CollectErrors(Score& score) {
    for (Worker& worker : workers_) {
      for (auto& [reward, evaluator] : worker.evaluators)
        Merge(evaluator->TakeErrors(), &score.errors);
      Merge(std::move(worker.overflows), &score.errors);
    }
  }

  const Trace& trace_;
  ThreadPool& pool_;
  RecordedFields fields_;
  std::vector<Worker> workers_;
  int num_terms_ = 0;
  bool has_potential_ = false;
  int kept_memory_ = 0;  // numbers a row
};

void ApplyEvent(const TraceEvent& event, const RewardSpec& reward, RewardSettings& settings) {
  if (event.type == "weight") {
    for (size_t k = 0; k < reward.terms.size(); ++k) {
      if (reward.terms[k].name == event.name) settings.weights.weights[k] = event.value;
    }
  } else if (event.type == "potential_weight") {
    settings.weights.potential = event.value;
  } else if (event.type == "param") {
    for (size_t i = 0; i < reward.params.size(); ++i) {
      if (reward.params[i].name == event.name) settings.params[i] = event.value;
    }
  }
}

// Row from which an event holds in an episode; its rows or more: not in this episode.
int64_t FirstRow(const TraceEvent& event, const TraceEpisodeRows& episode) {
  const auto env = static_cast<size_t>(episode.env);
  if ((event.env >= 0 && event.env != episode.env) || env >= event.episode.size() ||
      env >= event.step.size() || event.episode[env] > episode.episode) {
    return episode.rows;
  }
  return event.episode[env] == episode.episode ? event.step[env] + 1 : 0;
}

// The recorded changes as they fall into one episode.
std::vector<Segment> RecordedSegments(
    const TraceEpisodeRows& episode, const std::vector<TraceEvent>& events, const TraceSpec& trace,
    const RewardFunction& first,
    const std::map<std::string, std::shared_ptr<const RewardFunction>>& scripts) {
  std::vector<Segment> segments = {{0, &first, RecordedSettings(first.spec(), trace)}};
  for (const TraceEvent& event : events) {
    const int64_t row = FirstRow(event, episode);
    if (row >= episode.rows) continue;
    if (segments.back().begin != row) {
      Segment next = segments.back();
      next.begin = row;
      segments.push_back(std::move(next));
    }
    Segment& segment = segments.back();
    if (event.type == "script") {
      segment.reward = scripts.at(event.text).get();
      segment.settings = DefaultSettings(segment.reward->spec(), segment.settings.weights.gamma);
    } else {
      ApplyEvent(event, segment.reward->spec(), segment.settings);
    }
  }
  return segments;
}

}  // namespace

void CheckReturns(const RewardSpec& reward, const RewardWeights& weights, Score* score) {
  std::erase_if(score->errors, [](const Diagnostic& error) { return error.code == "R036"; });
  ReturnCheck check(reward, weights);
  for (const EpisodeScore& episode : score->episodes) {
    if (episode.scored && !episode.fault) check.Add(episode.episode_return, episode.term_sums);
  }
  Merge(check.Errors(), &score->errors);
}

std::vector<double> EpisodeShaping(const Score& score, const TraceEpisodeRows& episode,
                                   double gamma) {
  std::vector<double> shaping;
  if (score.phi.size() != score.total.size()) return shaping;
  shaping.reserve(static_cast<size_t>(episode.rows));
  double previous = 0;
  ForRows(episode, [&](const TraceBlock& block, int i, int64_t row) {
    const auto at = static_cast<size_t>(block.first_row + i);
    if (at >= score.phi.size()) return;
    const double phi = score.phi[at];
    const bool terminated = (score.flags[at] & kRowTerminated) != 0;
    shaping.push_back(row == 0 ? 0 : PotentialShaping(gamma, phi, terminated, previous));
    previous = phi;
  });
  return shaping;
}

bool SameValues(const RewardSettings& a, const RewardSettings& b) {
  return a.weights.weights == b.weights.weights && a.weights.potential == b.weights.potential &&
         a.params == b.params;
}

RewardSettings DefaultSettings(const RewardSpec& reward, double gamma) {
  RewardSettings settings;
  for (const auto& term : reward.terms) settings.weights.weights.push_back(term.weight);
  settings.weights.potential = reward.potential_weight;
  settings.weights.gamma = gamma;
  for (const auto& param : reward.params) settings.params.push_back(param.value);
  return settings;
}

RewardSettings RecordedSettings(const RewardSpec& reward, const TraceSpec& trace) {
  RewardSettings settings = DefaultSettings(reward, trace.gamma);
  for (size_t k = 0; k < reward.terms.size(); ++k) {
    for (const auto& term : trace.terms) {
      if (term.name == reward.terms[k].name) settings.weights.weights[k] = term.weight;
    }
  }
  for (size_t i = 0; i < reward.params.size(); ++i) {
    for (const auto& [name, value] : trace.params) {
      if (name == reward.params[i].name) settings.params[i] = value;
    }
  }
  if (trace.has_potential) settings.weights.potential = trace.potential_weight;
  return settings;
}

Result<std::vector<int>> FieldColumns(const Trace& trace, const StateSpec& state,
                                      const RewardSpec& reward) {
  RecordedFields fields(trace, state);
  CARROT_RETURN_IF_ERROR(fields.Require(reward));
  return fields.columns();
}

Result<std::vector<SettingsFrom>> RecordedSettings(const RewardSpec& reward, const Trace& trace,
                                                   const TraceEpisodeRows& episode) {
  std::vector<SettingsFrom> settings = {{0, RecordedSettings(reward, trace.spec())}};
  for (const TraceEvent& event : trace.events()) {
    const int64_t row = FirstRow(event, episode);
    if (row >= episode.rows) continue;
    if (event.type == "script") {
      return CannotScore(
          fmt::format("the reward script changed to {} while this was recorded", event.text),
          "name the script that you mean with --reward");
    }
    if (settings.back().begin != row) settings.push_back({row, settings.back().settings});
    ApplyEvent(event, reward, settings.back().settings);
  }
  return settings;
}

Result<Score> Rescore(const Trace& trace, const StateSpec& state, const RewardFunction& reward,
                      const RewardSettings& settings, ThreadPool& pool, EpisodeOrder order) {
  CARROT_CHECK(settings.weights.weights.size() == reward.spec().terms.size());
  CARROT_CHECK(settings.params.size() == reward.spec().params.size());
  Rescorer rescorer(trace, state, pool);
  CARROT_RETURN_IF_ERROR(rescorer.AddReward(reward));
  rescorer.KeepMemory(reward.spec().memory_width);
  Score score = rescorer.Run(
      [&](const TraceEpisodeRows&) {
        return std::vector<Segment>{{0, &reward, settings}};
      },
      order);
  CheckReturns(reward.spec(), settings.weights, &score);
  return score;
}

Result<Score> RescoreAsRecorded(const Trace& trace, const StateSpec& state,
                                std::shared_ptr<const RewardFunction> reward, ThreadPool& pool,
                                const ScriptResolver& resolve) {
  Rescorer rescorer(trace, state, pool);
  CARROT_RETURN_IF_ERROR(rescorer.AddReward(*reward));
  const std::vector<TraceEvent> events = trace.events();
  std::map<std::string, std::shared_ptr<const RewardFunction>> scripts = {
      {trace.spec().reward_hash, reward}};
  for (const TraceEvent& event : events) {
    if (event.type != "script" || scripts.contains(event.text)) continue;
    if (!resolve) {
      return CannotScore(
          fmt::format("the reward script changed to {} while this was recorded", event.text),
          "give the recording's scripts folder");
    }
    CARROT_ASSIGN_OR_RETURN(std::shared_ptr<const RewardFunction> changed, resolve(event.text));
    if (changed->spec().terms.size() != reward->spec().terms.size()) {
      return CannotScore(
          fmt::format("script {} has {} terms, the recording has columns for {}", event.text,
                      changed->spec().terms.size(), reward->spec().terms.size()),
          "re-score the recording with that script alone: carrot rescore --reward");
    }
    CARROT_RETURN_IF_ERROR(rescorer.AddReward(*changed));
    scripts[event.text] = std::move(changed);
  }
  Score score = rescorer.Run([&](const TraceEpisodeRows& episode) {
    return RecordedSegments(episode, events, trace.spec(), *reward, scripts);
  });
  CheckReturns(reward->spec(), RecordedSettings(reward->spec(), trace.spec()).weights, &score);
  return score;
}

}  // namespace carrot
