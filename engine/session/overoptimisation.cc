#include "engine/session/overoptimisation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/core/observed_memory.h"
#include "engine/session/actor.h"
#include "engine/trace/trace_file.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

// Checkpoints with a recording, by step.
std::vector<CheckpointPoint> FindCheckpoints(const fs::path& run) {
  std::vector<CheckpointPoint> points;
  std::error_code error;
  for (fs::directory_iterator it(run / "policies", error), end; !error && it != end;
       it.increment(error)) {
    const std::string stem = it->path().stem().string();
    const bool digits =
        !stem.empty() && stem.size() < 18 &&
        std::all_of(stem.begin(), stem.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || it->path().extension() != ".policy") continue;
    CheckpointPoint point;
    point.step = std::stoll(stem);
    point.policy = it->path();
    point.trace = run / "traces" / fmt::format("eval-{}.trace", stem);
    if (fs::exists(point.trace / "spec.json", error)) points.push_back(std::move(point));
  }
  std::sort(points.begin(), points.end(),
            [](const auto& a, const auto& b) { return a.step < b.step; });
  return points;
}

// Trace column of each field that the policy observes or is masked by; -1 for the others.
Result<std::vector<int>> ObservedColumns(const Trace& trace, const TaskSpec& task, int mask) {
  std::vector<int> columns(task.state.size(), -1);
  std::vector<int> fields;
  for (const ObservationItem& item : task.observation) fields.push_back(item.field);
  if (mask >= 0) fields.push_back(mask);
  const auto& recorded = trace.spec().fields;
  for (int field : fields) {
    const auto it = std::find_if(recorded.begin(), recorded.end(), [&](const FieldSpec& f) {
      return f.name == task.state[field].name;
    });
    if (it == recorded.end()) {
      return Fail(MakeError(
          "I009",
          fmt::format("the policy observes `{}`, which the run's recordings do not hold",
                      task.state[field].name),
          {"record it: carrot run --policy ... --record-fields " + task.state[field].name}));
    }
    columns[field] = trace.layout().state + static_cast<int>(it - recorded.begin());
  }
  return columns;
}

// The memory that the policy observes, as a reward that shows it: entries of the recording, by
// name.
Result<RewardSpec> ShownMemory(const Trace& trace, const Policy& policy) {
  RewardSpec shown;
  shown.memory = trace.spec().memory;
  shown.memory_width = trace.spec().memory_width;
  const std::vector<std::string>& names = policy.spec().observed;
  for (size_t at = 0; at < names.size();) {
    const size_t before = at;
    for (int i = 0; i < static_cast<int>(shown.memory.size()) && at == before; ++i) {
      RewardSpec one = shown;
      one.observe = {i};
      const std::vector<std::string> shows = ObservedNames(one);
      if (shows.size() > names.size() - at ||
          !std::equal(shows.begin(), shows.end(), names.begin() + static_cast<ptrdiff_t>(at))) {
        continue;
      }
      shown.observe.push_back(i);
      at += shows.size();
    }
    if (at == before) {
      return Fail(MakeError("I009", fmt::format("the policy observes `{}`, which the run's "
                                                "recordings do not hold",
                                                names[at])));
    }
  }
  return shown;
}

class KlMeter {
 public:
  KlMeter(const Task& task, const Trace& trace, const RewardSpec& shown, const Policy& policy,
          const Policy& reference, int mask, ThreadPool& pool)
      : task_(task.spec()),
        memory_column_(trace.layout().memory),
        shown_(shown),
        policy_(policy),
        reference_(reference),
        mask_(mask),
        pool_(pool),
        memory_(shown.memory_width) {}

  // Sum over the rows of a block from which the episode went on.
  double Block(const TraceBlock& block, const std::vector<int>& columns, int rows) {
    std::vector<void*> state(columns.size(), nullptr);
    for (size_t f = 0; f < columns.size(); ++f) {
      if (columns[f] < 0) continue;
      state[f] = const_cast<std::byte*>(Trace::Row(block, columns[f], 0));
    }
    const auto width = static_cast<size_t>(policy_.spec().observation_size);
    obs_.resize(rows * width);
    for (int r = 0; r < rows; ++r) {
      GatherObservation(task_, state, r, obs_.data() + r * width);
      for (const int entry : shown_.observe) {
        std::copy_n(Trace::Row<double>(block, memory_column_ + entry, r), shown_.memory[entry].size,
                    memory_.data() + shown_.memory[entry].offset);
      }
      GatherObserved(shown_, memory_.data(), obs_.data() + r * width + task_.observation_size);
    }
    PolicyInput in{.rows = rows, .obs = obs_.data()};
    if (mask_ >= 0) in.mask = static_cast<const uint8_t*>(state[mask_]);
    const auto heads = static_cast<size_t>(policy_.spec().head_size());
    mine_.resize(rows * heads);
    theirs_.resize(rows * heads);
    policy_.Infer(pool_, in, {.head = mine_.data()});
    reference_.Infer(pool_, in, {.head = theirs_.data()});
    double sum = 0;
    for (int r = 0; r < rows; ++r) {
      sum += ActionKl(task_.world.action, {mine_.data() + r * heads, policy_.log_std()},
                      {theirs_.data() + r * heads, reference_.log_std()},
                      in.mask == nullptr ? nullptr : in.mask + r * heads);
    }
    return sum;
  }

