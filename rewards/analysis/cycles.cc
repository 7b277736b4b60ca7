#include "rewards/analysis/cycles.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <unordered_map>

#include "engine/base/rng.h"

namespace carrot {
namespace {

constexpr double kBin = 0.05;  // of the standard deviation

bool IsFloat(const FieldSpec& field) {
  return field.dtype == DType::kF64 || field.dtype == DType::kF32;
}

double Float(const FieldSpec& field, const std::byte* row, int element) {
  if (field.dtype == DType::kF64) return reinterpret_cast<const double*>(row)[element];
  return reinterpret_cast<const float*>(row)[element];
}

uint64_t MixBytes(uint64_t key, const std::byte* bytes, size_t count) {
  uint64_t word = 0;
  for (size_t at = 0; at < count; at += sizeof(word)) {
    word = 0;
    std::memcpy(&word, bytes + at, std::min(sizeof(word), count - at));
    key = Mix64(key + 0x9e3779b97f4a7c15ULL + word);
  }
  return key;
}

}  // namespace

PoseBins::PoseBins(const std::vector<ScoredRecording>& recordings) {
  if (recordings.empty()) return;
  const std::vector<FieldSpec>& fields = recordings[0].source.trace->spec().fields;
  width_.resize(fields.size());
  for (size_t f = 0; f < fields.size(); ++f) {
    if (fields[f].role != FieldRole::kPose || !IsFloat(fields[f])) continue;
    const int size = fields[f].size();
    std::vector<double> mean(size), moment(size);
    double count = 0;
    for (const ScoredRecording& recording : recordings) {
      const int column = recording.source.trace->layout().state + static_cast<int>(f);
      for (const TraceEpisodeRows& episode : recording.rows) {
        ForRows(episode, [&](const TraceBlock& block, int i, int64_t) {
          const std::byte* at = Trace::Row(block, column, i);
          count += 1;
          for (int e = 0; e < size; ++e) {
            const double x = Float(fields[f], at, e), delta = x - mean[e];
            mean[e] += delta / count;
            moment[e] += delta * (x - mean[e]);
          }
        });
      }
    }
    for (int e = 0; e < size; ++e) {
      width_[f].push_back(count > 0 ? kBin * std::sqrt(moment[e] / count) : 0);
    }
  }
}

bool PoseBins::HasFloats() const {
  return std::any_of(width_.begin(), width_.end(), [](const auto& w) { return !w.empty(); });
}

std::vector<uint64_t> PoseKeys(const ScoredRecording& recording, const TraceEpisodeRows& episode,
                               const PoseBins& bins) {
  const std::vector<FieldSpec>& fields = recording.source.trace->spec().fields;
  const int state = recording.source.trace->layout().state;
  std::vector<uint64_t> keys(episode.rows, 1);
  ForRows(episode, [&](const TraceBlock& block, int i, int64_t row) {
    for (size_t f = 0; f < fields.size(); ++f) {
      if (fields[f].role != FieldRole::kPose) continue;
      const std::byte* at = Trace::Row(block, state + static_cast<int>(f), i);
      if (!IsFloat(fields[f])) {
        keys[row] = MixBytes(keys[row], at, fields[f].bytes());
        continue;
      }
      for (int e = 0; e < fields[f].size(); ++e) {
        const double width = bins.Width(static_cast<int>(f), e);
        const double bin = width > 0 ? std::floor(Float(fields[f], at, e) / width) : 0;
        keys[row] = Mix64(keys[row] + 0x9e3779b97f4a7c15ULL +
                          static_cast<uint64_t>(static_cast<int64_t>(bin)));
      }
    }
  });
  return keys;
}

std::vector<uint64_t> ExactKeys(const ScoredRecording& recording, const TraceEpisodeRows& episode,
                                int memory_width) {
  const std::vector<FieldSpec>& fields = recording.source.trace->spec().fields;
  const int state = recording.source.trace->layout().state;
  const auto width = static_cast<size_t>(memory_width);
  std::vector<uint64_t> keys(episode.rows, 1);
  ForRows(episode, [&](const TraceBlock& block, int i, int64_t row) {
    for (size_t f = 0; f < fields.size(); ++f) {
      if (fields[f].role != FieldRole::kPose && fields[f].role != FieldRole::kState) continue;
      keys[row] =
          MixBytes(keys[row], Trace::Row(block, state + static_cast<int>(f), i), fields[f].bytes());
    }
    const double* memory = recording.score.memory.data() + (block.first_row + i) * width;
    keys[row] =
        MixBytes(keys[row], reinterpret_cast<const std::byte*>(memory), width * sizeof(double));
  });
  return keys;
}

std::vector<Cycle> FindCycles(const std::vector<uint64_t>& keys, size_t min_steps) {
  std::vector<Cycle> cycles;
  std::vector<int64_t> path;                      // rows, without what was erased
  std::unordered_map<uint64_t, size_t> position;  // of a key on the path
  for (int64_t row = 0; row < static_cast<int64_t>(keys.size()); ++row) {
    const auto [at, fresh] = position.insert({keys[row], path.size()});
    if (fresh) {
      path.push_back(row);
      continue;
    }
    const size_t begin = at->second;
    Cycle cycle{path[begin], {path.begin() + static_cast<int64_t>(begin) + 1, path.end()}};
    cycle.rows.push_back(row);
    for (size_t i = begin + 1; i < path.size(); ++i) position.erase(keys[path[i]]);
    path.resize(begin + 1);
    if (cycle.rows.size() >= min_steps) cycles.push_back(std::move(cycle));
  }
  return cycles;
}

}  // namespace carrot
