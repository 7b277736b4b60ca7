#include "engine/session/demonstration.h"

#include <algorithm>
#include <limits>

#include "engine/session/interventions.h"
#include "engine/trace/trace_file.h"
#include "engine/trace/trace_writer.h"

namespace carrot {
namespace {

// Columns of the recorded state by StateSpec index; null where a field was not recorded.
std::vector<void*> StateRow(const Trace& trace, const StateSpec& state, const TraceBlock& block,
                            int row) {
  std::vector<void*> columns(static_cast<size_t>(state.size()), nullptr);
  for (size_t f = 0; f < trace.spec().fields.size(); ++f) {
    const int field = state.Find(trace.spec().fields[f].name);
    if (field < 0) continue;
    const int column = trace.layout().state + static_cast<int>(f);
    columns[field] = const_cast<std::byte*>(Trace::Row(block, column, row));  // only read
  }
  return columns;
}

// What the recording says of the episode, or, if it was stopped, what its rows say.
EpisodeSummary SummaryOf(const Trace& trace, const TraceEpisodeRows& episode) {
  EpisodeSummary summary;
  for (const EpisodeSummary& ended : trace.episodes()) {
    if (ended.env == episode.env && ended.episode == episode.episode) summary = ended;
  }
  if (!episode.ended) {
    const auto& metrics = trace.spec().metrics;
    summary.truncated = true;
    summary.cause = "stopped";
    summary.metrics.assign(metrics.size(), 0.0);
    ForRows(episode, [&](const TraceBlock& block, int i, int64_t row) {
      if (row == 0) return;
      summary.success = *Trace::Row<uint8_t>(block, trace.layout().flags, i) & kRowSuccess;
      for (size_t m = 0; m < metrics.size(); ++m) {
        const double value =
            *Trace::Row<double>(block, trace.layout().metric + static_cast<int>(m), i);
        double& so_far = summary.metrics[m];
        const bool first = row == 1;
        switch (metrics[m].over) {
          case MetricOver::kLast:
            so_far = value;
            break;
          case MetricOver::kMax:
            so_far = first ? value : std::max(so_far, value);
            break;
          case MetricOver::kMin:
            so_far = first ? value : std::min(so_far, value);
            break;
          case MetricOver::kMean:
            so_far += (value - so_far) / static_cast<double>(row);
            break;
          case MetricOver::kSum:
            so_far += value;
            break;
        }
      }
    });
  }
  summary.env = 0;
  summary.episode = 0;
  summary.world_seed = episode.world_seed;
  summary.length = static_cast<int>(episode.rows) - 1;
  summary.episode_return = 0;
  summary.term_sums.clear();
  return summary;
}

void RecordEvents(const Trace& trace, const TraceEpisodeRows& episode, const std::string& actor,
                  Trace* copy) {
  TraceEvent acted{.env = 0, .type = "segment", .name = "policy", .text = actor};
  acted.episode = {0};
  acted.step = {0};
  copy->AddEvent(std::move(acted));
  for (const Intervention& intervention : InterventionsOf(trace, episode)) {
    TraceEvent event{.row_step = intervention.step, .env = 0};
    Describe(intervention, &event);
    event.episode = {0};
    event.step = {intervention.step};
    copy->AddEvent(std::move(event));
  }
}

}  // namespace

Status WriteDemonstration(const std::filesystem::path& path, const Trace& trace,
                          const TraceEpisodeRows& episode, const TaskSpec& task,
                          const RewardFunction* reward, const RewardSettings& settings,
                          const std::string& actor, ThreadPool& pool) {
  const RewardSpec* spec = reward == nullptr ? nullptr : &reward->spec();
  Score score;
  if (reward != nullptr) {
    CARROT_ASSIGN_OR_RETURN(score, Rescore(trace, task.state, *reward, settings, pool));
  }
  CARROT_ASSIGN_OR_RETURN(
      TraceSpec copied,
      MakeTraceSpec(task, spec,
                    {.run_seed = trace.spec().run_seed,
                     .weights = spec == nullptr ? nullptr : &settings.weights,
                     .params = spec == nullptr ? std::span<const double>() : settings.params}));
  auto copy = std::make_shared<Trace>(std::move(copied));
  TraceWriter writer(copy, task.state, 1);
  EpisodeSummary summary = SummaryOf(trace, episode);
  const size_t terms = spec == nullptr ? 0 : spec->terms.size();
  const size_t memory = spec == nullptr ? 0 : static_cast<size_t>(spec->memory_width);
  std::vector<double> metric(trace.spec().metrics.size());
  const int64_t number = 0;
  ForRows(episode, [&](const TraceBlock& block, int i, int64_t row) {
    const auto at = static_cast<size_t>(block.first_row + i);
    const std::vector<void*> state = StateRow(trace, task.state, block, i);
    for (size_t m = 0; m < metric.size(); ++m) {
      metric[m] = *Trace::Row<double>(block, trace.layout().metric + static_cast<int>(m), i);
    }
    double none = 0, phi = spec != nullptr && spec->has_potential ? score.phi[at] : 0;
    double total = spec == nullptr ? 0 : score.total[at];
    double paid = spec == nullptr ? 0 : score.reward[at];
    uint8_t flags =
        spec == nullptr ? *Trace::Row<uint8_t>(block, trace.layout().flags, i) : score.flags[at];
    if (!episode.ended && row == episode.rows - 1) flags |= kRowTruncated;
    summary.episode_return += row == 0 ? 0 : paid;
    const auto step = static_cast<int32_t>(row);
    StepRows rows{
        .envs = {0, 1}, .step = &step, .episode = &number, .world_seed = &episode.world_seed};
    rows.state = state;
    rows.action = row == 0 ? nullptr : Trace::Row<double>(block, trace.layout().action, i);
    rows.memory = memory == 0 ? nullptr : score.memory.data() + at * memory;
    rows.reward = {terms == 0 ? &none : score.term.data() + at * terms, &phi, &total, &paid,
                   &flags};
    rows.metric = metric.data();
    writer.Append(rows);
    const bool last = row == episode.rows - 1;
    writer.Barrier(last ? std::span<const EpisodeSummary>(&summary, 1)
                        : std::span<const EpisodeSummary>());
  });
  writer.CommitAll();
  RecordEvents(trace, episode, actor, copy.get());
  std::vector<std::pair<std::string, std::string>> scripts{{"task.lua", task.source}};
  if (spec != nullptr) {
    scripts.emplace_back("reward.lua", spec->source);
    for (const auto& [name, source] : spec->modules) scripts.emplace_back(name + ".lua", source);
  }
  CARROT_ASSIGN_OR_RETURN(std::unique_ptr<TraceFolderWriter> folder,
                          TraceFolderWriter::Create(path, copy, {.scripts = std::move(scripts)}));
  return folder->Close();
}

}  // namespace carrot
