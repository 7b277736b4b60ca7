#include "rewards/analysis/rescore.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "engine/base/check.h"

namespace carrot {
namespace {

// From row `begin` of an episode on, this reward with these settings.
struct Segment {
  int64_t begin = 0;
  const RewardFunction* reward = nullptr;
  RewardSettings settings;
};

// Rows of one episode as packed columns: pointers into the trace if the episode lies in one piece,
// else copies.
struct EpisodeColumns {
  std::vector<void*> next, prev;  // by StateSpec index
  const double* action = nullptr;
};

struct Worker {
  std::vector<std::pair<const RewardFunction*, std::unique_ptr<RewardEvaluator>>> evaluators;
  std::vector<std::vector<std::byte>> gathered;  // by column of the trace
  EpisodeColumns columns;
  std::vector<int32_t> step;
  std::vector<uint8_t> terminated, flags;
  std::vector<uint64_t> world_seed;
  std::vector<double> memory, term, phi, total, reward;
};

tl::unexpected<Diagnostics> CannotScore(std::string message, std::string help) {
  return Fail(MakeError("I009", std::move(message), {std::move(help)}));
}

bool IsContiguous(const TraceEpisodeRows& episode) {
  for (size_t b = 1; b < episode.blocks.size(); ++b) {
    const TraceBlock& before = *episode.blocks[b - 1];
    const TraceBlock& block = *episode.blocks[b];
    if (block.chunk != before.chunk || block.offset != before.offset + before.rows) return false;
  }
  return true;
}

// Packed rows of one column. The evaluator only reads state columns, so a mapped file may be handed
// on.
void* PackedColumn(const Trace& trace, const TraceEpisodeRows& episode, int column, bool contiguous,
                   Worker& worker) {
  if (contiguous) {
    return const_cast<std::byte*>(Trace::Row(*episode.blocks[0], column, 0));
  }
  const size_t row_bytes = trace.layout().columns[column].row_bytes();
  std::vector<std::byte>& copy = worker.gathered[column];
  copy.resize(std::max(copy.size(), row_bytes * episode.rows));
  std::byte* to = copy.data();
  for (const TraceBlock* block : episode.blocks) {
    std::memcpy(to, Trace::Row(*block, column, 0), row_bytes * block->rows);
    to += row_bytes * block->rows;
  }
  return copy.data();
}

class Rescorer {
 public:
  Rescorer(const Trace& trace, const StateSpec& state, ThreadPool& pool)
      : trace_(trace), state_(state), pool_(pool), workers_(pool.workers()) {}

  // Every reward that a segment may name, once.
  Status AddReward(const RewardFunction& reward) {
    CARROT_ASSIGN_OR_RETURN(field_columns_, FieldColumns(trace_, state_, reward.spec()));
    for (Worker& worker : workers_) {
      CARROT_ASSIGN_OR_RETURN(auto evaluator, reward.NewEvaluator());
      worker.evaluators.emplace_back(&reward, std::move(evaluator));
      worker.gathered.resize(trace_.layout().size());
    }
    for (int f : reward.spec().fields_read) {
      if (std::find(fields_.begin(), fields_.end(), f) == fields_.end()) fields_.push_back(f);
    }
    num_terms_ = static_cast<int>(reward.spec().terms.size());
    has_potential_ |= reward.spec().has_potential;
    return {};
  }

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
    score.episodes.resize(episodes.size());
    const int count = static_cast<int>(episodes.size());
    pool_.ParallelFor(count, [&](int turn, int w) {
      const int index = order == EpisodeOrder::kAscending ? turn : count - 1 - turn;
      const TraceEpisodeRows& episode = episodes[index];
      EpisodeScore& out = score.episodes[index];
      Describe(episode, out);
      Load(episode, workers_[w]);
      if (episode.first_step == 0) {
        Evaluate(episode, segments(episode), out.fault, workers_[w]);
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
    const int64_t n = episode.rows;
    worker.step.resize(n);
    worker.terminated.resize(n);
    worker.flags.resize(n);
    worker.world_seed.assign(n, episode.world_seed);
    worker.term.assign(n * num_terms_, 0.0);
    for (auto* column : {&worker.phi, &worker.total, &worker.reward}) column->assign(n, 0.0);
    int64_t row = 0;
    for (const TraceBlock* block : episode.blocks) {
      const uint8_t* flags = Trace::Row<uint8_t>(*block, trace_.layout().flags, 0);
      for (int i = 0; i < block->rows; ++i, ++row) {
        worker.step[row] = static_cast<int32_t>(episode.first_step + row);
        worker.terminated[row] = (flags[i] & kRowTerminated) ? 1 : 0;
        worker.flags[row] = flags[i] & ~(kRowNonFinite | kRowTermError);
      }
    }
    const bool contiguous = IsContiguous(episode);
    EpisodeColumns& columns = worker.columns;
    columns.next.assign(state_.size(), nullptr);
    columns.prev.assign(state_.size(), nullptr);
    for (int f : fields_) {
      columns.next[f] = PackedColumn(trace_, episode, field_columns_[f], contiguous, worker);
      // Row r of prev is row r - 1 of next; row 0 is never read through it.
      columns.prev[f] = static_cast<std::byte*>(columns.next[f]) - state_[f].bytes();
    }
    columns.action = static_cast<const double*>(
        PackedColumn(trace_, episode, trace_.layout().action, contiguous, worker));
  }

  void Evaluate(const TraceEpisodeRows& episode, const std::vector<Segment>& segments, bool fault,
                Worker& worker) const {
    // The row of an environment fault is not shown to scripts; its reward is 0.
    const int64_t rows = episode.rows - (fault ? 1 : 0);
    for (size_t s = 0; s < segments.size(); ++s) {
      const Segment& segment = segments[s];
      const int64_t end = s + 1 < segments.size() ? std::min(segments[s + 1].begin, rows) : rows;
      const bool swapped = s == 0 || segment.reward != segments[s - 1].reward;
      if (segment.begin >= end && !swapped) continue;
      RewardEvaluator& evaluator = EvaluatorOf(*segment.reward, worker);
      if (!segment.settings.params.empty()) evaluator.SetParams(segment.settings.params);
      if (swapped) {
        // A new script's memory is what it would have been from row 0 on.
        worker.memory.assign(episode.rows * segment.reward->spec().memory_width, 0.0);
        Begin(segment.reward->spec(), worker, evaluator, segment.begin > 1);
        if (s > 0) Replay(segment, 1, segment.begin, worker, evaluator, true);
      }
      Replay(segment, std::max<int64_t>(1, segment.begin), end, worker, evaluator, false);
    }
  }

  TransitionBatch Batch(Worker& worker, int64_t begin, int64_t end) const {
    TransitionBatch batch;
    batch.begin = begin;
    batch.end = end;
    batch.next = worker.columns.next;
    batch.prev = begin == 0 ? worker.columns.next : worker.columns.prev;
    batch.action = begin == 0 ? nullptr : worker.columns.action;
    batch.step = worker.step.data();
    batch.terminated = worker.terminated.data();
    batch.world_seed = worker.world_seed.data();
    batch.memory = worker.memory.data();
    batch.carry_memory = true;
    return batch;
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
    evaluator.Begin(Batch(worker, 0, 1), Columns(worker, reward));
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
      evaluator.Evaluate(Batch(worker, begin, end), out);
      // phi of the row before the swap is the new script's, as it is live.
      std::swap(phi[end - 1], worker.phi[end - 1]);
      worker.term.swap(term);
      worker.total.swap(total);
      worker.flags.swap(flags);
      std::swap(worker.phi, phi);
      return;
    }
    evaluator.Evaluate(Batch(worker, begin, end), out);
    CombineTerms(segment.reward->spec(), segment.settings.weights, begin, end,
                 out.phi == nullptr ? nullptr : out.phi - 1, worker.terminated.data(), out,
                 &evaluator);
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
      from += n;
    }
  }