 private:
  const TaskSpec& task_;
  int memory_column_;
  const RewardSpec& shown_;
  const Policy &policy_, &reference_;
  int mask_;
  ThreadPool& pool_;
  std::vector<double> memory_, obs_;
  std::vector<float> mine_, theirs_;
};

// The reference is the policy that training with `ppo` began with.
Status Measure(const Task& task, const PpoConfig& ppo, ThreadPool& pool, CheckpointPoint& point) {
  CARROT_ASSIGN_OR_RETURN(const auto trace, OpenTrace(point.trace));
  CARROT_ASSIGN_OR_RETURN(const Policy policy, Policy::Load(point.policy));
  CARROT_RETURN_IF_ERROR(policy.CheckFits(task.spec()));
  CARROT_ASSIGN_OR_RETURN(const RewardSpec shown, ShownMemory(*trace, policy));
  CARROT_ASSIGN_OR_RETURN(const auto start, Ppo::Create(task.spec(), ppo, pool, &shown));
  CARROT_ASSIGN_OR_RETURN(const int mask, FindActionMask(task.spec()));
  CARROT_ASSIGN_OR_RETURN(const std::vector<int> columns,
                          ObservedColumns(*trace, task.spec(), mask));
  std::vector<double> returns;
  int64_t successes = 0;
  for (const EpisodeSummary& episode : trace->episodes()) {
    if (episode.fault) continue;
    returns.push_back(episode.episode_return);
    successes += episode.success;
  }
  point.episodes = static_cast<int64_t>(returns.size());
  point.episode_return = BootstrapMean(returns);
  point.success = WilsonInterval(successes, point.episodes);
  KlMeter meter(task, *trace, shown, policy, start->policy(), mask, pool);
  double sum = 0;
  int64_t steps = 0, episodes = 0;
  for (const TraceEpisodeRows& episode : trace->EpisodeRows()) {
    if (!episode.ended) continue;
    for (const TraceBlock* block : episode.blocks) {
      const bool last = block == episode.blocks.back();
      const int rows = block->rows - (last ? 1 : 0);  // no action is taken in the last row
      if (rows > 0) sum += meter.Block(*block, columns, rows);
      steps += rows;
    }
    ++episodes;
  }
  point.step_kl = sum / static_cast<double>(steps);
  point.episode_kl = sum / static_cast<double>(episodes);
  return {};
}

// KL of two softmax distributions over the allowed choices.
double ChoiceKl(int choices, const float* p, const float* q, const uint8_t* mask) {
  if (mask != nullptr && std::none_of(mask, mask + choices, [](uint8_t m) { return m != 0; })) {
    mask = nullptr;
  }
  const auto allowed = [mask](int c) { return mask == nullptr || mask[c] != 0; };
  const auto log_sum = [&](const float* logits) {
    double most = -std::numeric_limits<double>::infinity(), sum = 0;
    for (int c = 0; c < choices; ++c) {
      if (allowed(c)) most = std::max<double>(most, logits[c]);
    }
    for (int c = 0; c < choices; ++c) {
      if (allowed(c)) sum += std::exp(logits[c] - most);
    }
    return most + std::log(sum);
  };
  const double p_sum = log_sum(p), q_sum = log_sum(q);
  double kl = 0;
  for (int c = 0; c < choices; ++c) {
    if (!allowed(c)) continue;
    const double log_p = p[c] - p_sum;
    kl += std::exp(log_p) * (log_p - (q[c] - q_sum));
  }
  return kl;
}

void FindPeak(OveroptimisationCurve& curve) {
  curve.peak = 0;
  for (size_t i = 0; i < curve.points.size(); ++i) {
    if (curve.points[i].success.value > curve.points[curve.peak].success.value) {
      curve.peak = static_cast<int>(i);
    }
  }
  const CheckpointPoint &peak = curve.points[curve.peak], &last = curve.points.back();
  curve.overoptimised = last.success.high < peak.success.low &&
                        last.episode_return.value >= peak.episode_return.value;
}

}  // namespace

double ActionKl(const ActionSpec& action, const ActionDistribution& p, const ActionDistribution& q,
                const uint8_t* mask) {
  double kl = 0;
  if (action.kind == ActionSpec::Kind::kContinuous) {
    for (int d = 0; d < action.size(); ++d) {
      const double p_std = std::exp(p.log_std[d]), q_std = std::exp(q.log_std[d]);
      const double gap = static_cast<double>(p.head[d]) - q.head[d];
      kl += std::log(q_std / p_std) + (p_std * p_std + gap * gap) / (2 * q_std * q_std) - 0.5;
    }
    return kl;
  }
  int at = 0;
  for (const int choices : action.choices) {
    kl += ChoiceKl(choices, p.head + at, q.head + at, mask == nullptr ? nullptr : mask + at);
    at += choices;
  }
  return kl;
}

Result<OveroptimisationCurve> MeasureOveroptimisation(const fs::path& run,
                                                      std::shared_ptr<const Task> task,
                                                      const PpoConfig& ppo, ThreadPool& pool) {
  OveroptimisationCurve curve;
  curve.points = FindCheckpoints(run);
  if (curve.points.empty()) {
    return Fail(
        MakeError("I001", fmt::format("{} has no evaluated checkpoint", run.string()),
                  {"train with --eval-every N, which keeps policies and their recordings"}));
  }
  curve.reference = "the policy that training began with";
  for (CheckpointPoint& point : curve.points) {
    CARROT_RETURN_IF_ERROR(Measure(*task, ppo, pool, point));
  }
  FindPeak(curve);
  return curve;
}

}  // namespace carrot