  void CollectErrors(Score& score) {
    for (Worker& worker : workers_) {
      for (auto& [reward, evaluator] : worker.evaluators) {
        for (Diagnostic& error : evaluator->TakeErrors()) {
          auto same = std::find_if(score.errors.begin(), score.errors.end(), [&](const auto& d) {
            return d.code == error.code && d.message == error.message &&
                   d.where.line == error.where.line && d.where.file == error.where.file;
          });
          if (same == score.errors.end()) {
            score.errors.push_back(std::move(error));
          } else {
            same->repeats += error.repeats + 1;
          }
        }
      }
    }
  }

  const Trace& trace_;
  const StateSpec& state_;
  ThreadPool& pool_;
  std::vector<int> field_columns_;
  std::vector<Worker> workers_;
  std::vector<int> fields_;  // read by any of the rewards
  int num_terms_ = 0;
  bool has_potential_ = false;
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

// The recorded changes as they fall into one episode.
std::vector<Segment> RecordedSegments(
    const TraceEpisodeRows& episode, const std::vector<TraceEvent>& events, const TraceSpec& trace,
    const RewardFunction& first,
    const std::map<std::string, std::shared_ptr<const RewardFunction>>& scripts) {
  std::vector<Segment> segments = {{0, &first, RecordedSettings(first.spec(), trace)}};
  for (const TraceEvent& event : events) {
    const auto env = static_cast<size_t>(episode.env);
    if ((event.env >= 0 && event.env != episode.env) || env >= event.episode.size() ||
        env >= event.step.size() || event.episode[env] > episode.episode) {
      continue;
    }
    const int64_t row = event.episode[env] == episode.episode ? event.step[env] + 1 : 0;
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
  std::vector<int> columns(state.size(), -1);
  const TraceSpec& spec = trace.spec();
  for (size_t f = 0; f < spec.fields.size(); ++f) {
    const int index = state.Find(spec.fields[f].name);
    if (index >= 0 && state[index].dtype == spec.fields[f].dtype &&
        state[index].shape == spec.fields[f].shape) {
      columns[index] = trace.layout().state + static_cast<int>(f);
    }
  }
  std::vector<std::string> missing;
  for (int f : reward.fields_read) {
    if (columns[f] < 0) missing.push_back(state[f].name);
  }
  if (missing.empty()) return columns;
  return CannotScore(fmt::format("reward `{}` reads {}, which this recording of `{}` does not hold",
                                 reward.name, fmt::join(missing, ", "), trace.spec().task),
                     fmt::format("record again with --record-fields {}", fmt::join(missing, ",")));
}

Result<Score> Rescore(const Trace& trace, const StateSpec& state, const RewardFunction& reward,
                      const RewardSettings& settings, ThreadPool& pool, EpisodeOrder order) {
  CARROT_CHECK(settings.weights.weights.size() == reward.spec().terms.size());
  CARROT_CHECK(settings.params.size() == reward.spec().params.size());
  Rescorer rescorer(trace, state, pool);
  CARROT_RETURN_IF_ERROR(rescorer.AddReward(reward));
  return rescorer.Run(
      [&](const TraceEpisodeRows&) {
        return std::vector<Segment>{{0, &reward, settings}};
      },
      order);
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
  return rescorer.Run([&](const TraceEpisodeRows& episode) {
    return RecordedSegments(episode, events, trace.spec(), *reward, scripts);
  });
}

}  // namespace carrot
